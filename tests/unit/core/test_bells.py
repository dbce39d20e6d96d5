"""A bell is waited for, and no longer than wanted."""

import asyncio

from sturnus.core.bells import rung_within
from tests import virtual_time


def test_whoever_waits_goes_on_when_it_rings_or_when_the_time_is_up() -> None:
    async def story() -> list[tuple[bool, float]]:
        loop, bell = asyncio.get_running_loop(), asyncio.Event()
        seen = [(await rung_within(bell, 5), loop.time())]
        loop.call_later(2, bell.set)
        seen.append((await rung_within(bell, 5), loop.time()))
        seen.append((await rung_within(bell, 5), loop.time()))  # nobody cleared it
        return seen

    assert virtual_time.run(story()) == [(False, 5), (True, 7), (True, 7)]
