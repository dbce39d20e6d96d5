"""Reads all that configuration is computed from: within the caller's transaction, so that it agrees with itself."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus import __version__
from sturnus.configuration.facts import (
    HostFacts,
    NetworkFacts,
    OpenStackFacts,
    PlatformFacts,
    SiteFacts,
    SystemFacts,
)
from sturnus.core.settings import Settings
from sturnus.core.states import UNLOCKS, Administrative, Personality
from sturnus.inventory.networking.model import NetworkType
from sturnus.store import configuration
from sturnus.store.configuration import HostWithRole
from sturnus.store.models import SystemRow
from sturnus.store.networks import AddressPoolRow, NetworkRow


def site_from(settings: Settings) -> SiteFacts:
    """What the settings say."""
    return SiteFacts(
        settings.hostname,
        __version__,
        settings.keystone_url,
        settings.keystone_ca_file,
        admits_nodes=settings.nodes_kubeconfig is not None,
    )


async def platform_facts(session: AsyncSession, site: SiteFacts, hosts: Sequence[HostWithRole]) -> PlatformFacts | None:
    """Everything of the platform; None: the system is not set up yet. `hosts`: those that have roles."""
    system = await session.scalar(select(SystemRow))
    if system is None:
        return None
    installed = await configuration.openstack(session)
    return PlatformFacts(
        system=SystemFacts(system.name, system.system_type, system.system_mode, system.region_name),
        site=site,
        networks=await _networks(session),
        controllers={
            row.hostname: row.mgmt_ip
            for row in hosts
            if row.personality is Personality.CONTROLLER and row.mgmt_ip is not None
        },
        openstack=None
        if installed is None
        else OpenStackFacts(await configuration.charts_of(session, installed.application), system.region_name),
    )


def host_facts(row: HostWithRole, site: SiteFacts) -> HostFacts:
    """One host that has a role. A worker becomes a node with its first unlock: before, pods would not wait for that.

    While the unlock is under way, not after it: what it waits for may be pods on that node (nova-compute).
    """
    unlocked = row.administrative is Administrative.UNLOCKED or row.action in UNLOCKS
    return HostFacts(
        row.uuid,
        row.hostname,
        row.personality,
        row.subfunctions or row.personality.value,
        row.mgmt_ip,
        joins=site.admits_nodes and row.personality is Personality.WORKER and unlocked,
    )


async def _networks(session: AsyncSession) -> NetworkFacts:
    query = select(NetworkRow.type, AddressPoolRow).join(AddressPoolRow, AddressPoolRow.id == NetworkRow.pool_id)
    pools = {kind: pool for kind, pool in (await session.execute(query)).all()}  # noqa: C416 -- rows are no pairs
    mgmt, oam = pools.get(NetworkType.MGMT), pools.get(NetworkType.OAM)
    return NetworkFacts(
        mgmt_floating=None if mgmt is None else mgmt.floating_address,
        oam_floating=None if oam is None else oam.floating_address,
        pod_cidr=_cidr(pools.get(NetworkType.CLUSTER_POD)),
        service_cidr=_cidr(pools.get(NetworkType.CLUSTER_SERVICE)),
    )


def _cidr(pool: AddressPoolRow | None) -> str | None:
    return None if pool is None else f"{pool.network}/{pool.prefix}"
