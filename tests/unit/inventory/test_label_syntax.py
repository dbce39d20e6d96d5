import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.inventory.label_syntax import key_fault, value_fault

EDGE = "abcXYZ019"
names = st.builds(
    lambda first, middle, last: first + middle + last,
    st.sampled_from(EDGE),
    st.text(EDGE + "-_.", max_size=61),
    st.sampled_from(EDGE),
) | st.sampled_from(EDGE)
part = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
prefixes = st.lists(part, min_size=1, max_size=5).map(".".join)


@given(names)
def test_every_name_is_a_key_and_a_value(name: str) -> None:
    assert key_fault(name) is None
    assert value_fault(name) is None


@given(prefixes, names)
def test_a_key_may_have_a_dns_prefix(prefix: str, name: str) -> None:
    assert key_fault(f"{prefix}/{name}") is None


@given(st.text(max_size=80))
def test_what_is_accepted_is_short_ascii_without_odd_ends(text: str) -> None:
    if value_fault(text) is None and text:
        assert text.isascii()
        assert len(text) <= 63
        assert text[0].isalnum()
        assert text[-1].isalnum()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "a/",
        "/a",
        "a/b/c",
        "A.com/x",
        "-a",
        "a-",
        "a b",
        "ä",
        "a\n",
        "x" * 64,
        "." * 3,
        "a..b/x",
        f"{'x' * 254}/a",
    ],
)
def test_bad_keys(key: str) -> None:
    assert key_fault(key) is not None


@pytest.mark.parametrize("value", ["-a", "a-", "a b", "ä", "a\n", "x" * 64, "a/b", "{}"])
def test_bad_values(value: str) -> None:
    assert value_fault(value) is not None


def test_an_empty_value_is_allowed() -> None:
    assert value_fault("") is None
