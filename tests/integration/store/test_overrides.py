from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from sturnus.core.application_states import (
    ApplicationForm,
    ApplicationStatus,
    OperationKind,
    OperationState,
    ReleasePhase,
)
from sturnus.core.errors import Conflict
from sturnus.store import applications, overrides
from sturnus.store.application_models import (
    ApplicationReleaseRow,
    ApplicationRow,
    OperationReleaseRow,
    OperationRow,
    OverridesRow,
    PlanRow,
)
from sturnus.store.database import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def an_application(**changes: Any) -> ApplicationRow:
    values: dict[str, Any] = {
        "name": "stx-openstack",
        "app_version": "1.0",
        "manifest_name": "armada-manifest",
        "manifest_file": "stx-openstack.yaml",
        "form": ApplicationForm.ARMADA,
        "status": ApplicationStatus.UPLOADED,
        "active": False,
        "app_metadata": {},
        "created_at": NOW,
    }
    return ApplicationRow(**values | changes)


async def store(database: Database, *rows: object) -> None:
    async with database.write() as session:
        session.add_all(rows)


async def test_the_version_in_force_is_found_and_others_are_not(database: Database) -> None:
    await store(
        database,
        an_application(status=ApplicationStatus.INACTIVE),
        an_application(app_version="2.0"),
        an_application(name="cert-manager"),
    )

    async with database.read() as session:
        found = await applications.current(session, "stx-openstack")
        assert found is not None
        assert found.app_version == "2.0"
        assert await applications.current(session, "nosuch") is None
        assert [row.name for row in await applications.all_current(session)] == ["cert-manager", "stx-openstack"]


async def test_a_version_is_stored_once(database: Database) -> None:
    await store(database, an_application())

    with pytest.raises(Conflict):
        await store(database, an_application())


async def test_overrides_are_made_when_first_asked_for(database: Database) -> None:
    await store(database, an_application())
    async with database.write() as session:
        assert await overrides.find(session, 1, "nova", "openstack") is None
        row = await overrides.ensure(session, 1, "nova", "openstack", NOW)
        row.user_overrides = "a: 1\n"
    async with database.write() as session:
        again = await overrides.ensure(session, 1, "nova", "openstack", NOW)
        assert (again.user_overrides, again.enabled, again.revision) == ("a: 1\n", None, 2)


async def test_a_new_version_gets_the_overrides_of_the_old_one(database: Database) -> None:
    await store(database, an_application(), an_application(app_version="2.0", status=ApplicationStatus.UPDATING))
    reference = {"a.password": {"secret": "openstack/sturnus-nova", "key": "a.password"}}
    async with database.write() as session:
        old = await overrides.ensure(session, 1, "nova", "openstack", NOW)
        old.user_overrides, old.user_authors, old.enabled, old.generated = "a: 1\n", {"a": {}}, False, reference
        await session.flush()
        await overrides.copy_all(session, 1, 2, NOW)

    async with database.read() as session:
        new = await overrides.find(session, 2, "nova", "openstack")
        assert new is not None
        assert (new.user_overrides, new.user_authors, new.enabled) == ("a: 1\n", {"a": {}}, False)
        assert new.generated == reference


async def test_all_of_an_application_goes_with_it(database: Database) -> None:
    await store(database, an_application())
    async with database.write() as session:
        await overrides.ensure(session, 1, "nova", "openstack", NOW)
        session.add(
            ApplicationReleaseRow(
                application_id=1, release="nova", namespace="openstack", chart="nova", helm_revision=3
            )
        )
        session.add(
            PlanRow(uuid="p", application_id=1, digest="0" * 64, content={}, created_at=NOW, created_by="admin")
        )
        await session.flush()
        session.add(
            OperationRow(
                uuid="o",
                application_id=1,
                kind=OperationKind.APPLY,
                state=OperationState.QUEUED,
                options={},
                plan_id=1,
                requested_by="admin",
                created_at=NOW,
            )
        )
        await session.flush()
        session.add(
            OperationReleaseRow(
                operation_id=1,
                position=0,
                release="nova",
                namespace="openstack",
                chart="nova",
                phase=ReleasePhase.PENDING,
                details={},
            )
        )
    tables = (ApplicationReleaseRow, OverridesRow, PlanRow, OperationRow, OperationReleaseRow)
    async with database.write() as session:
        for table in tables:
            assert await session.scalar(select(func.count()).select_from(table)) == 1
        await session.delete(await applications.current(session, "stx-openstack"))

    async with database.read() as session:
        for table in tables:
            assert await session.scalar(select(func.count()).select_from(table)) == 0
