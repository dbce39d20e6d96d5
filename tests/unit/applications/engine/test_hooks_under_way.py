"""What is told of hooks while Helm runs them: a scripted cluster in, notes and "usable" out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sturnus.applications.engine.decisions import Workloads
from sturnus.applications.engine.hooks_under_way import Ears, follow_hooks
from sturnus.applications.release import ReleaseName
from sturnus.helm.operations import HookName, HookProgress
from tests import virtual_time

NAME = ReleaseName("openstack", "keystone")
FIRST, LAST = HookName("Job", "db-sync"), HookName("Job", "bootstrap")


@dataclass
class Cluster:
    there: set[str] = field(default_factory=set)  # uids of Jobs
    worked: dict[str, str] = field(default_factory=dict)  # Job → uid
    ready: bool = True
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self) -> asyncio.Event:
        return self.changed

    def hook_trouble(self, namespace: str, kind: str, name: str) -> str | None:
        return None

    def jobs(self, namespace: str) -> frozenset[str]:
        return frozenset(self.there)

    def has_worked(self, namespace: str, job: str, before: frozenset[str]) -> bool:
        return job in self.worked and self.worked[job] not in before

    def workloads(self, name: ReleaseName) -> Workloads:
        return Workloads(1, 1, None) if self.ready else Workloads(0, 1, "pod keystone-api is not ready")

    async def change(self, **worked: str) -> None:
        self.worked |= {name.replace("_", "-"): uid for name, uid in worked.items()}
        self.changed.set()
        self.changed = asyncio.Event()
        await asyncio.sleep(1)


@dataclass
class Heard:
    notes: list[str] = field(default_factory=list)
    usable: int = 0

    @property
    def ears(self) -> Ears:
        return Ears(self.notes.append, self.is_usable)

    def is_usable(self) -> None:
        self.usable += 1


def test_a_release_is_usable_once_its_last_hook_has_worked_and_its_workloads_are_ready() -> None:
    async def story() -> list[int]:
        cluster, heard, usable = Cluster(ready=False), Heard(), []
        async with follow_hooks(NAME, cluster, heard.ears, LAST) as begins:
            begins(HookProgress(1, 2, FIRST))
            await cluster.change(db_sync="a")
            usable.append(heard.usable)  # another hook follows
            begins(HookProgress(2, 2, LAST))
            await cluster.change(bootstrap="b")
            usable.append(heard.usable)  # its workloads are not ready
            cluster.ready = True
            await cluster.change()
            usable.append(min(heard.usable, 1))
        assert heard.notes[-1] == "hook 2/2 bootstrap has worked; helm has yet to hear of it"
        return usable

    assert virtual_time.run(story()) == [0, 0, 1]


def test_the_hook_of_an_earlier_run_makes_nothing_usable() -> None:
    async def story() -> list[int]:
        cluster, heard, usable = Cluster(there={"old"}, worked={"bootstrap": "old"}), Heard(), []
        async with follow_hooks(NAME, cluster, heard.ears, LAST) as begins:
            begins(HookProgress(1, 1, LAST))
            await cluster.change()
            usable.append(heard.usable)
            await cluster.change(bootstrap="new")
            usable.append(min(heard.usable, 1))
        return usable

    assert virtual_time.run(story()) == [0, 1]


def test_helm_that_goes_on_after_its_hooks_is_waited_for() -> None:
    async def story() -> int:
        cluster, heard = Cluster(), Heard()
        async with follow_hooks(NAME, cluster, heard.ears, None) as begins:
            begins(HookProgress(1, 1, FIRST))
            await cluster.change(db_sync="a")
        return heard.usable

    assert virtual_time.run(story()) == 0
