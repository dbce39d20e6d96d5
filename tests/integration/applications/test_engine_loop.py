"""Operations are taken, kept, aborted and taken over: on both databases, with scripted work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from sturnus.applications.engine import loop
from sturnus.applications.engine.finishing import Finishing
from sturnus.applications.engine.loop import CarryOut, Ended, Engine, Taken
from sturnus.applications.requesting import Asked, ask
from sturnus.core.application_states import ApplicationStatus, OperationKind, OperationState
from sturnus.core.clock import SystemClock, random_id
from sturnus.core.errors import Conflict, Unavailable
from sturnus.store import applications, operations
from sturnus.store.database import Database
from tests.integration.applications import operating

pytestmark = pytest.mark.anyio
DONE = Ended(OperationState.SUCCEEDED, "completed")


async def an_operation(database: Database) -> str:
    await operating.an_application(database, "tiny")
    return (await operating.an_operation(database, OperationKind.APPLY, "tiny")).uuid


def an_engine(database: Database, work: CarryOut, owner: str = "one") -> Engine:
    finishing = Finishing(database, SystemClock(), random_id, {})
    return Engine(database, SystemClock(), owner, work, finishing.finish)


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[None]:
    """It ends with the block, as if its process did."""
    task = asyncio.create_task(engine.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def abort(database: Database, uuid: str) -> None:
    async with database.write() as session:
        operation = await operations.find(session, uuid)
        assert operation is not None
        operation.abort_requested_at, operation.abort_requested_by = SystemClock().now(), "operator"


async def state(database: Database, uuid: str) -> tuple[OperationState, str | None, ApplicationStatus]:
    async with database.read() as session:
        operation = await operations.find(session, uuid)
        application = await applications.current(session, "tiny")
        assert operation is not None
        assert application is not None
        return operation.state, operation.reason, application.status


async def until(database: Database, uuid: str, reached: Callable[[OperationState, str | None], bool]) -> None:
    async with asyncio.timeout(120):
        while not reached(*(await state(database, uuid))[:2]):
            await asyncio.sleep(0.02)


async def test_an_operation_is_carried_out_and_the_application_follows(database: Database) -> None:
    async def work(_: Taken) -> Ended:
        return DONE

    uuid = await an_operation(database)
    async with running(an_engine(database, work)):
        await until(database, uuid, lambda now, _: now is OperationState.SUCCEEDED)

    assert await state(database, uuid) == (OperationState.SUCCEEDED, "completed", ApplicationStatus.APPLIED)


async def test_what_does_not_answer_is_waited_for_and_said(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "FIRST_PAUSE", 0.3)
    attempts = 0

    async def work(_: Taken) -> Ended:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise Unavailable("Kubernetes does not answer", expected="an answer", remedy="wait")
        return DONE

    uuid = await an_operation(database)
    async with running(an_engine(database, work)):
        await until(database, uuid, lambda _, reason: reason == "waits: Kubernetes does not answer")
        await until(database, uuid, lambda now, _: now is OperationState.SUCCEEDED)

    assert attempts == 3


async def test_an_abort_ends_what_is_under_way_and_says_who(database: Database) -> None:
    begun = asyncio.Event()

    async def work(_: Taken) -> Ended:
        begun.set()
        await asyncio.Event().wait()
        return DONE

    uuid = await an_operation(database)
    async with running(an_engine(database, work)):
        await begun.wait()
        await abort(database, uuid)
        await until(database, uuid, lambda now, _: now is OperationState.ABORTED)

    assert await state(database, uuid) == (
        OperationState.ABORTED, "aborted by operator", ApplicationStatus.APPLY_FAILED
    )  # fmt: skip


async def test_what_was_aborted_before_it_was_taken_ends_untouched(database: Database) -> None:
    async def work(_: Taken) -> Ended:
        raise AssertionError("nothing is begun that was aborted")

    uuid = await an_operation(database)
    await abort(database, uuid)
    async with running(an_engine(database, work)):
        await until(database, uuid, lambda now, _: now is OperationState.ABORTED)

    assert await state(database, uuid) == (
        OperationState.ABORTED, "aborted by operator", ApplicationStatus.APPLY_FAILED
    )  # fmt: skip


async def test_looking_often_writes_no_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, looked = asyncio.Event(), asyncio.Event()
    commits = 0

    async def works_on(_: Taken) -> Ended:
        begun.set()
        await asyncio.Event().wait()
        return DONE

    async def seen(*_: object) -> dict[str, str]:
        looked.set()
        return {}

    def committed() -> None:
        nonlocal commits
        commits += 1

    await an_operation(database)
    engine = an_engine(database, works_on)
    async with running(engine):
        await begun.wait()
        monkeypatch.setattr(operations, "aborts", seen)
        database.on_commit(committed)
        database.on_commit(engine.ring)
        for _ in range(20):
            looked.clear()
            engine.ring()
            async with asyncio.timeout(60):
                await looked.wait()

    assert commits <= 3  # a lease is kept by time, not by looks


async def test_a_process_that_dies_leaves_its_operation_to_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def hangs(_: Taken) -> Ended:
        begun.set()
        await asyncio.Event().wait()
        return DONE

    async def works(_: Taken) -> Ended:
        return DONE

    uuid = await an_operation(database)
    async with running(an_engine(database, hangs, "first")):
        await begun.wait()
    assert (await state(database, uuid))[0] is OperationState.RUNNING
    async with database.write() as session:  # twenty seconds later
        operation = await operations.find(session, uuid)
        assert operation is not None
        operation.lease_until = operation.created_at
    async with running(an_engine(database, works, "second")):
        await until(database, uuid, lambda now, _: now is OperationState.SUCCEEDED)


async def test_one_thing_at_a_time(database: Database) -> None:
    async def another() -> None:
        async with database.write() as session:
            row = await applications.lock(session, "tiny")
            assert row is not None
            await ask(session, row, Asked(OperationKind.REMOVE, "admin", {}), SystemClock(), random_id)

    await an_operation(database)

    with pytest.raises(Conflict, match="Application tiny is busy: apply by admin"):
        await another()
