"""Throws OpenStack's switch on a lab's controller as the application engine does, but from a process of its own.

OpenStack itself is not there: its rows are made with the fact, as those of an application with volumes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace, Secret

from lab.ground.description import Lab
from lab.kubernetes import cluster
from sturnus.configuration.bare.accounts import INVENTORY, as_user
from sturnus.configuration.bare.programs import HOME
from sturnus.configuration.service import Presence

PASSWORD = "of-the-pods-admin"
On = Callable[..., str]
"""Runs a command on a host; what it printed."""

FLIP = """
import asyncio, sys, time
from datetime import UTC, datetime
from sqlalchemy import delete
from sturnus.configuration.gathering import site_from
from sturnus.configuration.ports import NoSecrets
from sturnus.configuration.service import Configuration, Presence
from sturnus.core.application_states import ApplicationStatus
from sturnus.core.clock import SystemClock
from sturnus.core.settings import Settings
from sturnus.store.application_models import ApplicationReleaseRow, ApplicationRow
from sturnus.store.database import Database

async def main():
    settings, presence = Settings(), Presence(sys.argv[1])
    database = Database(settings.database_url)
    async with database.write() as session:
        await session.execute(delete(ApplicationRow).where(ApplicationRow.name == "openstack"))
        if presence is Presence.INSTALLED:
            row = ApplicationRow(name="openstack", app_version="1", manifest_name="m", manifest_file="f", active=True,
                                 status=ApplicationStatus.APPLIED, app_metadata={}, created_at=datetime.now(UTC))
            session.add(row)
            await session.flush()
            for chart in ("keystone", "glance", "cinder", "nova", "neutron"):
                session.add(ApplicationReleaseRow(application_id=row.id, release=chart, namespace="openstack",
                                                  chart=chart, helm_revision=1))
        configuration = Configuration(database, SystemClock(), site_from(settings), NoSecrets())
        await configuration.openstack_changed(session, "openstack", presence)
    await database.close()
    print(time.time())

asyncio.run(main())
"""


def flip(on: On, controller: str, presence: Presence) -> float:
    """Flip the fact; when it was committed, by the machine's clock."""
    python = f'cd / && {as_user(INVENTORY)} {HOME}/bin/python -c "$1" {presence.value}'
    return float(on(controller, "sh", "-c", python, "sh", FLIP).split()[-1])


@contextmanager
def passwords_of_pods(lab: Lab) -> Iterator[None]:
    """What an OpenStack in the pods leaves of its passwords. A namespace takes its time to go, so it is one for all."""
    with cluster.connected(lab) as client:
        client.create(Namespace(metadata=ObjectMeta(name="openstack")))
        metadata = ObjectMeta(name="openstack-passwords", namespace="openstack")
        client.create(Secret(metadata=metadata, stringData={"keystone-admin": PASSWORD}))
        try:
            yield
        finally:
            client.delete(Namespace, "openstack")
