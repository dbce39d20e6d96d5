"""Turns hosts offline (or failed, if they are in service) whose agents are not heard any more.

What was heard is in the tables, so a new process goes on from there. But a process that did not listen cannot hold
silence against anybody: it counts only from the moment since when it has looked without a gap.

One witness only, for now: nothing is evacuated or fenced because of it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from sturnus.core.errors import SturnusError
from sturnus.core.uninterrupted import uninterrupted
from sturnus.inventory import acting, lifecycle
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import from_row
from sturnus.store import agents, hosts

LOOK_EVERY: Final = timedelta(seconds=1)
GAP: Final = timedelta(seconds=4)
"""Looks that are further apart mean that this process slept, or that the database did not answer."""

log = structlog.stdlib.get_logger(__name__)


def listening_since(since: datetime, last_look: datetime, now: datetime) -> datetime:
    """Since when silence counts: from now on, if there was a gap before this look."""
    return now if now - last_look > GAP else since


def is_silent(last_seen: datetime, since: datetime, now: datetime, silence: timedelta) -> bool:
    """Whether nothing was heard for too long, while somebody listened."""
    return now - max(last_seen, since) > silence


class SilenceWatch:
    """The loop. Several may run: each looks again under the row's lock, and the second finds nothing to change."""

    def __init__(self, ground: Ground, silence: timedelta) -> None:
        self._ground = ground
        self._silence = silence
        self._since = self._last_look = ground.clock.now()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await uninterrupted(self.look())
            except SturnusError as error:
                log.warning("silent hosts not looked for", reason=error.message)
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def look(self) -> None:
        """Look once."""
        ground, now = self._ground, self._ground.clock.now()
        self._since = listening_since(self._since, self._last_look, now)
        async with ground.database.read() as session:
            rows = [from_row(row) for row in await agents.silent_hosts(session, now - self._silence)]
        self._last_look = now
        if now - self._since <= self._silence:
            return
        for host in rows:
            if lifecycle.after_silence(host) != lifecycle.states_of(host):
                await self._judge(host.uuid)

    async def _judge(self, uuid: str) -> None:
        """Decide again under the host's lock: it may have been heard since the look."""
        ground = self._ground
        async with ground.database.write() as session:
            row = await hosts.lock(session, uuid)
            seen = None if row is None else await agents.last_seen(session, row.id)
            if row is None or seen is None or not is_silent(seen, self._since, ground.clock.now(), self._silence):
                return
            states = lifecycle.after_silence(from_row(row))
            await acting.settle(session, ground, row, states, None)
        log.warning("host is silent", host=uuid, availability=states.availability)
