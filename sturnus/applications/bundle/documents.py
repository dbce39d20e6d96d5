"""YAML that is not trusted, read with the place of every key, so that errors can say where.

Built from the parser's events, without recursion and without Python objects of the file's choosing: nesting, size and
the expansion of aliases are bounded while reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from sturnus.applications.bundle.findings import Findings, Place
from sturnus.applications.bundle.limits import DEFAULT_LIMITS, Limits
from sturnus.applications.bundle.scalars import Scalar, resolve

Node = Any
"""Map, Seq or a scalar."""


class Map(dict[str, Node]):
    """A mapping that knows where it and its keys stand, and how its scalars were written.

    Keys are text, as in JSON: `yes` and `true` are "true", numbers stay as they were written.
    """

    __slots__ = ("place", "places", "texts")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}
        self.texts: dict[str, str] = {}

    def at(self, key: str) -> Place:
        """Say where a key stands; the mapping itself, if it does not have the key."""
        return self.places.get(key, self.place)


class Seq(list[Node]):
    """A list that knows where it and its items stand, and how its scalars were written."""

    __slots__ = ("place", "places", "texts")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []
        self.texts: list[str] = []


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file."""

    root: Node
    place: Place
    number: int  # counts from 1


def read_documents(text: bytes, file: str, findings: Findings, limits: Limits = DEFAULT_LIMITS) -> list[Document]:
    """Read all documents of one file but the empty ones. What cannot be read becomes a fault, and ends the file."""
    try:
        return list(_Reader(file, findings, limits).documents(_decoded(text, file, limits)))
    except _Unreadable as reason:
        findings.fault(reason.place, reason.found, expected=reason.expected, remedy=reason.remedy)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        findings.fault(place, f"is not YAML: {error.problem}", expected="YAML", remedy=f"correct {file}")
    except yaml.reader.ReaderError as error:
        findings.fault(
            Place(file), f"is not YAML: {error.reason}", expected="YAML in UTF-8", remedy=f"save {file} as UTF-8 text"
        )
    return []


def read_mapping(text: bytes, file: str, findings: Findings, limits: Limits = DEFAULT_LIMITS) -> Map | None:
    """Read a file that holds one document, a mapping. An empty file is an empty mapping; None: a fault was found."""
    before = len(findings.faults)
    documents = read_documents(text, file, findings, limits)
    if len(findings.faults) > before:
        return None
    if not documents:
        return Map(Place(file, 1, 1))
    one = "one YAML document with keys and values"
    if len(documents) > 1:
        findings.fault(
            documents[1].place, "a second document begins here", expected=one, remedy=f"leave one document in {file}"
        )
        return None
    root = documents[0].root
    if isinstance(root, Map):
        return root
    findings.fault(documents[0].place, f"is {kind_of(root)}", expected=one, remedy=f"correct {file}")
    return None


def plain(node: Node) -> Any:
    """Make ordinary dicts and lists of it, which share nothing. Nesting is bounded, so this may recurse."""
    if isinstance(node, Map):
        return {key: plain(value) for key, value in node.items()}
    return [plain(value) for value in node] if isinstance(node, Seq) else node


def kind_of(node: Node) -> str:
    """Name the type in an operator's words."""
    if isinstance(node, dict):
        return "a mapping"
    if isinstance(node, list):
        return "a list"
    names = {str: "text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(node), "empty")


class _Unreadable(Exception):
    def __init__(self, place: Place, found: str, expected: str, remedy: str) -> None:
        super().__init__(found)
        self.place, self.found, self.expected, self.remedy = place, found, expected, remedy


def _decoded(text: bytes, file: str, limits: Limits) -> str:
    if len(text) > limits.document:
        found = f"has {len(text)} bytes"
        raise _Unreadable(Place(file), found, f"at most {limits.document} bytes of YAML", f"make {file} smaller")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - (text.rfind(b"\n", 0, error.start) + 1) + 1
        raise _Unreadable(Place(file, line, column), "is not UTF-8", "YAML in UTF-8", f"save {file} as UTF-8") from None


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read."""

    node: Map | Seq
    place: Place
    anchor: str | None
    count_before: int
    key: str | None = None  # of a mapping, between key and value
    key_place: Place | None = None
    merges: list[Node] = field(default_factory=list)  # what stands behind `<<`
    merging: bool = False


_TAG: Final = "tag:yaml.org,2002:"
_TAGS: Final = frozenset({"str", "int", "float", "bool", "null", "map", "seq", "timestamp"})


class _Reader:
    """Turns events into nodes, with a stack of its own."""

    def __init__(self, file: str, findings: Findings, limits: Limits) -> None:
        self._file, self._findings, self._limits = file, findings, limits
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}  # finished ones, with the number of nodes in them
        self._count = 0
        self._root: Node = None

    def documents(self, text: str) -> Iterator[Document]:
        number, place = 0, Place(self._file, 1, 1)
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentStartEvent):
                number += 1
                self._anchors, self._root = {}, None
                place = self._place(event)
                if number > self._limits.documents:
                    raise self._too_much(place, f"more than {self._limits.documents} documents")
            elif isinstance(event, yaml.DocumentEndEvent):
                if self._root is not None:
                    yield Document(self._root, place, number)
            else:
                place = self._first_place(place, event)
                self._take(event)

    def _first_place(self, place: Place, event: yaml.Event) -> Place:
        """A document begins where its first node does, not at the `---` before it."""
        return self._place(event) if isinstance(event, yaml.NodeEvent) and not self._stack else place

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._place(event)
        self._counted(1, place)
        value = self._value(event, place)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._put(value, place, text=event.value, is_plain=bool(event.implicit[0]))

    def _value(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        tag = self._known_tag(event.tag, place)
        if tag == "str" or not (event.implicit[0] or tag):
            return str(event.value)
        return resolve(event.value)

    def _known_tag(self, tag: str | None, place: Place) -> str | None:
        if tag is None or tag == "!":
            return None
        short = tag.removeprefix(_TAG)
        if short in _TAGS and tag.startswith(_TAG):
            return short
        raise _Unreadable(
            place, f"has the tag {tag[:80]}", "YAML without tags of its own", f"remove the tag from {self._file}"
        )

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        place = self._place(event)
        self._known_tag(event.tag, place)
        if len(self._stack) >= self._limits.nesting:
            raise self._too_much(place, f"more than {self._limits.nesting} levels inside each other")
        if self._stack and isinstance(self._stack[-1].node, Map) and self._stack[-1].key is None:
            raise _Unreadable(place, "a key is not a word", "keys that are text", f"correct {self._file}")
        node = Map(place) if isinstance(event, yaml.MappingStartEvent) else Seq(place)
        self._stack.append(_Open(node, place, event.anchor, self._count))
        self._counted(1, place)

    def _close(self) -> None:
        done = self._stack.pop()
        if isinstance(done.node, Map) and done.merges:
            self._merge(done.node, done)
        if done.anchor:
            self._anchors[done.anchor] = (done.node, self._count - done.count_before)
        self._put(done.node, done.place, text="", is_plain=False)

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = self._place(event)
        if event.anchor not in self._anchors:
            raise _Unreadable(
                place,
                f"*{event.anchor} stands for nothing that ends before it",
                "an alias after its anchor, and outside it",
                f"correct {self._file}",
            )
        node, size = self._anchors[event.anchor]
        self._counted(size, place)
        self._put(node, place, text=node if isinstance(node, str) else "", is_plain=False)

    def _put(self, value: Node, place: Place, *, text: str, is_plain: bool) -> None:
        """Add a finished node to what is open."""
        if not self._stack:
            self._root = value
            return
        parent = self._stack[-1]
        if isinstance(parent.node, Seq):
            parent.node.append(value)
            parent.node.places.append(place)
            parent.node.texts.append(text)
        elif parent.key is None:
            self._put_key(parent, value, place, text=text, is_plain=is_plain)
        else:
            self._put_value(parent, parent.node, value, text)

    def _put_key(self, parent: _Open, value: Node, place: Place, *, text: str, is_plain: bool) -> None:
        if value is None or isinstance(value, Map | Seq):
            raise _Unreadable(place, "a key is not a word", "keys that are text", f"correct {self._file}")
        parent.key = str(value).lower() if isinstance(value, bool) else text or str(value)
        parent.key_place = place
        parent.merging = is_plain and text == "<<"

    def _put_value(self, parent: _Open, mapping: Map, value: Node, text: str) -> None:
        key, place = parent.key or "", parent.key_place or parent.place
        parent.key = None
        if parent.merging:
            parent.merges += value if isinstance(value, Seq) else [value]
            return
        if key in mapping:
            self._findings.note(place, f"the key {key[:80]} is given twice; the last one counts")
        mapping[key] = value
        mapping.places[key] = place
        mapping.texts[key] = text

    def _merge(self, mapping: Map, done: _Open) -> None:
        for other in done.merges:
            if not isinstance(other, Map):
                raise _Unreadable(
                    done.place, f"`<<` is followed by {kind_of(other)}", "a mapping to merge", f"correct {self._file}"
                )
            for key, value in other.items():
                if key not in mapping:
                    self._counted(1, done.place)
                    mapping[key], mapping.places[key], mapping.texts[key] = value, other.at(key), other.texts[key]

    def _counted(self, nodes: int, place: Place) -> None:
        self._count += nodes
        if self._count > self._limits.nodes:
            raise self._too_much(place, f"more than {self._limits.nodes} keys and values, aliases expanded")

    def _too_much(self, place: Place, what: str) -> _Unreadable:
        return _Unreadable(place, f"has {what}", f"no {what}", f"make {self._file} smaller")

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file)
