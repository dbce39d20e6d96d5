"""The applications' only door: what the API, other services and the loops may ask of them.

What is asked for is checked, stored and told in one transaction; the engine carries it out afterwards.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications import states
from sturnus.applications.application import Application, Operation, application_of, operation_of
from sturnus.applications.bundle.bundle import Bundle
from sturnus.applications.engine.carrying_out import Workshop
from sturnus.applications.engine.cleaning import Volumes
from sturnus.applications.plan import plans
from sturnus.applications.plan.plan import Plan
from sturnus.applications.requesting import Asked, announce, ask, refuse_if_busy
from sturnus.applications.states import Request
from sturnus.applications.uploading import Shelf, Tarball
from sturnus.core.application_states import ApplicationStatus, OperationKind, OperationState
from sturnus.core.clock import Clock, NewId
from sturnus.core.errors import Conflict, Invalid, NotFound, Unavailable
from sturnus.store import applications, operations, overrides
from sturnus.store.application_models import ApplicationRow, OperationRow, PlanRow
from sturnus.store.database import Database

MOST_HISTORY: Final = 200
"""Operations that are listed at once."""
ASKING: Final = 10.0
"""Seconds that the caller of a removal waits for who would miss the application."""


@dataclass(frozen=True, slots=True)
class Installing:
    """How an installation is asked for."""

    plan: str | None = None  # digest of the plan that the operator read; None: whatever it would be now
    despite_obstacles: bool = False
    mode: str | None = None  # StarlingX's own modes of restoring; only `normal` is known here


class Applications:
    """Applications and what is done with them. Methods raise the closed set of `core.errors` and nothing else."""

    def __init__(self, database: Database, clock: Clock, new_id: NewId, shelf: Shelf, workshop: Workshop) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._shelf = shelf
        self._workshop = workshop

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def all(self) -> list[Application]:
        """Every application, by name; older versions left out."""
        async with self._database.read() as session:
            return [application_of(row) for row in await applications.all_current(session)]

    async def show(self, name: str) -> Application:
        """One application."""
        async with self._database.read() as session:
            row = await applications.current(session, name)
        if row is None:
            raise _unknown(name)
        return application_of(row)

    async def latest_operation(self, name: str) -> Operation | None:
        """What is done with an application now, or was done last; None: nothing ever."""
        found = await self.history(name, 1)
        return found[0] if found else None

    async def history(self, name: str, limit: int = MOST_HISTORY) -> list[Operation]:
        """What was done with an application, newest first."""
        async with self._database.read() as session:
            versions = {row.id: row for row in await operations.versions(session, name)}
            if not versions:
                raise _unknown(name)
            rows = await operations.history(session, versions, limit)
            releases = await operations.releases(session, [row.id for row in rows])
            durations = dict(await operations.durations(session, versions))
        return [
            operation_of(
                row, versions[row.application_id], [r for r in releases if r.operation_id == row.id], durations
            )
            for row in rows
        ]

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def upload(self, tarball: Tarball, by: str) -> Application:
        """Enter an application. Invalid with everything that is wrong with its tarball, or if the name is taken."""
        bundle = await self._shelf.open(tarball)
        async with self._database.write() as session:
            if await applications.current(session, bundle.name) is not None:
                raise states.exists(bundle.name)
            row = await self._entered(session, bundle, ApplicationStatus.UPLOADED)
            await announce(session, row, self._uploaded(session, row, by), self._clock)
            return application_of(row)

    async def plan(self, name: str, by: str) -> Plan:
        """Find out what an installation would do, and keep it under its digest."""
        row = await self._allowed(name, Request.PLAN)
        plan = await self._workshop.plan_of(row)
        async with self._database.write() as session:
            kept = PlanRow(uuid=self._new_id(), application_id=row.id, created_at=self._clock.now(), created_by=by)
            await plans.keep(session, plan, kept)
        return plan

    async def install(self, name: str, how: Installing, by: str) -> Application:
        """Have an application installed, or brought to what is wanted now.

        Raises:
            Conflict: `how.plan` does not hold any more, with what moved; or something else is under way.
            Invalid: there is no such plan, or the application is in no state to be installed.

        """
        row = await self._allowed(name, Request.APPLY)
        _refuse_unknown_mode(name, how.mode)
        plan_id = None if how.plan is None else await self._holding(row, how.plan)
        options = {"despite_obstacles": how.despite_obstacles}
        return await self._asked(name, Request.APPLY, Asked(OperationKind.APPLY, by, options, plan_id))

    async def update(self, tarball: Tarball, by: str) -> Application:
        """Have another version installed; user overrides come along. One that fails brings the older one back."""
        bundle = await self._shelf.open(tarball)
        async with self._database.write() as session:
            old = await self._locked(session, bundle.name, Request.UPDATE)
            await refuse_if_busy(session, old)
            if old.app_version == bundle.version:
                raise _same_version(old)
            recover_to = await self._last_success(session, old)
            old.status = ApplicationStatus.INACTIVE
            await session.flush()
            row = await self._entered(session, bundle, ApplicationStatus.UPDATING)
            row.active, old.active = old.active, False
            await overrides.copy_all(session, old.id, row.id, self._clock.now())
            asked = Asked(OperationKind.UPDATE, by, {"from": old.app_version, "recover_to": recover_to})
            await ask(session, row, asked, self._clock, self._new_id)
            return application_of(row)

    async def roll_back(self, name: str, to: str | None, by: str) -> Application:
        """Have all releases brought back to what an operation left; None: the last but one that succeeded."""
        async with self._database.write() as session:
            row = await self._locked(session, name, Request.ROLLBACK)
            target = await self._target(session, row, to)
            await ask(session, row, Asked(OperationKind.ROLLBACK, by, {"to": target}), self._clock, self._new_id)
            return application_of(row)

    async def remove(self, name: str, volumes: Volumes, by: str, *, force: bool) -> Application:
        """Have all releases taken out of the cluster, in reverse order.

        Raises:
            Invalid: somebody would miss it, and it is not forced; or it is in no state to be removed.

        """
        if not force:
            await self._refuse_if_missed(name)
        options = {"volumes": volumes.value, "force": force}
        return await self._asked(name, Request.REMOVE, Asked(OperationKind.REMOVE, by, options))

    async def abort(self, name: str, by: str) -> Application:
        """Have what is under way stopped. What was done stays; doing it again goes on from there."""
        async with self._database.write() as session:
            row = await self._locked(session, name, Request.ABORT)
            versions = [each.id for each in await operations.versions(session, name)]
            latest = await operations.latest(session, versions)
            if latest is not None and latest.abort_requested_at is None:
                latest.abort_requested_at, latest.abort_requested_by = self._clock.now(), by
            await announce(session, row, latest, self._clock)
            return application_of(row)

    async def delete(self, name: str) -> None:
        """Forget an application, all of its versions, and what was set for it. Its files go at the next start."""
        async with self._database.write() as session:
            row = await self._locked(session, name, Request.DELETE)
            await announce(session, row, None, self._clock)
            for version in await operations.versions(session, name):
                await session.delete(version)

    async def clear_leftovers(self) -> None:
        """Remove the files of openings that were cut off and of versions that were deleted. Call it at the start."""
        async with self._database.read() as session:
            named = await applications.bundle_paths(session)
        await self._shelf.clear_leftovers(named, self._clock.now())

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _refuse_if_missed(self, name: str) -> None:
        """Refuse while nothing is touched. The operation asks again: things change, and what is away now may answer."""
        await self._allowed(name, Request.REMOVE)
        try:
            async with asyncio.timeout(ASKING):
                found = await self._workshop.would_be_missed(name)
        except (Unavailable, TimeoutError):
            return
        if found:
            raise states.would_be_missed(name, found)

    async def _holding(self, row: ApplicationRow, digest: str) -> int:
        async with self._database.read() as session:
            kept = await plans.find(session, row.id, digest)
        now = await self._workshop.plan_of(row)
        return plans.refuse_if_moved(row, digest, kept, now)

    async def _asked(self, name: str, request: Request, asked: Asked) -> Application:
        async with self._database.write() as session:
            row = await self._locked(session, name, request)
            if request is Request.REMOVE:
                row.active = False
            await ask(session, row, asked, self._clock, self._new_id)
            return application_of(row)

    async def _allowed(self, name: str, request: Request) -> ApplicationRow:
        async with self._database.read() as session:
            row = await applications.current(session, name)
        return _checked(row, name, request)

    async def _locked(self, session: AsyncSession, name: str, request: Request) -> ApplicationRow:
        return _checked(await applications.lock(session, name), name, request)

    async def _entered(self, session: AsyncSession, bundle: Bundle, status: ApplicationStatus) -> ApplicationRow:
        row = await self._known_version(session, bundle)
        if row is None:
            row = ApplicationRow(
                name=bundle.name, app_version=bundle.version, created_at=self._clock.now(), active=False
            )
            session.add(row)
        row.manifest_name, row.manifest_file = bundle.manifest.name, bundle.manifest.file
        row.form, row.status, row.progress = bundle.manifest.form, status, "completed"
        row.bundle_path, row.bundle_sha256 = str(bundle.directory), bundle.sha256
        row.app_metadata = {"notes": list(bundle.notes), "plugins": list(bundle.plugins)}
        await session.flush()
        return row

    async def _known_version(self, session: AsyncSession, bundle: Bundle) -> ApplicationRow | None:
        versions = await operations.versions(session, bundle.name)
        return next((row for row in versions if row.app_version == bundle.version), None)

    def _uploaded(self, session: AsyncSession, row: ApplicationRow, by: str) -> OperationRow:
        now = self._clock.now()
        done = OperationRow(
            uuid=self._new_id(), application_id=row.id, kind=OperationKind.UPLOAD, state=OperationState.SUCCEEDED,
            reason="completed", options={}, requested_by=by, created_at=now, started_at=now, finished_at=now,
        )  # fmt: skip
        session.add(done)
        return done

    async def _last_success(self, session: AsyncSession, row: ApplicationRow) -> str | None:
        found = await self._successes(session, row)
        return found[0].uuid if found else None

    async def _successes(self, session: AsyncSession, row: ApplicationRow) -> list[OperationRow]:
        """What installed the application since it was removed last: of what was before, Helm keeps no revision."""
        versions = [each.id for each in await operations.versions(session, row.name)]
        wanted = {OperationKind.APPLY, OperationKind.UPDATE, OperationKind.ROLLBACK, OperationKind.RECOVER}
        found = await operations.history(session, versions, MOST_HISTORY)
        ended_well = [each for each in found if each.state is OperationState.SUCCEEDED]
        since = itertools.takewhile(lambda each: each.kind is not OperationKind.REMOVE, ended_well)
        return [each for each in since if each.kind in wanted]

    async def _target(self, session: AsyncSession, row: ApplicationRow, to: str | None) -> str:
        successes = await self._successes(session, row)
        if to is None:
            # After a failure the last success is what to go back to; else it is what runs now.
            found = successes[0 if row.status is ApplicationStatus.APPLY_FAILED else 1 :]
        else:
            found = [each for each in successes if each.uuid.startswith(to)]
        if not found or (to is not None and len(found) > 1):
            what = "no earlier operation" if to is None else f"not one operation {to[:40]!r}"
            raise Invalid(
                f"Application-rollback rejected: {what} succeeded since it was removed last.",
                expected="the id of one operation that succeeded since then",
                remedy=f"system application-history {row.name}",
            )
        return found[0].uuid


def _checked(row: ApplicationRow | None, name: str, request: Request) -> ApplicationRow:
    if row is None:
        raise states.not_found(request, name)
    refused = states.refusal(request, name, row.status)
    if refused is not None:
        raise refused
    return row


def _unknown(name: str) -> NotFound:
    return NotFound(
        f"application not found: {name[:80]}",
        expected="an application that was uploaded",
        remedy="system application-list",
    )


def _same_version(row: ApplicationRow) -> Conflict:
    return Conflict(
        f"Application-update rejected: {row.name} {row.app_version} is there already.",
        expected="a tarball of another version",
        remedy=f"system application-apply {row.name} brings what is set for it into force",
    )


def _refuse_unknown_mode(name: str, mode: str | None) -> None:
    if mode not in {None, "normal"}:
        raise Invalid(
            f"Application-apply rejected: mode {mode[:40]!r} is not supported for {name}."
            if mode
            else "Application-apply rejected: an empty mode.",
            expected="normal",
            remedy=f"system application-apply {name}",
        )
