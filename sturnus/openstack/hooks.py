"""The hooks of the OpenStack application, put together. The engine says when each is called (`engine.hooks`)."""

from __future__ import annotations

from dataclasses import dataclass

from sturnus.applications.engine.cleaning import Volumes
from sturnus.applications.engine.hooks import Hooks
from sturnus.applications.plan.placing import Obstacle
from sturnus.applications.plan.preparing import Prepared
from sturnus.core.clock import NewId
from sturnus.kubernetes.connection import Connection
from sturnus.openstack.before_install import InstallFacts, against_it
from sturnus.openstack.cluster_facts import claimed_classes, storage_classes
from sturnus.openstack.gathering import Gatherer
from sturnus.openstack.names import KEYSTONE_KEYS, PASSWORDS
from sturnus.openstack.passwords import NewPassword
from sturnus.openstack.passwords_in_cluster import delete_secrets, ensure_passwords, keys_present


@dataclass(frozen=True, slots=True)
class OpenStackHooks:
    """What they need. One for a process."""

    gatherer: Gatherer
    connection: Connection
    new_id: NewId
    new_password: NewPassword

    def hooks(self) -> Hooks:
        """As the engine takes them."""
        return Hooks(before_install=self.before_install, preparing=self.preparing, removed=self.removed)

    async def before_install(self, prepared: Prepared) -> list[Obstacle]:
        """Look whether there is a place for everything. Writes nothing."""
        objects = [each for release in prepared.releases for each in release.objects]
        facts = InstallFacts(
            platform=await self.gatherer.facts(),
            storage_classes=await storage_classes(self.connection),
            claims=claimed_classes(objects),
            installed=any(release.found is not None for release in prepared.releases),
            password_keys=await keys_present(self.connection),
        )
        return against_it(facts)

    async def preparing(self, prepared: Prepared) -> None:
        """Have the passwords before the first pod asks for one."""
        await ensure_passwords(self.connection, self.new_password, self.new_id)

    async def removed(self, name: str, volumes: Volumes) -> None:
        """Forget the passwords and keys, unless the data stay that were made with them."""
        if volumes is Volumes.DELETE:
            await delete_secrets(self.connection, (PASSWORDS, *KEYSTONE_KEYS))
