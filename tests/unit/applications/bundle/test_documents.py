"""YAML that nobody trusts, and what it says by Helm's rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sturnus.applications.bundle.documents import Map, plain, read_documents, read_mapping
from sturnus.applications.bundle.findings import Findings
from sturnus.applications.bundle.limits import DEFAULT_LIMITS
from sturnus.applications.bundle.scalars import resolve

HELM = {
    # as Helm 4 (go-yaml v2) reads them; PyYAML reads the lines marked * in another way
    "y": True,  # *
    "No": False,
    "on": True,
    "yes": True,
    "null": None,
    "~": None,
    "": None,
    "22:22": "22:22",  # *
    "2026-01-01": "2026-01-01",  # *
    "2026-01-01T00:00:00Z": "2026-01-01T00:00:00Z",  # *
    "1e3": 1000.0,  # *
    "1.10": 1.1,
    ".5": 0.5,
    "0644": 420,
    "0o644": 420,  # *
    "0x1F": 31,
    "-0x1F": -31,
    "0b101": 5,
    "1_000": 1000,
    "+7": 7,
    "08": 8.0,  # *
    "18446744073709551615": 18446744073709551615,
    "18446744073709551616": 18446744073709551616.0,  # *
    "1e400": "1e400",  # *
    "1.2.3": "1.2.3",
    "10.0.0.1": "10.0.0.1",
    "-": "-",
    "+": "+",
    ".": ".",
    "0x": "0x",
    "nan": "nan",
}


@pytest.mark.parametrize(("text", "value"), HELM.items())
def test_a_plain_word_means_what_it_means_to_helm(text: str, value: object) -> None:
    assert (type(resolve(text)), resolve(text)) == (type(value), value)


def test_a_number_of_a_megabyte_is_text() -> None:
    assert resolve("9" * 2**20) == "9" * 2**20


def read(text: str | bytes, **limits: int) -> tuple[list[object], Findings]:
    findings = Findings()
    content = text.encode() if isinstance(text, str) else text
    documents = read_documents(content, "x.yaml", findings, replace(DEFAULT_LIMITS, **limits))
    return [plain(each.root) for each in documents], findings


def test_values_are_read_as_written() -> None:
    text = """\
base: &base {image: a, port: 8080}
copy: {<<: *base, port: 9}
both: {<<: [*base, {extra: 1}]}
list: [*base, "1", '2', !!str 3, |
  text
]
8080: number
true: flag
"<<": quoted
empty:
"""
    found, findings = read(text.replace("|\n  text\n]", "x]"))

    assert findings == Findings()
    assert found == [
        {
            "base": {"image": "a", "port": 8080},
            "copy": {"port": 9, "image": "a"},
            "both": {"image": "a", "port": 8080, "extra": 1},
            "list": [{"image": "a", "port": 8080}, "1", "2", "3", "x"],
            "8080": "number",
            "true": "flag",
            "<<": "quoted",
            "empty": None,
        }
    ]


def test_what_an_alias_repeats_is_not_shared_with_it() -> None:
    ((found,), _) = read("a: &a {x: []}\nb: *a\n")
    assert isinstance(found, dict)
    found["a"]["x"].append(1)

    assert found == {"a": {"x": [1]}, "b": {"x": []}}


def test_empty_documents_are_left_out_and_places_count_from_one() -> None:
    findings = Findings()
    documents = read_documents(b"---\n---\na:\n  b: 1\n---\n# nothing\n", "x.yaml", findings)

    (document,) = documents
    assert (str(document.place), document.number) == ("x.yaml:3:1", 2)
    assert isinstance(document.root, Map)
    assert str(document.root["a"].at("b")) == "x.yaml:4:3"


def test_a_key_that_is_given_twice_is_noted_and_the_last_one_counts() -> None:
    found, findings = read("a: 1\nb: 2\na: 3\n")

    assert found == [{"a": 3, "b": 2}]
    assert findings.notes == ["x.yaml:3:1: the key a is given twice; the last one counts"]


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{letter}: &{letter} [{','.join([f'*{before}'] * 10)}]\n"
    for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
)
BAD = {
    "open bracket": ("a: [1,\nb: 2\n", "x.yaml:3:1: is not YAML: did not find expected ',' or ']'"),
    "tab": ("a:\n\tb: 1\n", "x.yaml:2:1: is not YAML: found character that cannot start any token"),
    "control character": ("a: \x07\n", "x.yaml: is not YAML: control characters are not allowed"),
    "not UTF-8": (b"a: 1\nb: \xff\n", "x.yaml:2:4: is not UTF-8"),
    "unknown alias": ("a: *b\n", "x.yaml:1:4: *b stands for nothing that ends before it"),
    "alias inside itself": ("a: &a [*a]\n", "x.yaml:1:8: *a stands for nothing that ends before it"),
    "python object": (
        "a: !!python/object/apply:os.system [id]\n",
        "x.yaml:1:4: has the tag tag:yaml.org,2002:python/object/apply:os.system",
    ),
    "own tag": ("a: !secret x\n", "x.yaml:1:4: has the tag !secret"),
    "mapping as key": ("? {a: 1}\n: 2\n", "x.yaml:1:3: a key is not a word"),
    "nothing as key": ("null: 1\n", "x.yaml:1:1: a key is not a word"),
    "alias of a list as key": ("a: &a [1]\n*a : 2\n", "x.yaml:2:1: a key is not a word"),
    "merge of a word": ("a: {<<: 1}\n", "x.yaml:1:4: `<<` is followed by a number"),
    "billion laughs": (LAUGHS, "x.yaml:6:11: has more than 300000 keys and values, aliases expanded"),
    "deep lists": ("[" * 10_000, "x.yaml:1:65: has more than 64 levels inside each other"),
    "deep mappings": ("{a: " * 10_000, "x.yaml:1:257: has more than 64 levels inside each other"),
    "deep blocks": (
        "".join(f"{'  ' * level}a:\n" for level in range(70)),
        "x.yaml:65:129: has more than 64 levels inside each other",
    ),
    "many documents": ("--- a\n" * 2001, "x.yaml:2001:1: has more than 2000 documents"),
}


@pytest.mark.parametrize(("text", "fault"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_named_with_its_place(text: str | bytes, fault: str) -> None:
    found, findings = read(text)

    assert found == []
    assert [str(each) for each in findings.faults] == [fault]


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    _, findings = read("a: 1\n" * 10, document=49)

    assert [str(each) for each in findings.faults] == ["x.yaml: has 50 bytes"]


MAPPINGS = {
    "a list": ("- 1\n", "x.yaml:1:1: is a list"),
    "a word": ("hello\n", "x.yaml:1:1: is text"),
    "two documents": ("a: 1\n---\nb: 2\n", "x.yaml:3:1: a second document begins here"),
}


@pytest.mark.parametrize(("text", "fault"), MAPPINGS.values(), ids=MAPPINGS)
def test_a_file_with_one_mapping_is_asked_for(text: str, fault: str) -> None:
    findings = Findings()

    assert read_mapping(text.encode(), "x.yaml", findings) is None
    assert [str(each) for each in findings.faults] == [fault]


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert read_mapping(b"# nothing\n", "x.yaml", Findings()) == {}
