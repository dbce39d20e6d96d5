"""Watches the namespaces of an operation, and says how far each release has come and why it is not further.

Readiness is decided from a picture in memory. What the picture does not hold and a reason is better with, the last line
of a log, is fetched once for each cause, beside it all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import structlog

from sturnus.applications.engine.decisions import Workloads
from sturnus.applications.readiness.evidence import Evidence, LogOf
from sturnus.applications.readiness.explanation import Readiness, evidence_wanted, explain, readiness, room_wanted
from sturnus.applications.readiness.objects import uid_of
from sturnus.applications.readiness.work import has_worked
from sturnus.applications.release import ReleaseName, Waiting
from sturnus.core.errors import SturnusError
from sturnus.kubernetes.capacity import room_left
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.logs import Run, log_tail
from sturnus.kubernetes.room import Room
from sturnus.kubernetes.snapshot import Snapshot, Watched
from sturnus.kubernetes.workloads import ClusterWatch

LOG_LINES: Final = 20
ROOM_EVERY: Final = 15.0
"""Seconds."""
MOST_LOGS: Final = 40
"""Containers whose logs are asked for: of a hundred that fail alike, these tell as much as all."""

Object = Mapping[str, Any]

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """What a release made, and what of it is waited for."""

    waiting: Waiting
    objects: tuple[Object, ...]  # of its manifest, without hooks


@dataclass(slots=True)
class _Namespace:
    snapshot: Snapshot
    logs: dict[LogOf, str] = field(default_factory=dict)
    room: Mapping[str, Room] = field(default_factory=dict)  # by host
    room_read: float = -1e9  # loop time in seconds
    version: int = 0  # grows with each picture and each log


class ClusterEyes:
    """One for an operation; a context manager, since watches end with it. Implements `hands.Eyes`."""

    def __init__(self, connection: Connection, namespaces: Collection[str]) -> None:
        self._connection = connection
        self._watch = ClusterWatch(connection)
        self._namespaces = {name: _Namespace(Snapshot(name)) for name in namespaces}
        self._made: dict[ReleaseName, Made] = {}
        self._known: dict[ReleaseName, tuple[int, Readiness]] = {}
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Return once every namespace has been seen whole; until then the caller's deadline counts."""
        await self._watch.__aenter__()
        for name, namespace in self._namespaces.items():
            namespace.snapshot = await self._watch.namespace(name).listed()
            self._tasks.append(asyncio.create_task(self._follow(name), name=f"picture of {name}"))
            self._tasks.append(asyncio.create_task(self._keep_logs(name), name=f"logs of {name}"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._watch.__aexit__(kind, error, trace)

    def expect(self, name: ReleaseName, made: Made) -> None:
        """Say what a release made, or is about to make."""
        self._made[name] = made
        self._known.pop(name, None)

    def listen(self) -> asyncio.Event:
        """What the next change in the cluster sets."""
        return self._changed

    def workloads(self, name: ReleaseName) -> Workloads:
        """How far what this release made has come."""
        found = self.readiness(name)
        if found.is_ready:
            return Workloads(found.ready, found.total, None)
        sentence = found.sentence or "its workloads are not ready"
        return Workloads(found.ready, found.total, as_seen(sentence, self._namespaces[name.namespace].snapshot.blind))

    def readiness(self, name: ReleaseName) -> Readiness:
        """The same with every reason, whole."""
        namespace = self._namespaces[name.namespace]
        known = self._known.get(name)
        if known is None or known[0] != namespace.version:
            made = self._made[name]
            evidence = Evidence(namespace.logs, namespace.room)
            found = readiness(name.name, made.waiting, made.objects, namespace.snapshot, evidence)
            known = self._known[name] = (namespace.version, found)
        return known[1]

    def hook_trouble(self, namespace: str, kind: str, name: str) -> str | None:
        """Why a hook has not ended yet; None: nothing is known of it."""
        place = self._namespaces[namespace]
        if kind not in {Watched.JOB.value, Watched.POD.value}:
            return place.snapshot.blind
        reasons = explain(Watched(kind), name, place.snapshot, Evidence(place.logs, place.room))
        return as_seen(reasons[0].sentence, place.snapshot.blind) if reasons else place.snapshot.blind

    def jobs(self, namespace: str) -> frozenset[str]:
        """The uids of the Jobs that are there now."""
        return frozenset(uid_of(job) for job in self._namespaces[namespace].snapshot.of(Watched.JOB).values())

    def has_worked(self, namespace: str, job: str, before: frozenset[str]) -> bool:
        """Whether a Job that is none of those `before` has done its work."""
        return has_worked(job, self._namespaces[namespace].snapshot, before)

    def snapshot(self, namespace: str) -> Snapshot:
        """The picture as it is."""
        return self._namespaces[namespace].snapshot

    async def _follow(self, name: str) -> None:
        """Take each new picture."""
        place, watched = self._namespaces[name], self._watch.namespace(name)
        while True:
            place.snapshot = await watched.after(place.snapshot)
            self._ring(place)

    async def _keep_logs(self, name: str) -> None:
        """Read the logs that would help; a kubelet that does not answer holds up nothing but this."""
        while True:
            heard = self.listen()
            await self._read_logs(name)
            await self._read_room(name)
            await heard.wait()

    async def _read_logs(self, name: str) -> None:
        place = self._namespaces[name]
        wanted = evidence_wanted(place.snapshot)
        for old in outdated(place.logs, wanted, place.snapshot.of(Watched.POD)):
            del place.logs[old]
        for one in sorted(wanted - place.logs.keys())[: MOST_LOGS - len(place.logs)]:
            place.logs[one] = await self._last_line(name, one)
            self._ring(place)

    async def _read_room(self, name: str) -> None:
        """What hosts have left, while a pod waits for room; once in a while, since it takes all pods' requests."""
        place, now = self._namespaces[name], asyncio.get_running_loop().time()
        if not room_wanted(place.snapshot) or now < place.room_read + ROOM_EVERY:
            return
        place.room_read = now
        try:
            place.room = await room_left(self._connection)
        except SturnusError as error:
            log.info("room on hosts not read", reason=error.message)
        else:
            self._ring(place)

    async def _last_line(self, namespace: str, one: LogOf) -> str:
        run = Run.PREVIOUS if one.ended and one.restarts else Run.CURRENT
        try:
            lines = await log_tail(self._connection, namespace, one.pod, one.container, lines=LOG_LINES, run=run)
        except SturnusError as error:
            log.info("log not read", pod=one.pod, container=one.container, reason=error.message)
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def _ring(self, place: _Namespace) -> None:
        place.version += 1
        self._changed.set()
        self._changed = asyncio.Event()


def as_seen(sentence: str, blind: str | None) -> str:
    """What was seen last, with why nothing newer is seen; None: it is seen now."""
    return sentence if blind is None else f"{blind}; seen before that: {sentence}"


def outdated(logs: Collection[LogOf], wanted: Collection[LogOf], pods: Collection[str]) -> list[LogOf]:
    """The logs that tell nothing any more: their pod is gone, or a newer run of the same container is to be read.

    One that is not wanted at the moment stays: a container that is started again looks well until it crashes again, and
    the reason must not flicker.
    """
    newer = {(each.pod, each.container) for each in wanted}
    return [
        each for each in logs if each not in wanted and (each.pod not in pods or (each.pod, each.container) in newer)
    ]
