from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.overrides.set_syntax import parse, with_settings
from sturnus.applications.overrides.values import spelled
from sturnus.core.errors import Invalid

READ = [
    ("a=b", {"a": "b"}),
    ("a.b.c=x", {"a": {"b": {"c": "x"}}}),
    ("a=", {"a": ""}),
    # Types: as Helm's, but digits alone stay a text.
    ("a=2", {"a": "2"}),
    ("a=007", {"a": "007"}),
    ("a=12345678901234567890", {"a": "12345678901234567890"}),
    ("a=-5", {"a": -5}),
    ("a=+5", {"a": 5}),
    ("a=-05", {"a": -5}),
    ("a=-99999999999999999999", {"a": "-99999999999999999999"}),
    ("a=1.5", {"a": "1.5"}),
    ("a=1e6", {"a": "1e6"}),
    ("a=true", {"a": True}),
    ("a=False", {"a": False}),
    ("a=null", {"a": None}),
    ("a=truely", {"a": "truely"}),
    # The first = ends the key; upstream lost such values in silence.
    ("url=http://x?a=b&c=d", {"url": "http://x?a=b&c=d"}),
    ("a==", {"a": "="}),
    # A backslash takes the meaning away.
    (r"annotations.example\.com/owner=me", {"annotations": {"example.com/owner": "me"}}),
    (r"a\=b=c", {"a=b": "c"}),
    (r"a=one\,two", {"a": "one,two"}),
    (r"a=c:\\dir", {"a": r"c:\dir"}),
    (r"a\[0\]=x", {"a[0]": "x"}),
    # Lists.
    ("a[0]=x", {"a": ["x"]}),
    ("a[0].b=x", {"a": [{"b": "x"}]}),
    ("a[0][0]=x", {"a": [["x"]]}),
    ("a={x}", {"a": ["x"]}),
    ("a={1}", {"a": [1]}),
    ("a=[]", {"a": []}),
    ("a={{x}}", {"a": ["{x}"]}),
    ("ключ.名=значение", {"ключ": {"名": "значение"}}),
]


@pytest.mark.parametrize(("item", "expected"), READ, ids=[item for item, _ in READ])
def test_a_setting_is_read_as_helm_reads_it(item: str, expected: dict[str, Any]) -> None:
    found = with_settings({}, [item])

    assert found == expected
    assert repr(found) == repr(expected)  # true is not 1


REFUSED = [
    ("a", "it has no ="),
    ("", "it has no ="),
    ("=x", "a part of the key is empty"),
    ("a.=x", "a part of the key is empty"),
    (".a=x", "a part of the key is empty"),
    ("a..b=x", "a part of the key is empty"),
    ("[0]=x", "a part of the key is empty"),
    ("a[0].=x", "a part of the key is empty"),
    ("a[0].[1]=x", "a part of the key is empty"),
    ("a=1,b=2", "a comma would begin another setting"),
    ("a,b=2", "a comma would begin another setting"),
    (r"a=x\\,y", "a comma would begin another setting"),
    ("a={x,y}", "a comma would begin another setting"),
    ("a[x]=1", "after [ a number up to 65536"),
    ("a[-1]=1", "after [ a number up to 65536"),
    ("a[0]b=1", "after [ a number up to 65536"),
    ("a[0=1", "after [ a number up to 65536"),
    ("a[65537]=1", "after [ a number up to 65536"),
    ("a={x", "a list is written {VALUE}"),
    ("a={}", "a list is written {VALUE}"),
    (".".join("a" * 31) + "=x", "more than 30 levels"),
    ("a[1]=x", "--set: a[0] is not set"),
]


@pytest.mark.parametrize(("item", "why"), REFUSED, ids=[item for item, _ in REFUSED])
def test_what_cannot_be_meant_is_refused(item: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        with_settings({}, [item])

    assert why in refused.value.message


def test_settings_are_made_on_what_is_there_and_leave_it_as_it_was() -> None:
    there = {"a": {"b": [{"n": 1}, {"n": 2}], "c": 3}}

    assert with_settings(there, ["a.b[1].n=x", "a.d=y"]) == {"a": {"b": [{"n": 1}, {"n": "x"}], "c": 3, "d": "y"}}
    assert there == {"a": {"b": [{"n": 1}, {"n": 2}], "c": 3}}


def test_elements_may_come_in_any_order() -> None:
    assert with_settings({}, ["a[1]=y", "a[0]=x"]) == {"a": ["x", "y"]}


@pytest.mark.parametrize(
    ("there", "item", "why"),
    [
        ({"a": 1}, "a.b=x", "a is a single value there already"),
        ({"a": {"b": 1}}, "a[0]=x", "a is a map there already"),
        ({"a": [{"b": [1]}]}, "a[0].b.c=x", "a[0].b is a list there already"),
    ],
)
def test_a_setting_that_contradicts_what_is_there_says_so(there: dict[str, Any], item: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        with_settings(there, [item])

    assert why in refused.value.message


def test_null_makes_way_for_another_kind() -> None:
    assert with_settings({"a": 1}, ["a=null", "a.b=x"]) == {"a": {"b": "x"}}


def test_no_error_shows_the_value() -> None:
    with pytest.raises(Invalid) as refused:
        with_settings({}, ["admin.password=hunter2,x"])

    assert "hunter2" not in str(refused.value.message + refused.value.expected + refused.value.remedy)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=30).map(tuple))
def test_a_spelled_path_is_a_key(path: tuple[str, ...]) -> None:
    assert parse(f"{spelled(path)}=v").steps == path


@given(st.text(alphabet="a.[]=,\\{}01 -", max_size=20))
def test_any_text_is_read_or_refused(item: str) -> None:
    try:
        found = with_settings({}, [item])
    except Invalid as refused:
        assert refused.message.startswith("--set")  # noqa: PT017 -- either is right
    else:
        assert found
