"""Looks at the cloud: one for all hosts that are being left, or one for each while they are few.

A list of all servers takes a large cloud seconds; what a single host needs takes one request, however large the cloud.
Many hosts at once would be many requests: then whoever needs a look waits for the same answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sturnus.core.attempts import Attempts
from sturnus.core.clock import Clock
from sturnus.core.errors import Unavailable
from sturnus.vim.servers.ports import LookedAt, Looks
from sturnus.vim.servers.view import CloudView, Server

DEADLINE: Final = 20.0
"""Seconds for one look: a large cloud's list of servers takes its time."""
FEW: Final = 3
"""Hosts that have a look each."""
LEFT_FOR: Final = timedelta(seconds=5)
"""A host that was not looked at for so long is not being left any more."""
ROOM_GOOD_FOR: Final = timedelta(seconds=10)
"""How old the room of hosts may be while the servers of the one that is left are as they were."""

Taking = Callable[[Looks], Awaitable[CloudView]]


@dataclass(frozen=True, slots=True)
class Need:
    """What a host needs to know of the cloud."""

    hostname: str
    servers: Collection[str]  # uuids, wherever they are by now
    changed: datetime  # the last time that we did something: a look from before may not show it
    age: timedelta  # that a look may have


@dataclass(frozen=True, slots=True)
class _Own:
    """A look at one host."""

    view: CloudView
    need: Need
    room_taken: datetime  # when all hosts were looked at, not only its servers


class Views:
    """The latest looks, and the next ones."""

    def __init__(self, cloud: LookedAt, clock: Clock) -> None:
        self._clock = clock
        self._cloud = cloud
        self._latest: CloudView | None = None
        self._own: dict[str, _Own] = {}
        self._asked: dict[str, datetime] = {}  # when a host was looked at last
        self._attempts = Attempts(lambda: clock.now().timestamp())
        self._turn = asyncio.Lock()

    async def since(self, moment: datetime) -> CloudView | None:
        """All servers, by a look that was begun after `moment`: what changed until then is in it. None: no OpenStack.

        Raises:
            Unavailable: Nova does not answer, in time or at all.

        """
        async with self._turn:
            if self._latest is not None and self._latest.taken > moment:
                return self._latest
            self._latest = await self._look(lambda servers: servers.view())
            return self._latest

    async def of(self, need: Need) -> CloudView | None:
        """All hosts, but perhaps only the servers that a host needs to know of. None: no OpenStack. Raises as `since`.

        A host asks for one look at a time.
        """
        now = self._clock.now()
        self._asked[need.hostname] = now
        self._asked = {name: asked for name, asked in self._asked.items() if now - asked < LEFT_FOR}
        self._own = {name: own for name, own in self._own.items() if name in self._asked}
        moment = max(need.changed, now - need.age)
        if self._latest is not None and self._latest.taken > moment:
            return self._latest
        if len(self._asked) > FEW:
            return await self.since(moment)
        own = self._own.get(need.hostname)
        if own is not None and own.view.taken > moment and set(need.servers) <= set(own.need.servers):
            return own.view
        return await self._look_at(need, own)

    async def _look_at(self, need: Need, before: _Own | None) -> CloudView | None:
        now = self._clock.now()
        is_good = before is not None and before.room_taken > need.changed and now - before.room_taken < ROOM_GOOD_FOR

        async def take(servers: Looks) -> CloudView:
            if before is not None and is_good:
                here = await servers.here(need.hostname, need.servers)
                if _same(here, before.view, need):
                    return replace(before.view, taken=now)
            return await servers.view_of(need.hostname, need.servers)

        view = await self._look(take)
        if view is not None:
            is_old = before is not None and view.hosts is before.view.hosts
            self._own[need.hostname] = _Own(view, need, before.room_taken if before and is_old else view.taken)
        return view

    async def _look(self, take: Taking) -> CloudView | None:
        with self._attempts.one():
            try:
                async with asyncio.timeout(DEADLINE):
                    servers = await self._cloud.servers()
                    return None if servers is None else await take(servers)
            except TimeoutError:
                raise Unavailable(
                    f"Nova did not list its servers within {DEADLINE:.0f} s", expected="an answer", remedy=""
                ) from None


def _same(here: Sequence[Server], view: CloudView, need: Need) -> bool:
    """Whether the servers that a host needs to know of are as they were: then nothing has taken or given room."""
    concerned = (each for each in view.servers if each.host == need.hostname or each.uuid in need.servers)
    return {each.uuid: each for each in here} == {each.uuid: each for each in concerned}
