"""Power that is switched by several at once, and power that hangs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from lab.ground.description import Host, Lab
from lab.ground.power import PowerState
from lab.rack.blocking import BlockingCalls
from lab.rack.controllers import Racked, ResetType

SOON = timedelta(seconds=5)


class SlowPower:
    """Takes as long to switch a host as the test likes."""

    def __init__(self) -> None:
        self.states: dict[str, PowerState] = {}
        self.switched: list[str] = []
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()

    def state(self, host: Host) -> PowerState:
        return self.states.get(host.name, PowerState.OFF)

    def power_on(self, host: Host) -> None:
        if self.state(host) is PowerState.OFF:
            self.begun.release()
            assert self.may_end.wait(SOON.total_seconds())
            self.states[host.name] = PowerState.ON
            self.switched.append(host.name)

    def force_off(self, host: Host) -> None:
        self.states[host.name] = PowerState.OFF

    graceful_shutdown = force_restart = graceful_restart = force_off


async def begun(power: SlowPower) -> None:
    assert await asyncio.to_thread(power.begun.acquire, timeout=SOON.total_seconds())


def test_a_host_that_two_power_on_at_once_is_powered_on_once(small_lab: Lab) -> None:
    power = SlowPower()

    async def scenario() -> None:
        racked = Racked(power)
        host = small_lab.host("compute-0")
        async with asyncio.timeout(SOON.total_seconds()), asyncio.TaskGroup() as both:
            both.create_task(racked.reset(host, ResetType.ON))
            both.create_task(racked.reset(host, ResetType.ON))
            await begun(power)
            power.may_end.set()

    asyncio.run(scenario())

    assert power.switched == ["compute-0"]


def test_a_host_that_hangs_keeps_no_other_waiting_and_its_state_is_still_shown(small_lab: Lab) -> None:
    power = SlowPower()
    stuck, other = small_lab.host("compute-0"), small_lab.host("compute-1")

    async def scenario() -> PowerState:
        racked = Racked(power)
        async with asyncio.timeout(SOON.total_seconds()), asyncio.TaskGroup() as both:
            both.create_task(racked.reset(stuck, ResetType.ON))
            await begun(power)
            await racked.reset(other, ResetType.FORCE_OFF)
            seen = await racked.state(stuck)
            power.may_end.set()
        return seen

    assert asyncio.run(scenario()) is PowerState.OFF


def test_a_call_that_is_late_keeps_its_place_until_it_ends() -> None:
    may_end = threading.Event()
    outcomes: list[str] = []

    async def scenario() -> None:
        calls = BlockingCalls(1)
        with pytest.raises(TimeoutError):
            await calls.run(lambda: may_end.wait(SOON.total_seconds()), deadline=timedelta(milliseconds=10))
        with pytest.raises(TimeoutError):
            await calls.run(lambda: outcomes.append("began too early"), deadline=timedelta(milliseconds=10))
        may_end.set()
        await calls.run(lambda: outcomes.append("ran"), deadline=SOON)

    asyncio.run(scenario())

    assert outcomes == ["ran"]


def test_a_late_call_that_fails_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    may_end = threading.Event()

    def fail() -> None:
        may_end.wait(SOON.total_seconds())
        raise OSError("no such disk")

    async def scenario() -> None:
        calls = BlockingCalls(1)
        with pytest.raises(TimeoutError):
            await calls.run(fail, deadline=timedelta(milliseconds=10))
        may_end.set()
        await calls.run(_nothing, deadline=SOON)

    asyncio.run(scenario())

    assert caplog.messages == ["a call that nobody waited for any more failed: no such disk"]


def test_what_a_call_raises_reaches_whoever_waits() -> None:
    def fail() -> None:
        raise OSError("no such disk")

    async def scenario(call: Callable[[], None]) -> None:
        await BlockingCalls(1).run(call, deadline=SOON)

    with pytest.raises(OSError, match="no such disk"):
        asyncio.run(scenario(fail))


def _nothing() -> None:
    pass
