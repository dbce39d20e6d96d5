"""The hooks of the OpenStack application, put together. The engine says when each is called (`engine.hooks`)."""

from __future__ import annotations

from dataclasses import dataclass

from sturnus.applications.engine.cleaning import Volumes
from sturnus.applications.engine.hooks import Hooks
from sturnus.applications.overrides.values import Values
from sturnus.applications.plan.placing import Obstacle
from sturnus.applications.plan.preparing import Prepared
from sturnus.core.clock import NewId
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.service_proxy import ServiceProxy
from sturnus.openstack.before_install import InstallFacts, against_it
from sturnus.openstack.before_remove import would_be_missed
from sturnus.openstack.cluster_facts import claimed_classes, storage_classes
from sturnus.openstack.emptying import delete_servers
from sturnus.openstack.gathering import Gatherer
from sturnus.openstack.names import KEYSTONE_KEYS, NAMESPACE, PASSWORDS
from sturnus.openstack.passwords import ADMIN, NewPassword
from sturnus.openstack.passwords_in_cluster import delete_secrets, ensure_passwords, keys_present, password_of
from sturnus.openstack.verification import Verification


def _values_of(chart: str, prepared: Prepared) -> Values | None:
    wanted = (each.wanted for each in prepared.releases)
    return next((each.merged.values() for each in wanted if each.release.chart.name == chart), None)


@dataclass(frozen=True, slots=True)
class OpenStackHooks:
    """What they need. One for a process."""

    gatherer: Gatherer
    connection: Connection
    new_id: NewId
    new_password: NewPassword

    def hooks(self) -> Hooks:
        """As the engine takes them."""
        return Hooks(
            before_install=self.before_install,
            preparing=self.preparing,
            verify=self.verify,
            before_remove=self.before_remove,
            emptying=self.emptying,
            removed=self.removed,
        )

    async def before_install(self, prepared: Prepared) -> list[Obstacle]:
        """Look whether there is a place for everything. Writes nothing."""
        objects = [each for release in prepared.releases for each in release.objects]
        facts = InstallFacts(
            platform=await self.gatherer.facts(),
            ovn=_values_of("ovn", prepared),
            storage_classes=await storage_classes(self.connection),
            claims=claimed_classes(objects),
            installed=any(release.found is not None for release in prepared.releases),
            password_keys=await keys_present(self.connection),
        )
        return against_it(facts)

    async def preparing(self, prepared: Prepared) -> None:
        """Have the passwords before the first pod asks for one."""
        await ensure_passwords(self.connection, self.new_password, self.new_id)

    async def verify(self, prepared: Prepared) -> str | None:
        """Use it as a user would: why that does not work; None: it does."""
        password = await password_of(self.connection, ADMIN)
        if password is None:
            return f"the administrator's password is gone (Secret {NAMESPACE}/{PASSWORDS}, key {ADMIN})"
        region = (await self.gatherer.facts()).region
        return await Verification(self._services, password, region, self.new_password).problem()

    async def before_remove(self, name: str) -> list[Obstacle]:
        """Look for servers that would be lost. Writes nothing."""
        return await would_be_missed(self._services, await password_of(self.connection, ADMIN), name)

    async def emptying(self, name: str) -> None:
        """Delete the servers that a forced removal does not spare."""
        await delete_servers(self._services, await password_of(self.connection, ADMIN))

    @property
    def _services(self) -> ServiceProxy:
        return ServiceProxy(self.connection, NAMESPACE)

    async def removed(self, name: str, volumes: Volumes) -> None:
        """Forget the passwords and keys, unless the data stay that were made with them."""
        if volumes is Volumes.DELETE:
            await delete_secrets(self.connection, (PASSWORDS, *KEYSTONE_KEYS))
