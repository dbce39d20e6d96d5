"""What is asked of applications, and what is refused: on both databases, with nothing that carries it out."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sturnus.applications import service
from sturnus.applications.application import Application
from sturnus.applications.engine.carrying_out import Workshop
from sturnus.applications.engine.cleaning import Volumes
from sturnus.applications.engine.hooks import BeforeRemove, Hooks
from sturnus.applications.engine.loop import Taken
from sturnus.applications.plan.placing import Obstacle
from sturnus.applications.service import Applications
from sturnus.applications.uploading import Shelf
from sturnus.core.application_states import ApplicationStatus, OperationKind, OperationState
from sturnus.core.clock import random_id
from sturnus.core.errors import Invalid, Unavailable
from sturnus.store import applications, operations
from sturnus.store.database import Database
from tests.integration.applications.operating import CLOCK, an_application, an_operation, end

pytestmark = pytest.mark.anyio
UNUSED: Any = None
"""What requests have no need of: bundles, Helm, images, a cluster."""
SERVERS = Obstacle("2 servers", "web, db would be lost", "openstack server delete NAME")


async def nobody_cares(_: str) -> list[Obstacle]:
    return []


def a_service(
    database: Database, before_remove: BeforeRemove = nobody_cares, directory: Path = Path("/nonexistent")
) -> Applications:
    hooks = {"openstack": Hooks(before_remove=before_remove)}
    workshop = Workshop(database, CLOCK, UNUSED, UNUSED, UNUSED, UNUSED, hooks)
    return Applications(database, CLOCK, random_id, Shelf(directory, random_id), workshop)


async def ended(database: Database, state: OperationState) -> None:
    """The engine has ended what was asked for."""
    async with database.read() as session:
        row = await applications.current(session, "openstack")
        assert row is not None
        operation = await operations.latest(session, [row.id])
        assert operation is not None
        taken = Taken(operation.uuid, row.id, operation.kind, dict(operation.options))
    await end(database, taken, state)


async def done(database: Database, kind: OperationKind) -> str:
    """Carry out an operation, as the engine does; its uuid."""
    taken = await an_operation(database, kind)
    await end(database, taken)
    return taken.uuid


@pytest.fixture
async def installed(database: Database) -> str:
    """An application that was installed; the operation's uuid."""
    await an_application(database)
    return await done(database, OperationKind.APPLY)


def stands(application: Application) -> tuple[ApplicationStatus, bool]:
    return application.status, application.active


@pytest.mark.usefixtures("installed")
async def test_a_removal_under_servers_is_refused_and_changes_nothing(database: Database) -> None:
    async def servers(_: str) -> list[Obstacle]:
        return [SERVERS]

    asked = a_service(database, servers)

    with pytest.raises(Invalid) as refused:
        await asked.remove("openstack", Volumes.DELETE, "admin", force=False)

    assert refused.value.message == "Application-remove rejected: 2 servers: web, db would be lost."
    assert refused.value.remedy == "openstack server delete NAME"
    assert stands(await asked.show("openstack")) == (ApplicationStatus.APPLIED, True)
    assert [each.kind for each in await asked.history("openstack")] == [OperationKind.APPLY]


@pytest.mark.usefixtures("installed")
async def test_a_forced_removal_asks_nobody(database: Database) -> None:
    async def must_not_be_asked(_: str) -> list[Obstacle]:
        raise AssertionError("a forced removal asks nobody")

    found = await a_service(database, must_not_be_asked).remove("openstack", Volumes.DELETE, "admin", force=True)

    assert stands(found) == (ApplicationStatus.REMOVING, False)


async def away(_: str) -> list[Obstacle]:
    raise Unavailable("Kubernetes does not answer", expected="an answer", remedy="wait")


async def silent(_: str) -> list[Obstacle]:
    await asyncio.Event().wait()
    return []


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("before_remove", [away, silent])
async def test_what_cannot_be_asked_now_is_left_to_the_operation(
    database: Database, before_remove: BeforeRemove, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ASKING", 0.1)

    found = await a_service(database, before_remove).remove("openstack", Volumes.DELETE, "admin", force=False)

    assert stands(found) == (ApplicationStatus.REMOVING, False)


@pytest.mark.usefixtures("installed")
async def test_after_a_removal_that_failed_the_application_can_be_installed_again(database: Database) -> None:
    asked = a_service(database)
    await asked.remove("openstack", Volumes.DELETE, "admin", force=False)
    await ended(database, OperationState.FAILED)
    assert stands(await asked.show("openstack")) == (ApplicationStatus.REMOVE_FAILED, False)

    await asked.install("openstack", service.Installing(), "admin")
    await ended(database, OperationState.SUCCEEDED)

    assert stands(await asked.show("openstack")) == (ApplicationStatus.APPLIED, True)


async def test_nobody_goes_back_to_what_was_before_a_removal(database: Database, installed: str) -> None:
    await done(database, OperationKind.REMOVE)
    await done(database, OperationKind.APPLY)
    asked = a_service(database)

    for to, what in ((None, "no earlier operation"), (installed, f"not one operation '{installed}'")):
        with pytest.raises(Invalid) as refused:
            await asked.roll_back("openstack", to, "admin")

        assert refused.value.message == f"Application-rollback rejected: {what} succeeded since it was removed last."


async def test_an_earlier_operation_is_gone_back_to(database: Database, installed: str) -> None:
    await done(database, OperationKind.REMOVE)
    first = await done(database, OperationKind.APPLY)
    await done(database, OperationKind.APPLY)

    await a_service(database).roll_back("openstack", None, "admin")

    async with database.read() as session:
        row = await applications.current(session, "openstack")
        assert row is not None
        latest = await operations.latest(session, [row.id])
        assert latest is not None
    assert (latest.kind, latest.options["to"]) == (OperationKind.ROLLBACK, first)
    assert first != installed


def a_bundle(directory: Path, digit: str, age: timedelta = timedelta(days=1)) -> Path:
    place = directory / (digit * 64)
    (place / "charts").mkdir(parents=True)
    moment = (CLOCK.now() - age).timestamp()
    os.utime(place, (moment, moment))
    return place


def names_in(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.iterdir())


@pytest.mark.usefixtures("installed")
async def test_the_next_start_removes_the_files_of_what_was_deleted_and_no_others(
    database: Database, tmp_path: Path
) -> None:
    shelf = tmp_path / "applications"
    wanted = a_bundle(shelf, "a")
    a_bundle(shelf, "b")
    being_uploaded = a_bundle(shelf, "c", age=timedelta(seconds=5))
    (shelf / "somebody's").mkdir()
    async with database.write() as session:
        row = await applications.lock(session, "openstack")
        assert row is not None
        row.bundle_path = str(wanted)
    asked = a_service(database, directory=shelf)

    await asked.clear_leftovers()

    assert names_in(shelf) == [wanted.name, being_uploaded.name, "somebody's"]
    assert names_in(wanted) == ["charts"]


async def test_a_first_start_has_nothing_to_remove(database: Database) -> None:
    await a_service(database).clear_leftovers()
