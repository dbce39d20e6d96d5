"""Anything at all as input: the answer is a bundle or an error of the closed set, and no file appears anywhere else."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sturnus.applications.bundle.bundle import Bundle, open_bundle
from sturnus.applications.bundle.documents import plain, read_documents
from sturnus.applications.bundle.findings import Findings
from sturnus.applications.bundle.scalars import resolve
from sturnus.core.application_states import ApplicationForm
from sturnus.core.errors import Invalid, SturnusError
from tests.tarballs.applications import files_of, pack
from tests.tarballs.archives import tgz
from tests.tarballs.tiny import TINY
from tests.unit.applications.opening import member, raw_tgz

FORMS = {form: files_of(TINY, form) for form in ApplicationForm}
PACKED = {form: pack(files) for form, files in FORMS.items()}
UNPACKED = {form: gzip.decompress(content) for form, content in PACKED.items()}


@contextmanager
def a_place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory) / "a" / "b"
        place.mkdir(parents=True)
        yield place


def opened_or_refused(place: Path) -> Bundle | SturnusError:
    try:
        return open_bundle(place / "app.tgz", place / "bundles")
    except SturnusError as error:
        return error


def open_and_look(content: bytes) -> None:
    """Open it, and check that nothing was written but a whole bundle in its place."""
    with a_place() as place:
        (place / "app.tgz").write_bytes(content)
        outcome = opened_or_refused(place)
        if isinstance(outcome, Bundle):
            allowed = {outcome.directory, *outcome.directory.rglob("*")}
        else:
            assert outcome.message
            assert outcome.expected
            assert outcome.remedy
            allowed = set()
        everything = set(place.parent.parent.rglob("*"))
        assert everything - allowed == {place.parent, place, place / "app.tgz"} | (
            {place / "bundles"} if (place / "bundles").exists() else set()
        )
        assert not any(path.is_symlink() for path in everything)


@settings(max_examples=60)
@given(st.sampled_from(ApplicationForm), st.data())
def test_a_tarball_with_a_few_bytes_changed(form: ApplicationForm, data: st.DataObject) -> None:
    content = bytearray(UNPACKED[form])
    for _ in range(data.draw(st.integers(1, 4))):
        # Headers are where the harm is: aim at the first 345 bytes of a block.
        block = data.draw(st.integers(0, len(content) // 512 - 1)) * 512
        content[block + data.draw(st.integers(0, 345))] = data.draw(st.integers(0, 255))
    open_and_look(gzip.compress(bytes(content), compresslevel=1))


@settings(max_examples=30)
@given(st.sampled_from(ApplicationForm), st.data())
def test_a_packed_tarball_with_a_byte_changed_or_cut_off(form: ApplicationForm, data: st.DataObject) -> None:
    content = bytearray(PACKED[form])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    open_and_look(bytes(content[: data.draw(st.integers(0, len(content)))]))


NASTY = st.text(st.sampled_from("abAB./\\ é\u0301\ufb01\u202e\x00\n\udcff~"), max_size=12)
TYPES = st.sampled_from([tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE,
                         tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.GNUTYPE_SPARSE, b"Q"])  # fmt: skip


@st.composite
def archive_members(draw: st.DrawFn) -> tuple[tarfile.TarInfo, bytes]:
    kind = draw(TYPES)
    data = draw(st.binary(max_size=20)) if kind in {tarfile.REGTYPE, tarfile.AREGTYPE} else b""
    return member(draw(NASTY), data, type=kind, linkname=draw(NASTY), mode=draw(st.integers(0, 0o7777)))


@settings(max_examples=100)
@given(st.lists(archive_members(), max_size=6), st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
@example([member("../../escaped", b"x")], tarfile.PAX_FORMAT)
@example([member("x", type=tarfile.SYMTYPE, linkname="../.."), member("x/escaped", b"x")], tarfile.PAX_FORMAT)
def test_members_of_any_name_and_type(members: list[tuple[tarfile.TarInfo, bytes]], form: int) -> None:
    open_and_look(raw_tgz(*members, form=form))


@settings(max_examples=50)
@given(st.binary(max_size=2000))
def test_any_bytes(content: bytes) -> None:
    open_and_look(content)
    open_and_look(gzip.compress(content))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS | st.sampled_from(["../x", "store", "30m", "armada/Chart/v1", "openstack"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=6,
)


def paths(node: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield so_far
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from paths(value, (*so_far, key))


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


TEXTS = {
    form: {path: content for path, content in files.items() if path.endswith(".yaml")} for form, files in FORMS.items()
}


@settings(max_examples=80)
@given(st.sampled_from(ApplicationForm), st.data())
def test_any_value_in_any_place_of_any_file(form: ApplicationForm, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(TEXTS[form])))
    documents = list(yaml.safe_load_all(TEXTS[form][file])) or [None]
    path = data.draw(st.sampled_from(list(paths(documents))[1:]))
    changed = replaced(documents, path, data.draw(VALUES))
    text = yaml.dump_all(changed, Dumper=yaml.CSafeDumper).encode("utf-8", "surrogatepass")

    open_and_look(tgz({**FORMS[form], file: text}))


@settings(max_examples=60)
@given(st.sampled_from(ApplicationForm), st.data())
def test_any_file_with_lines_left_out_doubled_or_garbled(form: ApplicationForm, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(TEXTS[form])))
    lines = TEXTS[form][file].splitlines(keepends=True) or [b""]
    at = data.draw(st.integers(0, len(lines) - 1))
    new = data.draw(st.sampled_from([[], [lines[at]] * 2, [data.draw(st.binary(max_size=30)) + b"\n"]]))

    open_and_look(tgz({**FORMS[form], file: b"".join([*lines[:at], *new, *lines[at + 1 :]])}))


@settings(max_examples=100)
@given(st.text(st.sampled_from("ab:-[]{},&*!|>'\"#%@?\n \t<~")) | st.text())
def test_any_text_as_yaml(text: str) -> None:
    findings = Findings()
    found = read_documents(text.encode("utf-8", "surrogatepass"), "x.yaml", findings)

    assert not (found and findings.faults)


@settings(max_examples=100)
@given(st.text(st.sampled_from("0123456789+-._eExXoObBaAnNyYiIfF"), min_size=1))
def test_any_word_means_something(text: str) -> None:
    assert isinstance(resolve(text), str | int | float | bool | None)


LETTERS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]))
NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | LETTERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LETTERS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.dictionaries(LETTERS, JSON, min_size=1))
def test_what_json_says_is_read_as_it_is(values: Mapping[str, Any]) -> None:
    findings = Findings()
    text = json.dumps(values, ensure_ascii=False).encode()
    (document,) = read_documents(text, "x.yaml", findings)

    assert plain(document.root) == values
    assert findings.faults == []


def test_a_stream_that_never_ends_is_refused() -> None:
    """Zeros behind the end mark unpack a thousandfold; they are counted as well."""
    content = io.BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb", compresslevel=9, mtime=0) as packed:
        packed.write(gzip.decompress(tgz({"a": b"x"})))
        for _ in range(64):
            packed.write(b"\0" * 2**20)
    with a_place() as place:
        (place / "app.tgz").write_bytes(content.getvalue())
        with pytest.raises(Invalid, match=r"^app\.tgz unpacks to more than 100 times its size$"):
            open_bundle(place / "app.tgz", place / "bundles")
