"""The stream of events, in virtual time."""

import asyncio

import pytest

from sturnus.api.event_stream import SIGN_OF_LIFE, Bell, lines
from sturnus.store.events import Event
from tests import virtual_time


class Quiet:
    """An inventory to which nothing happens, while others commit all the time: signs of life of agents."""

    async def events_after(self, last: int, limit: int) -> list[Event]:
        return []


async def ringing(bell: Bell, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        bell.ring()


@pytest.mark.parametrize("every", [0.06, 0.9, 5.0])
def test_a_bell_that_rings_without_events_does_not_silence_the_sign_of_life(every: float) -> None:
    """Used to count no time when the bell rang: clients took the connection for dead every 45 s."""

    async def follow() -> float:
        bell = Bell()
        others = asyncio.create_task(ringing(bell, every))
        stream = lines(Quiet(), bell, 0)
        assert await anext(stream) == ": follows from 0\n\n"
        async with asyncio.timeout(60):
            assert await anext(stream) == ": still here\n\n"
        others.cancel()
        return asyncio.get_running_loop().time()

    assert virtual_time.run(follow()) == pytest.approx(SIGN_OF_LIFE, abs=1.0)
