"""A cluster with Helm in it, scripted: how long each release takes, what goes wrong, and who did what when."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sturnus.applications.engine.decisions import Running, Workloads
from sturnus.applications.engine.hands import Note, Record, StepFailed, Usable
from sturnus.applications.release import ReleaseName
from sturnus.core.errors import Unavailable
from sturnus.helm.records import Revision, Status
from sturnus.helm.repair import Author, Intent, Repairs, repairs

UNDER_WAY: Final = {
    "install": "pending-install",
    "upgrade": "pending-upgrade",
    "roll back": "pending-rollback",
    "uninstall": "uninstalling",
}
"""The status that Helm gives a release before it begins."""


@dataclass(frozen=True)
class Script:
    """How one release behaves."""

    helm: float = 1.0  # seconds that Helm takes
    settle: float = 1.0  # seconds from then on until the workloads are ready
    worked: float | None = None  # seconds until its last hook has worked and all is ready; None: not before Helm ends
    fails: str | None = None  # what Helm says instead of doing it
    never_ready: str | None = None


@dataclass
class ScriptedCluster:
    """Outlives the engine, as a cluster does."""

    scripts: Mapping[ReleaseName, Script]
    digests: Mapping[ReleaseName, str]
    records: dict[ReleaseName, Running] = field(default_factory=dict)
    unready: set[ReleaseName] = field(default_factory=set)
    history: list[tuple[float, str, str]] = field(default_factory=list)  # time, what, release
    away_until: float = 0.0
    intent: Intent = Intent.KEEP
    at_once: int = 0
    most_at_once: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _settling: set[asyncio.Task[None]] = field(default_factory=set)

    async def install(self, name: ReleaseName, seconds: float, note: Note, usable: Usable) -> Running:
        if (worked := self.scripts[name].worked) is not None:
            asyncio.get_running_loop().call_later(worked, usable)
        return await self._helm("install", name, seconds, note)

    async def upgrade(self, name: ReleaseName, seconds: float, note: Note, usable: Usable) -> Running:
        if (worked := self.scripts[name].worked) is not None:
            asyncio.get_running_loop().call_later(worked, usable)
        return await self._helm("upgrade", name, seconds, note)

    async def roll_back(self, name: ReleaseName, revision: int, seconds: float, note: Note) -> Running:
        return await self._helm("roll back", name, seconds, note)

    async def uninstall(self, name: ReleaseName, seconds: float, note: Note) -> None:
        await self._helm("uninstall", name, seconds, note)
        del self.records[name]

    async def replace_jobs(self, name: ReleaseName) -> None:
        self._log("replace jobs", name)

    async def repair(self, name: ReleaseName, running: Running) -> Running | None:
        self._log("repair", name)
        left = Revision(name.namespace, name.name, running.revision, Status(running.status), {}, modified=None)
        found = repairs([left], self.intent, Author.OURS, now=datetime.now(UTC))
        assert isinstance(found, Repairs)
        assert found.changes, f"there is nothing to repair, and nothing will change: {running}"
        for change in found.changes:
            self.records[name] = Running(running.revision, change.status.value, running.digest)
        return self.records[name]

    async def look(self, name: ReleaseName) -> Record:
        self._refuse_if_away()
        return Record(self.records.get(name), is_worked_on=False)

    def workloads(self, name: ReleaseName) -> Workloads:
        script = self.scripts[name]
        if script.never_ready is not None:
            return Workloads(0, 1, script.never_ready)
        if name in self.unready:
            return Workloads(0, 1, f"deployment {name.name}: 0 of 1 available")
        return Workloads(1, 1, None)

    def listen(self) -> asyncio.Event:
        return self._changed

    def when(self, what: str, release: str) -> float:
        """When something was done to a release; it was done once."""
        found = [time for time, done, name in self.history if (done, name) == (what, release)]
        assert len(found) == 1, f"{what} {release}: {self.history}"
        return found[0]

    async def _helm(self, what: str, name: ReleaseName, seconds: float, note: Note) -> Running:
        self._refuse_if_away()
        script, before = self.scripts[name], self.records.get(name)
        self._log(what, name)
        revision = 1 if before is None else before.revision + 1
        self.records[name] = Running(revision, UNDER_WAY[what], self.digests[name])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            note("hook 1/1 sync")
            async with asyncio.timeout(seconds):
                await asyncio.sleep(script.helm)
        except TimeoutError:
            self.records[name] = Running(revision, "failed", self.digests[name])
            raise StepFailed(f"helm did not end within {seconds:.0f} s") from None
        finally:
            self.at_once -= 1
        if script.fails is not None:
            self.records[name] = Running(revision, "failed", self.digests[name])
            raise StepFailed(script.fails)
        self.records[name] = Running(revision, "deployed", self.digests[name])
        self.unready.add(name)
        task = asyncio.ensure_future(self.settle(name, script.settle))
        self._settling.add(task)
        return self.records[name]

    async def settle(self, name: ReleaseName, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.unready.discard(name)
        self._log("ready", name)
        self._changed.set()
        self._changed = asyncio.Event()

    def _refuse_if_away(self) -> None:
        if asyncio.get_running_loop().time() < self.away_until:
            raise Unavailable("connection refused", expected="an answer", remedy="wait")

    def _log(self, what: str, name: ReleaseName) -> None:
        self.history.append((asyncio.get_running_loop().time(), what, name.name))
