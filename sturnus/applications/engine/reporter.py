"""Tells the tables, and those who follow the events, how far an operation has come.

What changes within one interval is written in one transaction: a release may change its reason many times a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.engine.board import Board, Progress
from sturnus.applications.engine.phases import ENDED
from sturnus.core.clock import Clock
from sturnus.core.errors import SturnusError
from sturnus.core.uninterrupted import uninterrupted
from sturnus.store import events, operations
from sturnus.store.application_models import ApplicationRow, OperationReleaseRow, OperationRow
from sturnus.store.database import Database

INTERVAL: Final = 0.25
"""Seconds between two reports: operators see everything within a second, and SQLite syncs four times in it at most."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Reports one operation."""

    database: Database
    clock: Clock
    operation: str  # uuid

    async def follow(self, board: Board) -> None:
        """Report what changes until cancelled."""
        while True:
            heard = board.listen()
            await self.report(board)
            await heard.wait()
            await asyncio.sleep(INTERVAL)

    async def report(self, board: Board) -> None:
        """Report what changed since the last time. What cannot be written now is written with the next change."""
        news = board.news()
        if not news:
            return
        try:
            await uninterrupted(self._write(news, overall(board.all_progress())))
        except SturnusError as error:
            log.warning("progress not written", operation=self.operation, reason=error.message)

    async def stage(self, sentence: str) -> None:
        """Say what the operation as a whole is doing."""
        async with self.database.write() as session:
            operation = await operations.lock(session, self.operation)
            await _say(session, operation, sentence)
            await events.append(session, "operation.stage", self.operation, {"reason": sentence}, self.clock.now())

    async def _write(self, news: Sequence[Progress], sentence: str) -> None:
        async with self.database.write() as session:
            operation = await operations.lock(session, self.operation)
            query = select(OperationReleaseRow).where(OperationReleaseRow.operation_id == operation.id)
            rows = {(row.namespace, row.release): row for row in await session.scalars(query)}
            for progress in news:
                _update(rows[progress.name.namespace, progress.name.name], progress)
            await _say(session, operation, sentence)
            data = {"reason": sentence, "releases": [to_event(each) for each in news]}
            await events.append(session, "operation.progress", self.operation, data, self.clock.now())


def overall(releases: Sequence[Progress]) -> str:
    """The progress of the whole in the words that old clients know (reference/inventory.md §3.4)."""
    ended = sum(each.phase in ENDED for each in releases)
    share = 100 * ended // max(1, len(releases))
    under_way = [each for each in releases if each.started_at is not None and each.phase not in ENDED]
    if not under_way:
        return f"overall completion: {share}%"
    first = under_way[0]
    more = f" and {len(under_way) - 1} more" if len(under_way) > 1 else ""
    return f"processing chart: {first.name.name}{more}, overall completion: {share}%: {first.reason}"


def to_event(progress: Progress) -> dict[str, Any]:
    """What those who follow the events see of a release."""
    return {
        "release": progress.name.name,
        "namespace": progress.name.namespace,
        "phase": progress.phase.value,
        "reason": progress.reason,
        "workloads_ready": progress.ready,
        "workloads_total": progress.total,
    }


async def _say(session: AsyncSession, operation: OperationRow, sentence: str) -> None:
    operation.reason = sentence
    application = await session.get_one(ApplicationRow, operation.application_id)
    application.progress = sentence[:255]


def _update(row: OperationReleaseRow, progress: Progress) -> None:
    row.phase, row.reason = progress.phase, progress.reason
    row.started_at, row.finished_at = progress.started_at, progress.finished_at
    row.workloads_ready, row.workloads_total = progress.ready, progress.total
    row.revision_after = progress.revision
