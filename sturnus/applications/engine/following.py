"""Follows one release to its end: looks, decides, does one step, looks again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, assert_never

import structlog

from sturnus.applications.engine.board import Board, Task
from sturnus.applications.engine.decisions import NO_WORKLOADS, Decision, Revision, Running, Step, Workloads, next_step
from sturnus.applications.engine.hands import Eyes, Hands, StepFailed
from sturnus.core.errors import Unavailable

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 10.0
"""Seconds between two attempts at a cluster that does not answer."""
LOOK_AGAIN: Final = 1.0
"""Seconds between two looks at a record that somebody else's Helm works on: records are not watched."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """What a release is followed with. `gate` bounds how many Helm processes run at once."""

    board: Board
    hands: Hands
    eyes: Eyes
    gate: asyncio.Semaphore


async def follow(task: Task, ground: Followed) -> None:
    """Return when the release is done or has failed; the board says which. Cancelled: it is left as it is."""
    pause = FIRST_PAUSE
    while True:
        heard = ground.board.listen(), ground.eyes.listen()
        decision = next_step(ground.board.facts(task.name, _workloads(task, ground)))
        ground.board.decided(task.name, decision)
        if decision.step in {Step.FINISH, Step.FAIL}:
            return
        try:
            await _do(task, decision, ground, heard)
            pause = FIRST_PAUSE
        except StepFailed as failed:
            await _after_failure(task, ground, failed)
        except Unavailable as error:
            await _after_silence(task, ground, error, pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _workloads(task: Task, ground: Followed) -> Workloads:
    return NO_WORKLOADS if ground.board.running(task.name) is None else ground.eyes.workloads(task.name)


async def _do(task: Task, decision: Decision, ground: Followed, heard: tuple[asyncio.Event, asyncio.Event]) -> None:
    board, hands, name = ground.board, ground.hands, task.name
    match decision.step:
        case Step.WAIT if _is_pending(board.running(name)):
            await asyncio.sleep(LOOK_AGAIN)
            await _look(task, ground)
        case Step.WAIT | Step.AWAIT:
            await _wait(heard, board.time_left(name))
        case Step.REPAIR:
            running = board.running(name)
            if running is not None:
                board.did(name, await hands.repair(name, running))
        case Step.REPLACE_JOBS:
            await hands.replace_jobs(name)
            board.jobs_replaced(name)
        case Step.INSTALL | Step.UPGRADE | Step.ROLL_BACK | Step.UNINSTALL:
            async with ground.gate:
                board.did(name, await _helm(task, decision.step, ground))
        case Step.FINISH | Step.FAIL:
            raise AssertionError(decision.step)
        case other:
            assert_never(other)


async def _helm(task: Task, step: Step, ground: Followed) -> Running | None:
    hands, name = ground.hands, task.name
    seconds = max(1.0, ground.board.time_left(name))

    def note(text: str) -> None:
        ground.board.note(name, text)

    def usable() -> None:
        ground.board.usable(name)

    if step is Step.INSTALL:
        return await hands.install(name, seconds, note, usable)
    if step is Step.UPGRADE:
        return await hands.upgrade(name, seconds, note, usable)
    if step is Step.ROLL_BACK and isinstance(task.wanted, Revision):
        return await hands.roll_back(name, task.wanted.number, seconds, note)
    await hands.uninstall(name, seconds, note)
    return None


def _is_pending(running: Running | None) -> bool:
    return running is not None and (running.status.startswith("pending-") or running.status == "uninstalling")


async def _look(task: Task, ground: Followed) -> None:
    record = await ground.hands.look(task.name)
    ground.board.looked(task.name, record.running, is_worked_on=record.is_worked_on)


async def _after_failure(task: Task, ground: Followed, failed: StepFailed) -> None:
    """Helm may have left a record: it is shown with the reason, and the next operation starts from it."""
    log.warning("release failed", release=str(task.name), reason=failed.reason)
    try:
        await _look(task, ground)
    except (StepFailed, Unavailable) as error:
        log.warning("record not read after a failure", release=str(task.name), reason=str(error))
    ground.board.failed(task.name, failed.reason)


async def _after_silence(task: Task, ground: Followed, error: Unavailable, pause: float) -> None:
    """The cluster does not answer: that is no failure of the release, as long as it has time."""
    board = ground.board
    board.note(task.name, f"the cluster does not answer: {error.message}")
    left = board.time_left(task.name)
    if left <= 0:
        board.failed(task.name, f"the cluster did not answer in time: {error.message}")
        return
    await asyncio.sleep(min(pause, left))
    try:
        await _look(task, ground)
    except Unavailable as still:
        log.info("cluster still away", release=str(task.name), reason=still.message)
    except StepFailed as failed:
        board.failed(task.name, failed.reason)


async def _wait(heard: tuple[asyncio.Event, asyncio.Event], seconds: float) -> None:
    """Until the board or the cluster changes, or the release is late."""
    waits = [asyncio.ensure_future(event.wait()) for event in heard]
    try:
        await asyncio.wait(waits, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
