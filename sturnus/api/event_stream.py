"""`/v1/sturnus/events`: what happens, as server-sent events, while the connection lasts.

Each event carries its number. Who was cut off sends the last one he saw (`Last-Event-ID`) and misses nothing that is
still kept (`store.events.KEPT`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final, Protocol, cast

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from sturnus.api.answers import Service
from sturnus.api.policy import allowed
from sturnus.core.bells import rung_within
from sturnus.core.errors import SturnusError, Unavailable
from sturnus.identity.permissions import Action
from sturnus.store.events import Event

router = APIRouter(tags=["events"])

LOOK_EVERY: Final = 1.0
"""Seconds; changes of this process are seen at once, those of others at the next look."""
SIGN_OF_LIFE: Final = 15.0
"""Seconds without an event until a comment shows that the connection still lasts."""
MOST_READERS: Final = 200
BATCH: Final = 500


class Happenings(Protocol):
    """Where events are read: the inventory."""

    async def events_after(self, last: int, limit: int) -> list[Event]:
        """Return the next ones, oldest first. Unavailable if the database does not answer."""
        ...


class Bell:
    """Wakes all readers after a commit, and lets them go when the server stops."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.readers = 0
        self.stopped = False

    def ring(self) -> None:
        """Wake everybody who listens now."""
        self._rung.set()
        self._rung = asyncio.Event()

    def stop(self) -> None:
        """Let all readers go."""
        self.stopped = True
        self.ring()

    def listen(self) -> asyncio.Event:
        """What the next ring sets. Ask before looking, or a ring in between is missed."""
        return self._rung


@router.get(
    "/v1/sturnus/events", dependencies=[Depends(allowed(Action.EVENTS_WATCH))], response_class=StreamingResponse
)
async def follow(
    request: Request,
    service: Service,
    since: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    last_event_id: Annotated[str | None, Header(pattern=r"^\d{1,18}$")] = None,
) -> StreamingResponse:
    """Follow what happens: from now on, or after the event `since` (or the header `Last-Event-ID`)."""
    bell = cast("Bell", request.app.state.bell)
    if bell.readers >= MOST_READERS:
        raise Unavailable(
            f"{MOST_READERS} readers follow the events already.", expected="fewer", remedy="try again later"
        )
    seen = since if last_event_id is None else int(last_event_id)
    if seen is None:
        seen = await service.newest_event()
    return StreamingResponse(lines(service, bell, seen), media_type="text/event-stream")


async def lines(happenings: Happenings, bell: Bell, seen: int) -> AsyncIterator[str]:
    """Write what happens after the event `seen`, until the bell is stopped."""
    loop = asyncio.get_running_loop()
    bell.readers += 1
    spoke = loop.time()
    try:
        yield f": follows from {seen}\n\n"
        while not bell.stopped:
            rung = bell.listen()
            try:
                found = await happenings.events_after(seen, BATCH)
            except SturnusError as error:
                yield f": {error.message}\n\n"
                found = []
            for event in found:
                seen = event.id
                spoke = loop.time()
                yield _frame(event)
            # By the clock: most commits ring and bring no event.
            if loop.time() - spoke >= SIGN_OF_LIFE:
                spoke = loop.time()
                yield ": still here\n\n"
            if len(found) < BATCH:
                await rung_within(rung, LOOK_EVERY)
    finally:
        bell.readers -= 1


def _frame(event: Event) -> str:
    data = json.dumps({"at": event.at.isoformat(), **event.data}, separators=(",", ":"))
    return f"id: {event.id}\nevent: {event.kind}\ndata: {data}\n\n"
