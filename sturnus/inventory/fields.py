"""Which fields of a host an operator sets, and what may stand in them.

Public clients send every value as text, a location even as the text of a Python dictionary (reference/clients.md §1).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sturnus.core.states import Personality
from sturnus.inventory import bmc, forms
from sturnus.inventory.violations import Reason, Violation, refusal

Value = str | Personality | dict[str, Any] | None

_HOSTNAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SUBFUNCTIONS: Final = ("controller", "worker", "storage", "lowlatency")


def parse(raw: Mapping[str, object]) -> dict[str, Value]:
    """Read what a request wants to set.

    Raises:
        Invalid: unknown fields, fields that are not set by hand, values of the wrong form; all of them at once.

    """
    values: dict[str, Value] = {}
    found: list[Violation] = []
    for name, given in raw.items():
        if name not in FIELDS:
            found.append(_not_settable(name))
            continue
        try:
            # An empty text clears a field, as the public client has no other way to say so.
            values[name] = None if given in (None, "") and name != "location" else FIELDS[name](given)
        except ValueError as error:
            found.append(_bad_value(name, given, str(error)))
    if found:
        raise refusal(tuple(found))
    return values


def _text(length: int) -> Callable[[object], Value]:
    def parse_text(given: object) -> Value:
        if not isinstance(given, str):
            raise ValueError("text")  # noqa: TRY004 -- what parsers raise here is always what they expect
        if len(given) > length or not given.isprintable():
            raise ValueError(f"at most {length} printable characters")
        return given

    return parse_text


def _hostname(given: object) -> Value:
    expected = "1 to 63 of a-z, 0-9 and '-', not at either end, and neither a number nor a uuid"
    if not isinstance(given, str) or not _HOSTNAME.fullmatch(given) or given.isdecimal() or _UUID.fullmatch(given):
        raise ValueError(expected)
    return given


def _personality(given: object) -> Value:
    try:
        return Personality(str(given))
    except ValueError:
        raise ValueError("one of " + ", ".join(Personality)) from None


def _subfunctions(given: object) -> Value:
    if not isinstance(given, str) or not all(part in SUBFUNCTIONS for part in given.split(",")):
        raise ValueError("a list of " + ", ".join(SUBFUNCTIONS) + ", separated by commas")
    return given


def _mac(given: object) -> Value:
    if not isinstance(given, str) or not _MAC.fullmatch(given.lower()):
        raise ValueError("six pairs of hexadecimal digits: 08:00:27:00:00:01")
    return given.lower()


def _output(given: object) -> Value:
    if given not in ("text", "graphical"):
        raise ValueError("text or graphical")
    return str(given)


def _location(given: object) -> Value:
    if isinstance(given, str) and given.startswith("{"):
        try:
            given = ast.literal_eval(given)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            raise ValueError("a dictionary, or text") from None
    if given is None or isinstance(given, str):
        given = {"locn": given or ""}
    if not isinstance(given, dict) or not all(_short(each) for pair in given.items() for each in pair):
        raise ValueError("{'locn': TEXT}, at most 255 printable characters")
    return given


def _short(given: object) -> bool:
    return isinstance(given, str) and len(given) <= 255 and given.isprintable()


FIELDS: Final[Mapping[str, Callable[[object], Value]]] = {
    "hostname": _hostname,
    "personality": _personality,
    "subfunctions": _subfunctions,
    "mgmt_mac": _mac,
    "mgmt_ip": forms.address,
    "bm_type": bmc.parse_type,
    "bm_ip": bmc.parse_address,
    "bm_username": _text(255),
    bmc.PASSWORD: _text(255),
    "serialid": _text(255),
    "boot_device": _text(255),
    "rootfs_device": _text(255),
    "install_output": _output,
    "console": _text(255),
    "location": _location,
}
"""What an operator sets. All but the password become columns of the host."""

INSTALL_FIELDS: Final = frozenset({"boot_device", "rootfs_device", "install_output", "console"})
"""Read when a host is installed: they need a locked host (reference/inventory.md §5.3)."""

UNIQUE_FIELDS: Final = ("hostname", "mgmt_mac", "mgmt_ip")
"""No two hosts share one."""


def _not_settable(name: str) -> Violation:
    return Violation(
        Reason.FIELD_UNKNOWN,
        f"Field {name[:80]!r} is not set by hand.",
        "one of " + ", ".join(FIELDS),
        "leave it out",
    )


def _bad_value(name: str, given: object, expected: str) -> Violation:
    shown = (
        "that" if name == bmc.PASSWORD else repr(str(given)[:80])
    )  # a secret is not repeated, whatever is wrong with it
    return Violation(
        Reason.FIELD_INVALID,
        f"{name} cannot be {shown}: {expected} is expected.",
        f"{name}: {expected}",
        "correct it and repeat the command",
    )
