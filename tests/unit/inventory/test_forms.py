import contextlib
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.core.errors import Invalid
from sturnus.inventory import forms
from sturnus.inventory.forms import Form


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


FORM = Form("a thing", {"name": forms.name, "size": forms.number(1, 9), "colour": forms.member(Colour),
                        "on": forms.boolean, "address": forms.address, "uses": forms.names},
            "system help thing-add", ("name",))  # fmt: skip


def test_text_of_public_clients_is_read_as_what_it_means() -> None:
    given_ = {"name": "x", "size": " 7 ", "colour": "red", "on": "True", "address": "FD00::1", "uses": "a, b"}

    assert forms.filled_in(FORM, given_) == {
        "name": "x", "size": 7, "colour": Colour.RED, "on": True, "address": "fd00::1", "uses": ("a", "b")
    }  # fmt: skip


def test_every_fault_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        forms.filled_in(FORM, {"size": 10, "colour": "green", "shape": "round"})

    assert refused.value.details == (
        "name of a thing is missing.",
        "size of a thing cannot be '10': a number from 1 to 9 is expected.",
        "colour of a thing cannot be 'green': one of red, blue is expected.",
        "Field 'shape' of a thing is not set by hand.",
    )


def test_an_empty_text_clears_and_an_empty_request_is_a_slip() -> None:
    assert forms.changes(FORM, {"size": ""}) == {"size": None}
    with pytest.raises(Invalid, match="Nothing to change"):
        forms.changes(FORM, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "7"), ("name", "-a"), ("name", "6B3DD953-b678-5f00-a950-31e30eafa015"), ("name", "a\x00"), ("size", True),
     ("size", "--5"), ("size", "\uff17"), ("size", "1" * 5000), ("size", 1.5), ("on", 1), ("address", "fe80::1%eth0"),
     ("address", 5), ("uses", [1]), ("uses", {})],
)  # fmt: skip
def test_unfit_values(field: str, value: Any) -> None:
    with pytest.raises(Invalid, match=f"{field} of a thing cannot be"):
        forms.changes(FORM, {field: value})


VALUES = st.none() | st.text() | st.integers() | st.lists(st.text())


@given(st.dictionaries(st.sampled_from([*FORM.fields, "other"]), VALUES))
def test_a_form_is_read_or_refused(raw: dict[str, Any]) -> None:
    with contextlib.suppress(Invalid):
        assert forms.changes(FORM, raw).keys() == raw.keys()
