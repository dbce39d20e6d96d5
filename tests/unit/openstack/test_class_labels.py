from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from sturnus.core.application_states import ApplicationStatus
from sturnus.core.errors import Unavailable
from sturnus.openstack.class_labels import ClassLabels
from sturnus.openstack.facts import HostFacts, PlatformFacts
from tests.unit.openstack.builders import a_compute
from tests.virtual_time import run

KEY = "class.sturnus.io/nova"


@dataclass
class Listed:
    name: str
    status: ApplicationStatus


@dataclass
class Platform:
    """Hosts, applications, and nodes that follow."""

    hosts: tuple[HostFacts, ...] = (a_compute(reserved_mib=1024), a_compute("compute-1", reserved_mib=1024))
    listed: list[Listed] = field(default_factory=lambda: [Listed("openstack", ApplicationStatus.APPLIED)])
    synced: list[str] = field(default_factory=list)
    looks: int = 0
    down: set[str] = field(default_factory=set)
    news: bool = True

    def __post_init__(self) -> None:
        self.labels = ClassLabels(self.facts, self, self.anything_new)

    async def anything_new(self) -> bool:
        return self.news

    async def facts(self) -> PlatformFacts:
        self.looks += 1
        if "database" in self.down:
            raise Unavailable("no answer", expected="", remedy="")
        return PlatformFacts("RegionOne", self.hosts)

    async def all(self) -> list[Listed]:
        return self.listed

    async def sync(self, name: str) -> None:
        if name in self.down:
            raise Unavailable("no answer", expected="", remedy="")
        self.synced.append(name)

    async def wanted(self, name: str) -> dict[str, str]:
        return dict(await self.labels.of_node(name))


def for_a_while(platform: Platform, meanwhile: Coroutine[Any, Any, None] | None = None) -> None:
    async def both() -> None:
        loop = asyncio.create_task(platform.labels.run(platform.sync))
        await asyncio.sleep(5)
        if meanwhile is not None:
            await meanwhile
            platform.labels.ring()
            await asyncio.sleep(5)
        loop.cancel()

    run(both())


@pytest.mark.parametrize(
    ("status", "keys"),
    [
        (ApplicationStatus.UPLOADED, set()),
        (ApplicationStatus.APPLYING, {KEY}),
        (ApplicationStatus.APPLIED, {KEY}),
        (ApplicationStatus.APPLY_FAILED, {KEY}),
        (ApplicationStatus.REMOVING, {KEY}),
        (ApplicationStatus.INACTIVE, set()),
    ],
)
def test_nodes_have_classes_while_the_application_is_in_the_cluster(status: ApplicationStatus, keys: set[str]) -> None:
    platform = Platform(listed=[Listed("stx-openstack", status)])

    assert run(platform.wanted("compute-0")).keys() == keys


def test_other_applications_give_nodes_no_class() -> None:
    platform = Platform(listed=[Listed("cert-manager", ApplicationStatus.APPLIED)])

    assert run(platform.wanted("compute-0")) == {}
    assert platform.looks == 0


def test_equal_hosts_have_one_class_and_both_nodes_follow() -> None:
    platform = Platform()
    for_a_while(platform)

    assert run(platform.wanted("compute-0")) == run(platform.wanted("compute-1")) != {}
    assert platform.synced == ["compute-0", "compute-1"]


def test_only_the_node_whose_class_changed_is_looked_at() -> None:
    platform = Platform()

    async def more_memory() -> None:
        platform.hosts = (platform.hosts[0], a_compute("compute-1", reserved_mib=2048))

    for_a_while(platform, more_memory())

    assert platform.synced == ["compute-0", "compute-1", "compute-1"]


def test_a_removed_application_takes_its_classes_along() -> None:
    platform = Platform()

    async def removed() -> None:
        platform.listed = [Listed("openstack", ApplicationStatus.UPLOADED)]

    for_a_while(platform, removed())

    assert platform.synced == ["compute-0", "compute-1", "compute-0", "compute-1"]
    assert run(platform.wanted("compute-0")) == {}


def test_a_node_that_did_not_follow_is_tried_again() -> None:
    platform = Platform(down={"compute-1"})

    async def back() -> None:
        platform.down.clear()
        platform.news = False

    for_a_while(platform, back())

    assert platform.synced == ["compute-0", "compute-1"]


def test_news_that_could_not_be_looked_at_are_not_forgotten() -> None:
    platform = Platform(down={"database"})

    async def back() -> None:
        platform.down.clear()
        platform.news = False

    for_a_while(platform, back())

    assert platform.synced == ["compute-0", "compute-1"]
