"""Reading what a request wants to set: one parser a field, and every fault at once.

Public clients send numbers and booleans as text (reference/clients.md §1), so parsers take both.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final, TypeVar

from sturnus.inventory.violations import Reason, Violation, refusal

E = TypeVar("E", bound=StrEnum)
A = TypeVar("A", bound=IPv4Address | IPv6Address)

Parser = Callable[[object], Any]
"""Returns the value, or raises ValueError with what it expects."""

_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9._]{0,253}[A-Za-z0-9])?")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Form:
    """What may be set of one kind of thing."""

    thing: str  # what it is called in messages
    fields: Mapping[str, Parser]
    explained_by: str  # the command that explains it
    required: tuple[str, ...] = ()  # has to be given when one is made


def filled_in(form: Form, raw: Mapping[str, object]) -> dict[str, Any]:
    """Read what a new thing shall be like. Invalid, with every fault, also those of what is missing."""
    found = [_missing(form, name) for name in form.required if raw.get(name) in (None, "")]
    values = _read(form, raw, found)
    if found:
        raise refusal(tuple(found))
    return values


def changes(form: Form, raw: Mapping[str, object]) -> dict[str, Any]:
    """Read what shall change. Invalid, with every fault, also if there is nothing to change."""
    found: list[Violation] = []
    if not raw:
        found.append(
            Violation(Reason.FIELD_MISSING, "Nothing to change.", "at least one field and its value", form.explained_by)
        )
    values = _read(form, raw, found)
    if found:
        raise refusal(tuple(found))
    return values


def _read(form: Form, raw: Mapping[str, object], found: list[Violation]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, given in raw.items():
        if name not in form.fields:
            found.append(_unknown(form, name))
            continue
        try:
            # An empty text clears a field, as public clients have no other way to say so.
            values[name] = None if given in (None, "") else form.fields[name](given)
        except ValueError as error:
            found.append(_unfit(form, name, given, str(error)))
    return values


def name(given: object) -> str:
    """Read a name that is neither a number nor a uuid, so that a reference is never ambiguous."""
    if not isinstance(given, str) or not _NAME.fullmatch(given) or given.isdecimal() or _UUID.fullmatch(given.lower()):
        raise ValueError("1 to 255 letters, digits, '-', '.' and '_', and neither a number nor a uuid")
    return given


def text(length: int) -> Parser:
    """Make a parser of printable text."""

    def parse(given: object) -> str:
        if not isinstance(given, str) or len(given) > length or not given.isprintable():
            raise ValueError(f"at most {length} printable characters")
        return given

    return parse


def number(least: int, most: int) -> Parser:
    """Make a parser of whole numbers between two, both included."""

    def parse(given: object) -> int:
        digits = str(given).strip()
        right_type = isinstance(given, int | str) and not isinstance(given, bool)
        if not right_type or len(digits) > 20 or not digits.lstrip("-").isdecimal() or not digits.isascii():
            raise ValueError(f"a number from {least} to {most}")
        value = int(digits) if digits.count("-") <= 1 else least - 1
        if not least <= value <= most:
            raise ValueError(f"a number from {least} to {most}")
        return value

    return parse


def member(kind: type[E]) -> Parser:
    """Make a parser of an enumeration."""

    def parse(given: object) -> E:
        try:
            return kind(str(given))
        except ValueError:
            raise ValueError("one of " + ", ".join(kind)) from None

    return parse


def boolean(given: object) -> bool:
    """Read a boolean, as JSON or as text."""
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.lower() in {"true", "false"}:
        return given.lower() == "true"
    raise ValueError("true or false")


def address(given: object) -> str:
    """Read an IPv4 or IPv6 address."""
    try:
        found = ipaddress.ip_address(str(given))  # as text: a number would be an address too
    except ValueError:
        raise ValueError("an IPv4 or IPv6 address") from None
    return str(same_everywhere(found))


def same_everywhere(found: A) -> A:
    """Refuse a scope: after the % of an IPv6 address may come anything, newlines too, and addresses go into files."""
    if getattr(found, "scope_id", None) is not None:
        raise ValueError("an address that means the same on every host, without %INTERFACE")
    return found


def names(given: object) -> tuple[str, ...]:
    """Read a list of names; public clients join them by commas."""
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list) or len(listed) > 64 or not all(isinstance(each, str) for each in listed):
        raise ValueError("a list of names")
    return tuple(each.strip() for each in listed if each.strip())


def _unknown(form: Form, field: str) -> Violation:
    return Violation(
        Reason.FIELD_UNKNOWN,
        f"Field {field[:80]!r} of {form.thing} is not set by hand.",
        "one of " + ", ".join(form.fields),
        form.explained_by,
    )


def _missing(form: Form, field: str) -> Violation:
    return Violation(Reason.FIELD_MISSING, f"{field} of {form.thing} is missing.", field, form.explained_by)


def _unfit(form: Form, field: str, given: object, expected: str) -> Violation:
    return Violation(
        Reason.FIELD_INVALID,
        f"{field} of {form.thing} cannot be {str(given)[:80]!r}: {expected} is expected.",
        f"{field}: {expected}",
        form.explained_by,
    )
