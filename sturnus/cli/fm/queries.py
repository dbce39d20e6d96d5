"""What a list is narrowed to, from the words of the command line to those of the wire (reference/clients.md §1)."""

from __future__ import annotations

from urllib.parse import urlencode

from sturnus.cli.failure import CommandError

OPERATORS = {"!=": "ne", ">=": "ge", "<=": "le", ">": "gt", "<": "lt", "=": "eq"}
"""Longer ones first: `>=` is no `>`."""


def path(base: str, query: str | None, options: dict[str, object]) -> str:
    """The path of a list; `query`: FIELD=VALUE, several with semicolons. Options that are None are left out."""
    asked: list[tuple[str, object]] = []
    for field, operator, value in _parts(query or ""):
        asked += [("q.field", field), ("q.op", operator), ("q.type", ""), ("q.value", value)]
    asked += [(name, value) for name, value in options.items() if value is not None]
    return f"{base}?{urlencode(asked)}" if asked else base


def _parts(query: str) -> list[tuple[str, str, str]]:
    return [_part(text) for text in query.split(";") if text.strip()]


def _part(text: str) -> tuple[str, str, str]:
    # The first operator counts: values may hold more of them, as in entity_instance_id=host=compute-0.
    places = [(text.index(sign), -len(sign), sign) for sign in OPERATORS if sign in text]
    if not places:
        raise CommandError(f"{text.strip()!r} is no query.", "use FIELD=VALUE, as in --query severity=critical")
    sign = min(places)[2]
    field, _, value = text.partition(sign)
    if not field.strip() or not value.strip():
        raise CommandError(f"{text.strip()!r} is no query.", "use FIELD=VALUE, as in --query severity=critical")
    kind, typed, rest = value.strip().partition("::")
    return field.strip(), OPERATORS[sign], rest if typed and kind in TYPES else value.strip()


TYPES = frozenset({"string", "integer", "float", "datetime", "boolean"})
"""May stand before a value; the server knows what its fields hold."""
