"""Whether anything happened since the last look that could matter to those who compute something from the inventory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sturnus.store.events import Event

MOST: Final = 1000
"""Events that are read at once; whoever is further behind than that looks anyway."""
PROGRESS: Final = ("operation.",)
"""Beginnings of the kinds of events that change no facts: several a second while an application is installed."""


class Events(Protocol):
    """The stream of events: `inventory.service.Inventory`."""

    async def events_after(self, last: int, limit: int) -> Sequence[Event]:
        """What happened after the event with this number, oldest first."""
        ...

    async def newest_event(self) -> int:
        """The number of the latest event."""
        ...


@dataclass(slots=True)
class News:
    """One for each who looks."""

    events: Events
    _seen: int | None = None  # number of the last event; None: nobody has looked yet

    async def is_there(self) -> bool:
        """Whether anything happened since the last time that this was asked; the first time, yes.

        Ask before looking at the facts: what happens in between is news the next time.
        """
        if self._seen is None:
            self._seen = await self.events.newest_event()
            return True
        found = await self.events.events_after(self._seen, MOST)
        if found:
            self._seen = found[-1].id
        return len(found) == MOST or any(not each.kind.startswith(PROGRESS) for each in found)
