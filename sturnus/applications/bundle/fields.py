"""Reads the fields of a mapping by name and type. What is wrong is remembered with its place; reading goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from sturnus.applications.bundle.documents import Map, Node, Seq, kind_of, plain
from sturnus.applications.bundle.findings import Findings, Place

E = TypeVar("E", bound=StrEnum)


class Fields:
    """One mapping of a file. Every method that reads returns None, or what is empty, for a key that is absent or wrong.

    `name` is how the mapping is called in messages: `behavior`, or `Chart openstack-keystone`; "" for a whole file.
    """

    def __init__(self, node: Map, name: str, findings: Findings) -> None:
        self.node, self.name, self.findings = node, name, findings
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        """Whether the key is there and has a value."""
        return self.node.get(key) is not None

    def text(self, key: str, *, pattern: re.Pattern[str] | None = None, form: str = "") -> str | None:
        """Read text, of the pattern if there is one; `form` says it in words. A number counts as written: 1.10."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self._wrong(key, "text")
            return None
        written = value if isinstance(value, str) else self.node.texts.get(key, str(value))
        if pattern is not None and not pattern.fullmatch(written):
            self._wrong(key, form)
            return None
        return written

    def required_text(self, key: str, *, pattern: re.Pattern[str] | None = None, form: str = "") -> str:
        """Read text that has to be there; "" if it is not, and that is a fault."""
        if self._value(key) is None or self.node[key] == "":
            self.missing(key, form or "text")
            return ""
        return self.text(key, pattern=pattern, form=form) or ""

    def flag(self, key: str) -> bool | None:
        """Read true or false; quoted ones count, as StarlingX has it."""
        value = self._value(key)
        if isinstance(value, str) and value.lower() in {"true", "yes", "false", "no"}:
            return value.lower() in {"true", "yes"}
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, "true or false")
        return None

    def whole(self, key: str, *, least: int = 0, most: int = 10**9) -> int | None:
        """Read a whole number; a quoted one counts."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,12}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._wrong(key, f"a whole number from {least} to {most}")
            return None
        return value

    def choice(self, key: str, kind: type[E]) -> E | None:
        """Read one of the words of a closed set."""
        value = self._value(key)
        if value is None:
            return None
        words = [member.value for member in kind]
        if value in words:
            return kind(value)
        self._wrong(key, _one_of(words))
        return None

    def mapping(self, key: str) -> Fields | None:
        """Read a mapping, to read its fields in turn."""
        value = self._value(key)
        if value is None or isinstance(value, Map):
            return None if value is None else Fields(value, self._called(key), self.findings)
        self._wrong(key, "a mapping")
        return None

    def values(self, key: str) -> dict[str, Any]:
        """Read a mapping of anything, as Helm takes it."""
        value = self._value(key)
        if value is None or isinstance(value, Map):
            return {} if value is None else dict(plain(value))
        self._wrong(key, "a mapping")
        return {}

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts; numbers count as they were written."""
        found: list[str] = []
        for index, value in enumerate(self.items(key)):
            if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
                self._wrong_item(key, index, "text")
            else:
                found.append(value if isinstance(value, str) else self.node[key].texts[index])
        return tuple(found)

    def choices(self, key: str, kind: type[E]) -> tuple[E, ...]:
        """Read a list of words of a closed set."""
        words = [member.value for member in kind]
        found = []
        for index, value in enumerate(self.items(key)):
            if value in words:
                found.append(kind(value))
            else:
                self._wrong_item(key, index, _one_of(words))
        return tuple(found)

    def mappings(self, key: str) -> Iterator[Fields]:
        """Read a list of mappings."""
        for index, value in enumerate(self.items(key)):
            if isinstance(value, Map):
                yield Fields(value, f"{self._called(key)}[{index}]", self.findings)
            else:
                self._wrong_item(key, index, "a mapping")

    def text_pairs(self, key: str) -> Mapping[str, str]:
        """Read a mapping of text to text: labels."""
        inner = self.mapping(key)
        if inner is None:
            return {}
        pairs = {each: inner.text(each) for each in inner.node}
        return {each: value for each, value in pairs.items() if value is not None}

    def items(self, key: str) -> Seq:
        """Read a list of anything."""
        value = self._value(key)
        if isinstance(value, Seq):
            return value
        if value is not None:
            self._wrong(key, "a list")
        return Seq(self.node.at(key))

    def at(self, key: str) -> Place:
        """Say where the key stands."""
        return self.node.at(key)

    def fault(self, key: str, found: str, *, expected: str, remedy: str = "") -> None:
        """Remember that something about this field is wrong. `found` goes on after its name."""
        place = self.node.at(key)
        self.findings.fault(
            place, f"{self._called(key)} {found}", expected=expected, remedy=remedy or f"correct {place.file}"
        )

    def missing(self, key: str, form: str) -> None:
        """Remember that a field that has to be there is not."""
        expected = f"{self._called(key)}: {form}"
        self.fault(key, "is missing", expected=expected, remedy=f"add it to {self.node.place.file}")

    def note(self, key: str, text: str) -> None:
        """Leave a note about this field. `text` goes on after its name."""
        self.findings.note(self.node.at(key), f"{self._called(key)} {text}")

    def ignored(self, *keys: str) -> None:
        """Count these keys as known: accepted, and without a meaning here."""
        self._asked.update(keys)

    def note_unknown(self) -> None:
        """Leave a note about every key that nobody asked for."""
        for key in self.node:
            if key not in self._asked:
                self.findings.note(self.node.at(key), f"{self._called(key[:80])} is not known here, and ignored")

    def _value(self, key: str) -> Node:
        self._asked.add(key)
        return self.node.get(key)

    def _called(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _wrong(self, key: str, expected: str) -> None:
        self.fault(key, f"is {_shown(self.node[key])}", expected=f"{self._called(key)}: {expected}")

    def _wrong_item(self, key: str, index: int, expected: str) -> None:
        items: Seq = self.node[key]
        name = f"{self._called(key)}[{index}]"
        place = items.places[index]
        self.findings.fault(
            place,
            f"{name} is {_shown(items[index])}",
            expected=f"{name}: {expected}",
            remedy=f"correct {place.file}",
        )


def _shown(value: Node) -> str:
    """Show a scalar, short; of anything else the kind: it may be long, and may hold secrets."""
    if value is None or isinstance(value, dict | list):
        return kind_of(value)
    return repr(value) if len(str(value)) <= 60 else f"{kind_of(value)} of {len(str(value))} characters"


def _one_of(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
