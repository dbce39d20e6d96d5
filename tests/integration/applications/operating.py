"""An application in the database, and operations on it, ended as the engine ends them: with nothing that installs."""

from __future__ import annotations

from typing import Any

from sturnus.applications.engine.finishing import Finishing
from sturnus.applications.engine.loop import Ended, Taken
from sturnus.applications.requesting import Asked, ask
from sturnus.core.application_states import ApplicationStatus, OperationKind, OperationState
from sturnus.core.clock import SystemClock, random_id
from sturnus.store import applications
from sturnus.store.application_models import ApplicationRow
from sturnus.store.database import Database

CLOCK = SystemClock()


async def an_application(database: Database, name: str = "openstack", *, active: bool = False) -> None:
    """One that was uploaded."""
    async with database.write() as session:
        row = ApplicationRow(
            name=name, app_version="1", manifest_name="m", manifest_file="f", active=active, app_metadata={},
            status=ApplicationStatus.UPLOADED, created_at=CLOCK.now(),
        )  # fmt: skip
        session.add(row)


async def an_operation(database: Database, kind: OperationKind, name: str = "openstack", **options: Any) -> Taken:
    """Ask for one, as a caller does."""
    async with database.write() as session:
        row = await applications.lock(session, name)
        assert row is not None
        operation = await ask(session, row, Asked(kind, "admin", options), CLOCK, random_id)
        return Taken(operation.uuid, row.id, kind, options)


async def end(database: Database, taken: Taken, state: OperationState = OperationState.SUCCEEDED) -> None:
    """End it, as the engine does."""
    await Finishing(database, CLOCK, random_id, {}).finish(taken, Ended(state, "completed"))
