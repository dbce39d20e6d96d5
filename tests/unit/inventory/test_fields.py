import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.core.errors import Invalid
from sturnus.core.states import Personality
from sturnus.inventory.fields import FIELDS, parse

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("name", "given_", "value"),
    [
        ("personality", "worker", Personality.WORKER),
        ("hostname", "compute-0", "compute-0"),
        ("mgmt_mac", "08:00:27:AA:BB:CC", "08:00:27:aa:bb:cc"),
        ("mgmt_ip", "fd00:0::1", "fd00::1"),
        ("location", "{'locn':'x'}", {"locn": "x"}),  # as the public client sends it
        ("location", {"locn": "rack1"}, {"locn": "rack1"}),
        ("location", "rack1", {"locn": "rack1"}),
        ("location", None, {"locn": ""}),
        ("subfunctions", "controller,worker,lowlatency", "controller,worker,lowlatency"),
        ("console", "", None),
    ],
)
def test_values_are_read(name: str, given_: object, value: object) -> None:
    assert parse({name: given_}) == {name: value}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            {"hostname": "Compute_0"},
            "hostname cannot be 'Compute_0': 1 to 63 of a-z, 0-9 and '-', not at either end, and neither a number nor "
            "a uuid is expected.",
        ),
        ({"personality": "boss"}, "personality cannot be 'boss': one of controller, worker, storage is expected."),
        ({"administrative": "unlocked"}, "Field 'administrative' is not set by hand."),
        (
            {"mgmt_ip": "nowhere", "uuid": "x"},
            "mgmt_ip cannot be 'nowhere': an IPv4 or IPv6 address is expected. Field 'uuid' is not set by hand.",
        ),
    ],
)
def test_all_that_is_wrong_is_said(raw: dict[str, object], message: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(raw)

    assert refused.value.message == message


@pytest.mark.parametrize("name", ["7", "6b3dd953-b678-5f00-a950-31e30eafa015", "-a", "a-", "a.b", "a" * 64])
def test_a_hostname_is_never_taken_for_something_else(name: str) -> None:
    with pytest.raises(Invalid, match="hostname cannot be"):
        parse({"hostname": name})


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), json_values))
def test_whatever_is_sent_is_read_or_refused(raw: dict[str, object]) -> None:
    with contextlib.suppress(Invalid):
        parse(raw)


@pytest.mark.parametrize(
    ("address", "good"),
    [("10.0.0.1", True), ("10.0.0.1:8443", True), ("bmc-7.example", True), ("bmc-7.example:443", True),
     ("fd00::1", True), ("[fd00::1]", True), ("[fd00::1]:8443", True), ("10.0.0.1:0", False),
     ("10.0.0.1:65536", False), ("a b", False), ("https://10.0.0.1", False), ("user@10.0.0.1", False),
     ("10.0.0.1/x", False), ("10.0.0.1:", False), (":443", False), (7, False)],
)  # fmt: skip
def test_the_address_of_a_controller_may_have_a_port_and_nothing_else(address: object, *, good: bool) -> None:
    if good:
        assert parse({"bm_ip": address}) == {"bm_ip": address}
    else:
        with pytest.raises(Invalid, match="bm_ip cannot be"):
            parse({"bm_ip": address})


def test_a_password_is_not_repeated_whatever_is_wrong_with_it() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"bm_password": "squirrel\x00"})

    assert refused.value.message == "bm_password cannot be that: at most 255 printable characters is expected."


def test_no_controller_is_none() -> None:
    assert parse({"bm_type": "none", "bm_ip": ""}) == {"bm_type": None, "bm_ip": None}
