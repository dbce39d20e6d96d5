"""What a list is narrowed to: `q.field`, `q.op`, `q.value`, as the public client sends them (reference/clients.md §1).

For people: alarm_id=200.001;severity!=warning;start=20260101 10:00:00
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, String, type_coerce

from sturnus.core.errors import Invalid
from sturnus.store.alarms import AlarmRow, EventLogRow


class Op(StrEnum):
    """How a field is compared."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"


_COMPARE: Final[Mapping[Op, Callable[[Any, Any], ColumnElement[bool]]]] = {
    Op.EQ: lambda column, value: column == value,
    Op.NE: lambda column, value: column != value,
    Op.LT: lambda column, value: column < value,
    Op.LE: lambda column, value: column <= value,
    Op.GT: lambda column, value: column > value,
    Op.GE: lambda column, value: column >= value,
}
FIELDS: Final = ("entity_type_id", "entity_instance_id", "severity", "reason_text", "uuid")
"""Of alarms and events; besides them the number, and the three of time."""
MOMENTS: Final = {"timestamp": None, "start": Op.GE, "end": Op.LE}
"""Fields of time; two of them are words of the client for a comparison of their own."""
FORMATS: Final = ("%Y%m%d %H:%M:%S", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Filter:
    """One comparison."""

    field: str
    op: Op
    value: str


def filters(fields: Sequence[str], ops: Sequence[str], values: Sequence[str]) -> list[Filter]:
    """Read the three lists of the wire, which belong together by place. Invalid if they do not."""
    if len(fields) != len(values) or (ops and len(ops) != len(fields)):
        raise _unusable("q.field, q.op and q.value differ in number")
    found = []
    for field, op, value in zip(fields, ops or ["eq"] * len(fields), values, strict=True):
        if op not in list(Op):
            raise _unusable(f"there is no comparison {op[:20]!r}")
        found.append(Filter(field, Op(op), value))
    return found


def alarm_conditions(wanted: Sequence[Filter]) -> list[ColumnElement[bool]]:
    """As conditions on active alarms. Invalid if a field is not known."""
    return [_condition(AlarmRow, "alarm_id", each) for each in wanted]


def event_conditions(wanted: Sequence[Filter]) -> list[ColumnElement[bool]]:
    """As conditions on the event log. Invalid if a field is not known."""
    return [_condition(EventLogRow, "event_log_id", each) for each in wanted]


def _condition(row: type[AlarmRow | EventLogRow], number: str, wanted: Filter) -> ColumnElement[bool]:
    if wanted.field in MOMENTS:
        op = MOMENTS[wanted.field] or wanted.op
        return _COMPARE[op](row.timestamp, _moment(wanted.value))
    if wanted.field in {"alarm_id", "event_log_id"}:
        return _COMPARE[wanted.op](getattr(row, number), wanted.value)
    if wanted.field in FIELDS and wanted.op in {Op.EQ, Op.NE}:
        # As text: a severity that does not exist is not found, and no error of the column.
        return _COMPARE[wanted.op](type_coerce(getattr(row, wanted.field), String), wanted.value)
    if wanted.field in FIELDS:
        raise _unusable(f"{wanted.field} can only be compared by = and !=")
    raise _unusable(f"there is no field {wanted.field[:40]!r}")


def _moment(text: str) -> datetime:
    for pattern in FORMATS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _unusable(f"{text[:40]!r} is no time") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _unusable(why: str) -> Invalid:
    return Invalid(
        f"The query cannot be used: {why}.",
        expected=f"alarm_id (event_log_id), {', '.join(FIELDS)}; timestamp, start, end as 20260131 or "
        "'20260131 10:23:45', in UTC",
        remedy="fm help alarm-list, fm help event-list",
    )
