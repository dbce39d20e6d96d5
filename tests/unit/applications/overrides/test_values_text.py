import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.overrides.values_text import MOST_VALUES, read_values, write_values
from sturnus.core.errors import Invalid

SCALARS = [
    # As Go's YAML reads them; Python's would make 630 minutes and a date of the first two.
    ("10:30", "10:30"),
    ("2019-01-01", "2019-01-01"),
    ("1e5", 100000.0),
    ("0644", 420),
    ("0o644", 420),
    ("0x1F", 31),
    ("1_000", 1000),
    ("08", 8.0),
    ("-5", -5),
    (".5", 0.5),
    ("on", True),
    ("No", False),
    ("y", "y"),
    ("~", None),
    ("", None),
    ("'5'", "5"),
    ("!!str 5", "5"),
    ("1.2.3", "1.2.3"),
    ("<<", "<<"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[text for text, _ in SCALARS])
def test_scalars_are_read_as_helm_reads_them(text: str, value: Any) -> None:
    found = read_values(f"a: {text}", "--values 1")["a"]

    assert (found, type(found)) == (value, type(value))


def test_keys_become_texts_as_in_json() -> None:
    assert read_values("80: a\ntrue: b\n'x': c", "--values 1") == {"80": "a", "true": "b", "x": "c"}


def test_nothing_is_an_empty_map() -> None:
    assert read_values("", "x") == read_values("# nothing\n", "x") == read_values("---\n", "x") == {}


def test_aliases_and_merges_are_followed() -> None:
    text = "base: &base {a: 1, b: 2}\nhere: {<<: *base, b: 3}\nthere: {<<: [*base, {a: 9, c: 4}]}"

    found = read_values(text, "x")

    assert found["here"] == {"a": 1, "b": 3}
    assert found["there"] == {"a": 1, "b": 2, "c": 4}


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(lines)


REFUSED = [
    ("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", "over.yaml, line 5: 'c' stands twice in one map."),
    ("a: 1\n'a': 2", "over.yaml, line 2: 'a' stands twice in one map."),
    ("1: x\n'1': y", "over.yaml, line 2: '1' stands twice in one map."),
    ("- a\n- b", "over.yaml, line 1: it is no map."),
    ("just a text", "over.yaml, line 1: it is no map."),
    ("a: [1\nb: 2", "over.yaml, line 2: did not find expected ',' or ']'."),
    ("a: b: c", "over.yaml, line 1: mapping values are not allowed in this context."),
    ("a: 1\n---\nb: 2", "over.yaml, line 2: but found another document."),
    ("a: *nobody", "over.yaml, line 1: found undefined alias"),
    ("a: &a [*a]", "over.yaml, line 1: an alias stands inside of what it names."),
    ("a: !!python/object/apply:os.system ['true']", "over.yaml, line 1: the tag"),
    ("a: !!binary aGk=", "a value of tag tag:yaml.org,2002:binary is none of JSON."),
    ("a: .nan", "2002:nonumber is none of JSON"),
    ("a: !!int x", "2002:int is none of JSON"),
    ("a: 1e999", "2002:float is none of JSON"),
    ("a: {? [b] : c}", "over.yaml, line 1: a key is no text."),
    ("~: x", "over.yaml, line 1: '~' is no key."),
    ("a: {<<: 5}", "over.yaml, line 1: << wants a map."),
    ("a: \x00", "it has characters that YAML does not allow"),
    ("a: \ud800", "it has characters that YAML does not allow"),
    ("a: " + "[" * 100, "over.yaml, line 1: it has more than 64 levels."),
    ("a: " + "[" * 50_000, "over.yaml, line 1: it has more than 64 levels."),
    (bomb(), f"it has more than {MOST_VALUES:,} values, aliases followed."),
    ("a: [" + "1," * 60_000 + "]", f"it has more than {MOST_VALUES:,} values, aliases followed."),
    ("a: " + "x" * 1024 * 1024, "over.yaml: it has more than 1024 KiB."),
]


@pytest.mark.parametrize(
    ("text", "message"), REFUSED, ids=[text[:30].encode("ascii", "replace").decode() for text, _ in REFUSED]
)
def test_what_is_wrong_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_values(text, "over.yaml")

    assert message in refused.value.message


plain = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
        st.from_regex(r"[-+]?[0-9.eExoyYnN:_~<]{1,6}", fullmatch=True),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), inner, max_size=3),
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), plain, max_size=4))
def test_what_is_written_is_read_again(values: dict[str, Any]) -> None:
    assert equal(read_values(write_values(values), "x"), values)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(read_values(text, "x"), dict)
    except Invalid as refused:
        assert refused.message.startswith("x")  # noqa: PT017 -- either is right


def test_other_readers_of_yaml_see_texts_as_texts() -> None:
    texts = ["1e5", "y", "n", "10:30", "2019-01-01", "0o7", "08", "null", "~", "yes", "1_0", ".5", "=", "<<"]

    assert yaml.safe_load(write_values({"a": texts})) == {"a": texts}


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return type(one) is type(other) and one == other
