import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from sturnus.core.clock import SystemClock
from sturnus.core.errors import Unavailable
from sturnus.store import outbox
from sturnus.store.database import Database
from sturnus.store.dispatcher import AT_ONCE, Dispatcher, Handler
from sturnus.store.outbox import Notice, Topic

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def write(database: Database, *notices: tuple[Topic, str, int]) -> None:
    async with database.write() as session:
        for topic, subject, number in notices:
            outbox.enqueue(session, topic, subject, {"number": number}, NOW)
            await session.flush()


@asynccontextmanager
async def dispatching(database: Database, **handlers: Handler) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(database, {Topic(name): handler for name, handler in handlers.items()}, SystemClock())
    task = asyncio.create_task(dispatcher.run())
    yield dispatcher
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def left(database: Database) -> list[Notice]:
    async with database.read() as session:
        return await outbox.waiting(session, limit=100)


async def test_notices_of_one_host_arrive_in_order_and_are_forgotten(database: Database) -> None:
    seen: list[int] = []

    async def handler(notice: Notice) -> None:
        seen.append(notice.payload["number"])

    await write(database, *((Topic.NODE, "host", number) for number in range(5)))
    async with dispatching(database, node=handler):
        await until(lambda: len(seen) == 5)
        await asyncio.sleep(0.1)

    assert seen == [0, 1, 2, 3, 4]
    assert await left(database) == []


async def test_a_failing_host_holds_up_its_own_notices_only(database: Database) -> None:
    seen: list[tuple[str, int]] = []

    async def handler(notice: Notice) -> None:
        if notice.subject == "broken":
            raise Unavailable("node broken does not answer", expected="", remedy="")
        seen.append((notice.subject, notice.payload["number"]))

    await write(database, (Topic.NODE, "broken", 1), (Topic.NODE, "broken", 2), (Topic.NODE, "well", 3))
    async with dispatching(database, node=handler):
        await until(lambda: len(seen) == 1)
        await asyncio.sleep(0.3)

    first, second = await left(database)
    assert seen == [("well", 3)]
    assert first.last_error == "node broken does not answer"
    assert first.attempts >= 1
    assert second.attempts == 0


async def test_topics_of_one_host_do_not_wait_for_each_other(database: Database) -> None:
    told: list[Topic] = []

    async def broken(_: Notice) -> None:
        raise Unavailable("the cluster does not answer", expected="", remedy="")

    async def well(notice: Notice) -> None:
        told.append(notice.topic)

    await write(database, (Topic.NODE, "host", 1), (Topic.VIM, "host", 2))
    async with dispatching(database, node=broken, vim=well):
        await until(lambda: told == [Topic.VIM])


async def test_a_topic_with_many_slow_receivers_holds_up_no_other(database: Database) -> None:
    """Used to fill all places: a VIM was told of a failure when the boards of others had stopped being asked."""
    slow: list[str] = []
    told = asyncio.Event()

    async def never_returns(notice: Notice) -> None:
        slow.append(notice.subject)
        await asyncio.Event().wait()

    async def tell(_: Notice) -> None:
        told.set()

    async with dispatching(database, fence=never_returns, vim=tell):
        await write(database, *((Topic.FENCE, f"host-{number}", number) for number in range(70)))
        await until(lambda: len(slow) == AT_ONCE)
        await write(database, (Topic.VIM, "other", 1))
        async with asyncio.timeout(10):  # a slow one would give up after 30 s
            await told.wait()

    assert len(slow) == AT_ONCE


async def test_a_notice_is_delivered_again_until_it_arrives(database: Database) -> None:
    attempts: list[int] = []

    async def handler(notice: Notice) -> None:
        attempts.append(notice.attempts)
        if len(attempts) < 3:
            raise RuntimeError("a defect")

    await write(database, (Topic.VIM, "host", 1))
    async with dispatching(database, vim=handler):
        await until(lambda: len(attempts) == 3)
        await asyncio.sleep(0.1)

    assert attempts == [0, 1, 2]
    assert await left(database) == []


async def test_a_delivery_that_was_cut_short_is_made_again_by_the_next_process(database: Database) -> None:
    started = asyncio.Event()
    arrived: list[int] = []

    async def never_returns(_: Notice) -> None:
        started.set()
        await asyncio.Event().wait()

    async def handler(notice: Notice) -> None:
        arrived.append(notice.payload["number"])

    await write(database, (Topic.VIM, "host", 7))
    async with dispatching(database, vim=never_returns):
        await started.wait()
    async with dispatching(database, vim=handler):
        await until(lambda: arrived == [7])


async def test_a_commit_rings_the_bell(database: Database) -> None:
    arrived = asyncio.Event()

    async def handler(_: Notice) -> None:
        arrived.set()

    async with dispatching(database, vim=handler) as dispatcher:
        await until(lambda: dispatcher.last_look is not None)
        await write(database, (Topic.VIM, "host", 1))
        async with asyncio.timeout(0.5):
            await arrived.wait()


async def test_the_lag_of_a_topic_is_how_many_wait_and_since_when(database: Database) -> None:
    await write(database, (Topic.NODE, "a", 1), (Topic.NODE, "b", 2))

    async with database.read() as session:
        assert await outbox.lag(session) == [outbox.Lag(Topic.NODE, 2, NOW)]


async def test_what_is_undone_leaves_no_notice(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as session:
            outbox.enqueue(session, Topic.NODE, "host", {}, NOW)
            await session.flush()
            raise RuntimeError("the change fails")

    with pytest.raises(RuntimeError, match="the change fails"):
        await fail()

    assert await left(database) == []
