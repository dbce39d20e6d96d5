"""What was installed is tried as its users would, once: on both databases, with nothing to install."""

from __future__ import annotations

from typing import Any

import pytest

from sturnus.applications.engine import rows
from sturnus.applications.engine.carrying_out import Workshop
from sturnus.applications.engine.hooks import Hooks
from sturnus.applications.engine.loop import Ended, Taken
from sturnus.applications.images.mirroring import NoMirror
from sturnus.applications.order.graph import ReleaseGraph
from sturnus.applications.plan.preparing import Prepared
from sturnus.core.application_states import OperationKind, OperationState, ReleasePhase
from sturnus.core.errors import Unavailable
from sturnus.store import operations
from sturnus.store.application_models import ApplicationRow, OperationReleaseRow
from sturnus.store.database import Database
from tests.integration.applications.operating import CLOCK, an_application, an_operation, end

pytestmark = pytest.mark.anyio
DONE = Ended(OperationState.SUCCEEDED, "completed")
UNUSED: Any = None


class Unchanged:
    """A library and a preparation of an application that the cluster has already."""

    connection: Any = None

    async def bundle(self, _: ApplicationRow) -> Any:
        return None

    async def layers(self, *_: Any) -> Any:
        return {}

    async def system_digest(self, _: ApplicationRow) -> str:
        return "digest"

    async def prepare(self, *_: Any) -> Prepared:
        return Prepared(UNUSED, (), {}, ReleaseGraph((), {}), UNUSED)


class Verifying:
    """The hook: says what it is told to, and how often it was asked."""

    def __init__(self, *answers: str | Exception | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, _: Prepared) -> str | None:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def a_workshop(database: Database, verify: Verifying) -> Workshop:
    there: Any = Unchanged()
    return Workshop(database, CLOCK, there, there, UNUSED, NoMirror(), {"openstack": Hooks(verify=verify)})


async def an_apply(database: Database) -> Taken:
    # There is no cluster that could have obstacles.
    return await an_operation(database, OperationKind.APPLY, despite_obstacles=True)


@pytest.fixture
async def taken(database: Database) -> Taken:
    """An application that was installed, and is to be again."""
    await an_application(database)
    await end(database, await an_apply(database))
    return await an_apply(database)


async def upgraded(database: Database, taken: Taken) -> None:
    """The operation has upgraded a release, and its process is gone."""
    async with database.write() as session:
        operation = await operations.lock(session, taken.uuid)
        row = OperationReleaseRow(
            operation_id=operation.id, position=0, release="db", namespace="openstack", chart="db",
            phase=ReleasePhase.READY, revision_before=1, revision_after=2, details={},
        )  # fmt: skip
        session.add(row)


async def test_what_nothing_has_changed_since_it_was_usable_is_not_tried_again(
    database: Database, taken: Taken
) -> None:
    verify = Verifying()

    assert await a_workshop(database, verify).carry_out(taken) == DONE
    assert verify.asked == 0


async def test_what_was_changed_and_not_tried_to_the_end_is_tried_by_the_next_process(
    database: Database, taken: Taken
) -> None:
    verify = Verifying(Unavailable("Kubernetes does not answer", expected="an answer", remedy="wait"), "no token")
    await upgraded(database, taken)

    with pytest.raises(Unavailable):
        await a_workshop(database, verify).carry_out(taken)
    ended = await a_workshop(database, verify).carry_out(taken)

    assert ended == Ended(OperationState.FAILED, "installed, and not usable: no token")
    assert verify.asked == 2


async def test_what_an_operation_changed_is_known_to_every_process(database: Database, taken: Taken) -> None:
    async with database.read() as session:
        assert not await rows.has_changed_anything(session, taken.uuid)

    await upgraded(database, taken)

    async with database.read() as session:
        assert await rows.has_changed_anything(session, taken.uuid)
