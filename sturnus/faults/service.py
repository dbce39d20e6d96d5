"""Alarms and events as they are kept: to raise what is raised, or clear what is not active, changes nothing.

Every change is one transaction: the alarm, and the line of the event log that tells of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.clock import Clock, NewId
from sturnus.core.errors import NotFound
from sturnus.core.severities import EventState, Severity
from sturnus.faults.alarm import Alarm, difference
from sturnus.faults.catalogue import CATALOGUE, AlarmId, Source
from sturnus.faults.filters import Filter, alarm_conditions, event_conditions
from sturnus.store import alarms
from sturnus.store.alarms import AlarmRow, EventLogRow
from sturnus.store.database import Database

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is asked for, newest first."""

    filters: Sequence[Filter] = ()
    limit: int | None = None
    marker: str | None = None  # uuid of the last one of the page before
    states: Collection[EventState] = tuple(EventState)  # of events


@dataclass(frozen=True, slots=True)
class FaultManagement:
    """The door to alarms and events."""

    database: Database
    clock: Clock
    new_id: NewId

    async def raise_(self, alarm: Alarm) -> None:
        """Have this alarm active, with this reason and severity."""
        async with self.database.read() as session:
            row = await alarms.find(session, *alarm.key)
            if row is not None and not difference([row], [alarm]).changed:
                return  # told again, as levels are: nobody waits for the turn to write
        async with self.database.write() as session:
            await alarms.lock(session)
            row = await alarms.find(session, *alarm.key)
            await self._bring_about(session, [] if row is None else [row], [alarm])

    async def clear(self, number: AlarmId, entity: str) -> None:
        """Have this alarm not active."""
        async with self.database.read() as session:
            if await alarms.find(session, number, entity) is None:
                return
        async with self.database.write() as session:
            await alarms.lock(session)
            row = await alarms.find(session, number, entity)
            await self._bring_about(session, [] if row is None else [row], [])

    async def bring_about(self, source: Source, wanted: Collection[Alarm]) -> None:
        """Have exactly these alarms of one source active; those of others are left alone."""
        numbers = [kind.id for kind in CATALOGUE.values() if kind.source is source]
        async with self.database.read() as session:
            found = difference(await alarms.of_numbers(session, numbers), wanted)
        if not (found.new or found.changed or found.ended):
            return
        async with self.database.write() as session:
            await alarms.lock(session)
            await self._bring_about(session, await alarms.of_numbers(session, numbers), wanted)

    async def _bring_about(self, session: AsyncSession, active: Sequence[AlarmRow], wanted: Collection[Alarm]) -> None:
        todo, now = difference(active, wanted), self.clock.now()
        for alarm in todo.new:
            row = AlarmRow(
                uuid=self.new_id(), alarm_id=alarm.id.value, entity_type_id=alarm.entity_type,
                entity_instance_id=alarm.entity, severity=alarm.severity, reason_text=alarm.reason, timestamp=now,
            )  # fmt: skip
            session.add(row)
            self._tell(session, row, EventState.SET, alarm.reason)
        for row, alarm in todo.changed:
            row.severity, row.reason_text = alarm.severity, alarm.reason
            self._tell(session, row, EventState.SET, alarm.reason)
        for row in todo.ended:
            await session.delete(row)
            self._tell(session, row, EventState.CLEAR, row.reason_text)
        await alarms.forget_old_events(session)

    def _tell(self, session: AsyncSession, row: AlarmRow, state: EventState, reason: str) -> None:
        session.add(
            EventLogRow(
                uuid=self.new_id(), event_log_id=row.alarm_id, state=state, entity_type_id=row.entity_type_id,
                entity_instance_id=row.entity_instance_id, severity=row.severity, reason_text=reason,
                timestamp=self.clock.now(),
            )
        )  # fmt: skip
        log.info("alarm", state=state, alarm=row.alarm_id, entity=row.entity_instance_id, reason=reason)

    async def delete(self, uuid: str, who: str) -> None:
        """Delete an active alarm by hand. Whoever raised it does so again while its reason lasts. NotFound."""
        async with self.database.write() as session:
            await alarms.lock(session)
            row = await _alarm(session, uuid)
            await session.delete(row)
            self._tell(session, row, EventState.CLEAR, f"{row.reason_text} (deleted by {who})")
            await alarms.forget_old_events(session)

    async def active(self, part: Part) -> Sequence[AlarmRow]:
        """Active alarms, newest first. NotFound if the marker is not active any more."""
        async with self.database.read() as session:
            before = None if part.marker is None else (await _alarm(session, part.marker)).id
            return await alarms.active(session, alarm_conditions(part.filters), part.limit, before)

    async def alarm(self, uuid: str) -> AlarmRow:
        """One active alarm. NotFound."""
        async with self.database.read() as session:
            return await _alarm(session, uuid)

    async def counts(self) -> dict[Severity, int]:
        """How many alarms of each severity are active."""
        async with self.database.read() as session:
            return dict.fromkeys(Severity, 0) | await alarms.counts(session)

    async def events(self, part: Part) -> Sequence[EventLogRow]:
        """Lines of the event log, newest first. NotFound if the marker is gone."""
        async with self.database.read() as session:
            conditions = event_conditions(part.filters)
            if len(set(part.states)) < len(EventState):
                conditions.append(EventLogRow.state.in_(part.states))
            before = None if part.marker is None else (await _event(session, part.marker)).id
            return await alarms.events(session, conditions, part.limit, before)

    async def event(self, uuid: str) -> EventLogRow:
        """One line of the event log. NotFound."""
        async with self.database.read() as session:
            return await _event(session, uuid)


async def _alarm(session: AsyncSession, uuid: str) -> AlarmRow:
    if (row := await alarms.with_uuid(session, uuid)) is None:
        raise _no("alarm", uuid)
    return row


async def _event(session: AsyncSession, uuid: str) -> EventLogRow:
    if (row := await alarms.event_with_uuid(session, uuid)) is None:
        raise _no("event", uuid)
    return row


def _no(what: str, uuid: str) -> NotFound:
    return NotFound(f"There is no {what} {uuid[:80]}.", expected="a uuid of the list", remedy=f"fm {what}-list --uuid")
