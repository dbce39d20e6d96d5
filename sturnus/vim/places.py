"""The VIM's rows: the one place where a host's state changes, is logged and timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row

from sturnus.core.clock import Clock
from sturnus.core.states import Administrative, Availability, HostAction
from sturnus.store import vim_hosts, vim_orders
from sturnus.store.database import Database
from sturnus.store.models import Json
from sturnus.store.vim_hosts import VimHostRow
from sturnus.vim.deciding import Go, Place
from sturnus.vim.facts import InventoryHost
from sturnus.vim.machine import AT_REST, HostState
from sturnus.vim.servers.orders import REMEMBERED
from sturnus.vim.steps import Step

SEEN_VERSION = 2
"""Of `seen`. What another version wrote is read anew from the inventory."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HostPlace:
    """A host as the VIM has it."""

    uuid: str
    hostname: str | None
    place: Place
    state_since: datetime
    deadline: datetime | None
    reason: str | None
    failure: str | None
    has_services: bool
    news: int  # what was heard of it
    looked: int  # what was looked at of that
    host: InventoryHost | None  # as the inventory said last

    @property
    def has_news(self) -> bool:
        """Whether the inventory has to be asked first."""
        return self.news != self.looked


class Places:
    """All hosts that the VIM knows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look_at(self, hosts: dict[str, str | None]) -> None:
        """There is news of these hosts: uuid to name, None where it is not known."""
        async with self._database.write() as session:
            for uuid, hostname in hosts.items():
                row = await vim_hosts.find(session, uuid)
                if row is None:
                    row = VimHostRow(
                        uuid=uuid,
                        hostname=hostname,
                        state=HostState.INITIAL,
                        state_since=self._clock.now(),
                        has_services=False,
                        wanted_look=0,
                        last_look=0,
                        seen={},
                    )
                    session.add(row)
                row.wanted_look += 1

    async def all(self) -> list[HostPlace]:
        """All of them, by name."""
        async with self._database.read() as session:
            return [_place(row) for row in await vim_hosts.all_rows(session)]

    async def with_work(self) -> Sequence[str]:
        """Those that something is to be done with."""
        async with self._database.read() as session:
            return await vim_hosts.with_work(session, AT_REST)

    async def find(self, uuid: str) -> HostPlace | None:
        """One of them."""
        async with self._database.read() as session:
            row = await vim_hosts.find(session, uuid)
        return None if row is None else _place(row)

    async def saw(self, before: HostPlace, host: InventoryHost | None) -> None:
        """Keep what the inventory said after the news that `before` had."""
        async with self._database.write() as session:
            if (row := await vim_hosts.find(session, before.uuid)) is not None:
                row.seen = _to_json(host)
                row.last_look = before.news
                row.hostname = row.hostname if host is None else host.hostname

    async def go(self, before: HostPlace, go: Go, *, has_services: bool) -> None:
        """Change the state, unless somebody else has since `before` was read: who looks next decides anew."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await vim_hosts.find(session, before.uuid)
            if row is None or row.state != before.place.state:
                return
            row.state, row.state_since = go.state, now
            row.step = row.step_since = row.deadline = row.reason = None
            row.failure = go.reason
            row.has_services = has_services
        log.info(
            "host",
            host=before.hostname or before.uuid,
            was=before.place.state,
            state=go.state,
            on=go.event,
            after=round((now - before.state_since).total_seconds(), 1),
            reason=go.reason,
        )

    async def begin(self, uuid: str, step: Step) -> None:
        """A step begins."""
        now = self._clock.now()
        async with self._database.write() as session:
            if (row := await vim_hosts.find(session, uuid)) is not None:
                row.step, row.step_since, row.reason = step.name, now, None
                row.deadline = None if step.deadline is None else now + step.deadline

    async def waits(self, uuid: str, reason: str) -> None:
        """What its step waits for."""
        async with self._database.write() as session:
            if (row := await vim_hosts.find(session, uuid)) is not None:
                row.reason = reason

    async def forget_openstack(self) -> None:
        """It is gone, and with it the services of all hosts, and the servers of which something was ordered."""
        async with self._database.write() as session:
            await vim_hosts.forget_services(session)
            await vim_orders.forget_unsettled(session, REMEMBERED)

    async def forget(self, before: HostPlace) -> None:
        """It is gone, unless it has come back meanwhile."""
        async with self._database.write() as session:
            row = await vim_hosts.find(session, before.uuid)
            if row is not None and row.wanted_look == before.news:
                await session.delete(row)


def _place(row: VimHostRow | Row[Any]) -> HostPlace:
    readable = row.seen.get("version", SEEN_VERSION) == SEEN_VERSION
    return HostPlace(
        uuid=row.uuid,
        hostname=row.hostname,
        place=Place(HostState(row.state), row.step, row.step_since),
        state_since=row.state_since,
        deadline=row.deadline,
        reason=row.reason,
        failure=row.failure,
        has_services=row.has_services,
        news=row.wanted_look,
        looked=row.last_look if readable else -1,
        host=_from_json(row.uuid, row.seen) if readable else None,
    )


def _to_json(host: InventoryHost | None) -> Json:
    if host is None:
        return {}
    return {
        "version": SEEN_VERSION,
        "hostname": host.hostname,
        "administrative": host.administrative,
        "availability": host.availability,
        "action": host.action,
        "labels": dict(host.labels),
        "fencing": host.fencing,
        "is_surely_down": host.is_surely_down,
    }


def _from_json(uuid: str, seen: Any) -> InventoryHost | None:
    if not seen:
        return None
    return InventoryHost(
        uuid=uuid,
        hostname=seen["hostname"],
        administrative=Administrative(seen["administrative"]),
        availability=Availability(seen["availability"]),
        action=None if seen["action"] is None else HostAction(seen["action"]),
        labels=seen["labels"],
        fencing=seen["fencing"],
        is_surely_down=seen["is_surely_down"],
    )
