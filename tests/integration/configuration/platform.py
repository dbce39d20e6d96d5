"""A configuration on a real database, with a system, a controller and a worker."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select

from sturnus.configuration.service import Configuration
from sturnus.core.application_states import ApplicationStatus
from sturnus.core.errors import Unavailable
from sturnus.core.states import Administrative, Availability, Operational, Personality, SystemMode, SystemType
from sturnus.store.application_models import ApplicationReleaseRow, ApplicationRow
from sturnus.store.configuration import OpenStackRow
from sturnus.store.database import Database
from sturnus.store.models import HostRow, OutboxRow, SystemRow
from sturnus.store.outbox import Topic
from tests.configuration_facts import BEFORE, CHARTS, PASSWORD

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class StillClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class ScriptedSecrets:
    password: str | None = PASSWORD
    down: bool = False

    async def openstack_admin_password(self) -> str | None:
        if self.down:
            raise Unavailable("Kubernetes does not answer", expected="", remedy="")
        return self.password


@dataclass
class Platform:
    database: Database
    secrets: ScriptedSecrets = field(default_factory=ScriptedSecrets)

    def __post_init__(self) -> None:
        self.configuration = Configuration(self.database, StillClock(), BEFORE.site, self.secrets)

    async def prepare(self) -> None:
        async with self.database.write() as session:
            session.add(
                SystemRow(
                    uuid="1c1e2f7a-0000-4000-8000-000000000001",
                    name="sturnus",
                    system_type=SystemType.STANDARD,
                    system_mode=SystemMode.DUPLEX,
                    timezone="UTC",
                    region_name="RegionOne",
                    created_at=NOW,
                )
            )
            session.add_all(
                [
                    _host("controller-0", Personality.CONTROLLER, "192.168.204.2"),
                    _host("compute-0", Personality.WORKER, "192.168.204.3"),
                    _host(None, None, "192.168.204.4"),
                ]
            )
            application = ApplicationRow(
                name="openstack", app_version="1", manifest_name="m", manifest_file="f", active=True,
                status=ApplicationStatus.APPLIED, app_metadata={}, created_at=NOW,
            )  # fmt: skip
            session.add(application)
            await session.flush()
            session.add_all(
                [
                    ApplicationReleaseRow(
                        application_id=application.id,
                        release=chart,
                        namespace="openstack",
                        chart=chart,
                        helm_revision=1,
                    )
                    for chart in CHARTS
                ]
            )

    async def settle(self) -> None:
        """All hosts are what they have to be, and nothing waits."""
        await self.configuration.follow()
        async with self.database.write() as session:
            for row in await session.scalars(select(HostRow)):
                row.config_applied = row.config_target
            for notice in await session.scalars(select(OutboxRow)):
                await session.delete(notice)

    async def targets(self) -> dict[str | None, str | None]:
        async with self.database.read() as session:
            return {row.hostname: row.config_target for row in await session.scalars(select(HostRow))}

    async def out_of_date(self) -> list[str | None]:
        async with self.database.read() as session:
            rows = await session.scalars(select(HostRow).order_by(HostRow.id))
            return [row.hostname for row in rows if row.config_target != row.config_applied]

    async def told(self) -> list[str]:
        """Names of the hosts whose agents will be asked."""
        async with self.database.read() as session:
            found = select(OutboxRow).where(OutboxRow.topic == Topic.CONFIGURATION).order_by(OutboxRow.id)
            return [row.payload["hostname"] for row in await session.scalars(found)]

    async def installed(self) -> str | None:
        async with self.database.read() as session:
            row = await session.scalar(select(OpenStackRow))
            return None if row is None else row.application

    async def uuid(self, hostname: str) -> str:
        async with self.database.read() as session:
            return (await session.scalars(select(HostRow.uuid).where(HostRow.hostname == hostname))).one()


def _host(hostname: str | None, personality: Personality | None, address: str) -> HostRow:
    return HostRow(
        uuid=f"6b3dd953-b678-5f00-a950-31e30eafa0{address[-1]:0>2}",
        hostname=hostname,
        personality=personality,
        subfunctions=None if personality is None else personality.value,
        administrative=Administrative.LOCKED,
        operational=Operational.DISABLED,
        availability=Availability.ONLINE,
        mgmt_ip=address,
        location={},
        hardware={},
        uptime=0,
        created_at=NOW,
    )
