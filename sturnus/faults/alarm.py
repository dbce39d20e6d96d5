"""An alarm that should be active, and what it takes to have exactly those that should be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sturnus.core.severities import Severity
from sturnus.faults.catalogue import CATALOGUE, AlarmId
from sturnus.store.alarms import AlarmRow


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. Number and entity say which it is; reason and severity may change while it is active."""

    id: AlarmId
    entity: str  # "host=compute-0"
    reason: str  # a sentence for people
    severity: Severity

    @property
    def entity_type(self) -> str:
        """What kind of thing the entity is: its keys without values, `host.process`."""
        return ".".join(part.partition("=")[0] for part in self.entity.split("."))

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.id.value, self.entity


def alarm(number: AlarmId, entity: str, reason: str) -> Alarm:
    """An alarm as grave as the catalogue says."""
    return Alarm(number, entity, reason, CATALOGUE[number].severity)


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be written."""

    new: tuple[Alarm, ...]
    changed: tuple[tuple[AlarmRow, Alarm], ...]
    ended: tuple[AlarmRow, ...]


def difference(active: Sequence[AlarmRow], wanted: Collection[Alarm]) -> Difference:
    """Compare what is active with what should be. Wanted twice, with two reasons: the first counts."""
    left: dict[tuple[str, str], Alarm] = {}
    for each in wanted:
        left.setdefault(each.key, each)
    changed: list[tuple[AlarmRow, Alarm]] = []
    ended: list[AlarmRow] = []
    for row in active:
        match left.pop((row.alarm_id, row.entity_instance_id), None):
            case None:
                ended.append(row)
            case each if (each.reason, each.severity) != (row.reason_text, row.severity):
                changed.append((row, each))
    return Difference(tuple(left.values()), tuple(changed), tuple(ended))
