"""Puts the applications together: their door, their overrides, and the engine that carries out what is asked for."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import structlog

from sturnus.applications.engine.carrying_out import AT_ONCE, Workshop
from sturnus.applications.engine.finishing import Finishing
from sturnus.applications.engine.hooks import Hooks
from sturnus.applications.engine.loop import Engine
from sturnus.applications.images import mirroring
from sturnus.applications.images.registry_mirror import RegistryMirror
from sturnus.applications.library import Library
from sturnus.applications.overrides.charts_of import AfterOverrides, LibraryCharts
from sturnus.applications.overrides.inventory_facts import InventoryOverrides
from sturnus.applications.overrides.overriding import Overriding
from sturnus.applications.plan.preparing import Preparation
from sturnus.applications.reapply import Reapplying
from sturnus.applications.service import Applications
from sturnus.applications.uploading import Shelf
from sturnus.configuration.cluster_admissions import admissions_from
from sturnus.configuration.cluster_secrets import ClusterSecrets
from sturnus.configuration.gathering import site_from
from sturnus.configuration.service import Configuration
from sturnus.core.clock import Clock, NewId
from sturnus.core.processes import this_process
from sturnus.core.settings import Settings
from sturnus.core.states import Personality
from sturnus.helm.operations import Helm
from sturnus.helm.orphans import end_orphans
from sturnus.helm.process import Ground
from sturnus.inventory.news import News
from sturnus.inventory.parameters.service import ServiceParameter
from sturnus.inventory.service import Inventory
from sturnus.kubernetes.connection import Connection
from sturnus.openstack import names
from sturnus.openstack.class_labels import ClassLabels
from sturnus.openstack.gathering import Gatherer
from sturnus.openstack.hooks import OpenStackHooks
from sturnus.openstack.passwords import random_password
from sturnus.openstack.system_overrides import PlatformOverrides
from sturnus.registry.logins import logins_in
from sturnus.registry.mirror import Mirror
from sturnus.registry.settings import RegistrySettings, from_parameters
from sturnus.registry.skopeo import Skopeo
from sturnus.store.database import Database

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ApplicationParts:
    """What a process has of the applications."""

    applications: Applications
    overriding: Overriding
    engine: Engine
    ground: Ground
    connection: Connection
    class_labels: ClassLabels
    reapplying: Reapplying
    configuration: Configuration

    async def run(self) -> None:
        """Carry out operations until cancelled, once nothing of an earlier process is left."""
        for orphan in await end_orphans(self.ground.owner):
            log.info("orphan of an earlier process ended", release=orphan.subject, pid=orphan.pid)
        await self.applications.clear_leftovers()
        await self.engine.run()


def application_parts(
    settings: Settings, database: Database, clock: Clock, new_id: NewId, inventory: Inventory
) -> ApplicationParts | None:
    """Put them together; connects to nothing. None: applications are not installed from here."""
    kubeconfig = settings.applications_kubeconfig
    if kubeconfig is None:
        return None
    connection = Connection.from_kubeconfig(kubeconfig)
    ground = Ground(
        kubeconfig,
        settings.state_directory / "helm",
        owner=settings.system_name,
        executable=settings.helm,
        gate=asyncio.Semaphore(AT_ONCE),
    )
    gatherer = Gatherer(inventory)
    overrides = PlatformOverrides(gatherer, InventoryOverrides(inventory))
    library = Library(database, settings.state_directory / "applications", overrides)
    shelf = Shelf(library.directory, new_id)
    preparation = Preparation(connection, ground, settings.local_registry)
    admissions = admissions_from(settings)
    configuration = Configuration(database, clock, site_from(settings), ClusterSecrets(connection), admissions)
    known = hooks(OpenStackHooks(gatherer, connection, new_id, random_password).hooks(), configuration)
    workshop = Workshop(
        database, clock, library, preparation, Helm(ground), _mirror(settings, inventory.parameters), known
    )
    finishing = Finishing(database, clock, new_id, known)
    applications = Applications(database, clock, new_id, shelf, workshop)
    return ApplicationParts(
        applications=applications,
        overriding=Overriding(database, clock, LibraryCharts(database, library), AfterOverrides(clock, new_id)),
        engine=Engine(database, clock, f"{this_process()}/{new_id()}", workshop.carry_out, finishing.finish),
        ground=ground,
        connection=connection,
        reapplying=Reapplying(
            database, clock, new_id, library.system_digest, workshop, inventory.hosts, News(inventory).is_there
        ),
        class_labels=ClassLabels(gatherer.facts, applications, News(inventory).is_there),
        configuration=configuration,
    )


def hooks(openstack: Hooks, configuration: Configuration) -> Mapping[str, Hooks]:
    """What the platform does around OpenStack, and tells itself of it, whatever its application is called."""
    around = replace(openstack, installed=configuration.openstack_installed, removing=configuration.openstack_removing)
    return {names.APPLICATION: around}


class StoredParameters(Protocol):
    """The door to service parameters, as it is needed here."""

    async def parameters(self, filters: Mapping[str, str]) -> Sequence[ServiceParameter]:
        """Those that match."""
        ...


def _mirror(settings: Settings, stored: StoredParameters) -> mirroring.Mirror:
    local = settings.local_registry
    if local is None:
        return mirroring.NoMirror()
    skopeo = Skopeo(
        lambda: registries_of(local, settings.registry_certificates, stored),
        lambda: logins_in(settings.registry_auth_file),
    )
    return RegistryMirror(local, Mirror(skopeo, random.random))


async def registries_of(local: str, certificates: Path | None, stored: StoredParameters) -> RegistrySettings:
    """Where images come from now, by the parameters of the service `docker`. Controllers copy them: theirs count."""
    sections: dict[str, dict[str, str]] = {}
    for each in await stored.parameters({"service": "docker"}):
        if each.personality in {None, Personality.CONTROLLER}:
            sections.setdefault(each.section, {})[each.name] = each.value
    return from_parameters(local, sections, certificates)
