"""Which agents are told to ask, and when again: the loop's memory is about seconds, the rows say the rest."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import pytest

from sturnus.configuration.following import AGAIN_AFTER, AUDIT_EVERY, Following
from sturnus.configuration.service import Configuration
from sturnus.inventory.hearing import Hearing, Wish
from sturnus.store.configuration import Unapplied
from sturnus.store.outbox import Notice, Topic
from tests import virtual_time
from tests.builders import HandClock

pytestmark = pytest.mark.anyio

HOST = "uuid-of-compute-0"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class ScriptedConfiguration:
    """One host, which has reached its target or not."""

    target: str | None = "target-1"  # None: reached
    failed: bool = False
    followed: int = 0  # times that all targets were computed

    async def unapplied(self) -> list[Unapplied]:
        return [] if self.target is None else [Unapplied(HOST, self.target, self.failed)]

    async def wanted(self, host: str) -> str | None:
        return self.target

    async def follow(self) -> None:
        self.followed += 1


@dataclass
class World:
    configuration: ScriptedConfiguration = field(default_factory=ScriptedConfiguration)
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.hearing = Hearing(self.clock)
        self.happened = False
        self.following = Following(cast("Configuration", self.configuration), self.hearing, self.clock, self.news)

    async def news(self) -> bool:
        happened, self.happened = self.happened, False
        return happened

    @property
    def asks(self) -> bool:
        return self.hearing.wishes(HOST, Wish.CONFIGURATION)


def notice() -> Notice:
    return Notice(1, Topic.CONFIGURATION, HOST, {}, 0, datetime(2026, 1, 1, tzinfo=UTC), None)


async def test_a_process_that_has_just_begun_asks_whom_no_notice_names() -> None:
    world = World()

    await world.following.look()

    assert world.asks
    assert await world.following.order_for(HOST) == "target-1"


async def test_a_host_that_was_given_its_configuration_is_left_alone_for_a_while_and_then_asked_again() -> None:
    world = World()
    await world.following.look()
    world.following.given(HOST, "target-1")

    world.clock.pass_by(AGAIN_AFTER - 1)
    await world.following.look()
    assert not world.asks
    assert await world.following.order_for(HOST) is None

    world.clock.pass_by(2)
    await world.following.look()
    assert world.asks


@pytest.mark.parametrize("how", ["by a notice", "by a look"])
async def test_another_target_is_asked_for_at_once(how: str) -> None:
    world = World()
    world.following.given(HOST, "target-1")
    world.configuration.target = "target-2"

    await (world.following.deliver(notice()) if how == "by a notice" else world.following.look())

    assert await world.following.order_for(HOST) == "target-2"


async def test_a_host_that_has_reached_its_target_is_asked_no_more() -> None:
    world = World()
    await world.following.look()
    world.following.given(HOST, "target-1")
    world.clock.pass_by(AGAIN_AFTER + 1)
    await world.following.look()
    world.configuration.target = None

    await world.following.look()

    assert not world.asks


async def test_a_notice_for_a_host_that_has_nothing_to_do_asks_nobody() -> None:
    world = World(ScriptedConfiguration(target=None))

    await world.following.deliver(notice())

    assert not world.asks


async def test_a_wish_for_power_outlives_one_for_configuration() -> None:
    world = World()
    world.hearing.want(HOST)
    await world.following.look()

    world.following.given(HOST, "target-1")

    assert world.hearing.is_wanted(HOST)


async def test_a_target_that_went_back_before_the_agent_asked_does_not_have_it_ask_for_ever() -> None:
    world = World()
    await world.following.look()
    world.configuration.target = None

    assert await world.following.order_for(HOST) is None

    assert not world.asks


def test_targets_are_computed_when_something_happened_and_not_for_every_commit() -> None:
    async def story() -> list[int]:
        world, followed = World(), []
        world.following.monotonic = asyncio.get_running_loop().time
        running = asyncio.create_task(world.following.run())
        for happened in (False, False, True, False):
            for _ in range(5):
                await asyncio.sleep(2)
                world.following.ring()
            world.happened = happened
            await asyncio.sleep(2)
            followed.append(world.configuration.followed)
        await asyncio.sleep(AUDIT_EVERY)
        followed.append(world.configuration.followed)
        running.cancel()
        return followed

    # At its start, after what happened, and when nobody looked for a minute.
    assert virtual_time.run(story()) == [1, 1, 2, 2, 3]
