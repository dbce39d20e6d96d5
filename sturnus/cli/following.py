"""The platform's stream of events (server-sent events), followed across broken connections.

A thread reads, so that whoever shows them may wait a moment for more, and Ctrl-C is heard at once. After each
connection that came about, `Connected` comes first: what happened before may be lost, so look at everything then.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.platform import Platform

SILENCE = 45.0
"""Seconds without a line after which a connection counts as dead: the server sends one every 15."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
"""Seconds between two attempts."""
TOGETHER = 0.1
"""Seconds that a caller waits for what belongs to the same change."""
LASTING = frozenset({401, 403, 404})
"""Statuses that trying again does not mend."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    id: int
    kind: str  # "host.changed"
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Connected:
    """From here on nothing is missed."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection broke, and is tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Trying again would not help."""

    error: CommandError


News = Event | Connected | Lost | Ended


def parsed(lines: Iterable[bytes]) -> Iterator[Event | None]:
    """Read events out of lines; None for a comment: the server is there (HTML, "Server-sent events")."""
    fields: dict[str, str] = {}
    for raw in lines:
        line = raw.decode(errors="replace").rstrip("\r\n")
        if line.startswith(":"):
            yield None
        elif line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            if fields.get("id", "").isdecimal() and "data" in fields:
                yield Event(int(fields["id"]), fields.get("event", ""), json.loads(fields["data"]))
            fields = {}


class Following:
    """Reads in a thread of its own; `news` hands out what came, in order."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._queue: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._last: int | None = None
        threading.Thread(target=self._read, name="events", daemon=True).start()

    def news(self, patience: float | None) -> list[News]:
        """Wait for something to happen; all that happened together. Nothing: `patience` (seconds) ended first."""
        try:
            found = [self._queue.get(timeout=patience)]
        except queue.Empty:
            return []
        end = time.monotonic() + TOGETHER
        while (left := end - time.monotonic()) > 0:
            try:
                found.append(self._queue.get(timeout=left))
            except queue.Empty:
                break
        return found

    def _read(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                if self._read_once():
                    pause = FIRST_PAUSE
                reason = "the server ended it"
            except CommandError as error:
                if isinstance(error, HttpError) and error.status in LASTING:
                    self._queue.put(Ended(error))
                    return
                reason = error.message
            except Exception as error:  # noqa: BLE001 -- a defect must not leave the command waiting for ever
                self._queue.put(Ended(CommandError(f"Following the events failed: {error!r}.")))
                return
            self._queue.put(Lost(reason))
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _read_once(self) -> bool:
        """Read until the connection ends; whether anything was read."""
        headers = {} if self._last is None else {"Last-Event-ID": str(self._last)}
        connected = False
        for event in parsed(self._platform.stream("/sturnus/events", headers, SILENCE)):
            if not connected:
                connected = True
                self._queue.put(Connected())
            if event is not None:
                self._last = event.id
                self._queue.put(event)
        return connected
