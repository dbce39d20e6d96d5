"""Networks of the platform are made, changed and removed, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.inventory import forms
from sturnus.inventory.changing import Ground
from sturnus.inventory.networking import named
from sturnus.inventory.networking.model import Network, NetworkType
from sturnus.inventory.networking.network_checks import (
    CHANGE_FORM,
    NETWORK_CHECKS,
    NETWORK_REMOVAL_CHECKS,
    NEW_FORM,
    NetworkFacts,
    NetworkRemovalFacts,
)
from sturnus.inventory.violations import refuse_if
from sturnus.store import interfaces, networks
from sturnus.store.hosts import Page
from sturnus.store.networks import AddressPoolRow, NetworkRow

SEEDED: Final = (NetworkType.MGMT, NetworkType.CLUSTER_HOST)
"""Networks that there are from the start, named like their type; hosts bring their addresses along."""


async def ensure(ground: Ground) -> None:
    """Make the first networks if there is no management network. Later starts leave them as the operator made them."""
    async with ground.database.write() as session:
        await networks.hold_still(session)
        present = await all_networks(session)
        if any(each.type is NetworkType.MGMT for each in present):
            return
        for kind in SEEDED:
            if any(each.type is kind or each.name == kind.value for each in present):
                continue
            row = NetworkRow(
                uuid=ground.new_id(), name=kind.value, type=kind.value, dynamic=True, created_at=ground.clock.now()
            )
            session.add(row)
            await named.tell(session, ground, named.NETWORKS, row, "added")


async def add(ground: Ground, raw: Mapping[str, object]) -> Network:
    """Make a network."""
    given = forms.filled_in(NEW_FORM, raw)
    async with ground.database.write() as session:
        await networks.hold_still(session)
        pool = await _pool(session, given)
        dynamic = given.get("dynamic")
        wanted = Network(
            id=0,
            uuid="",
            name=given["name"],
            type=given["type"],
            dynamic=True if dynamic is None else dynamic,
            pool_uuid=None if pool is None else pool.uuid,
            created_at=None,
            updated_at=None,
            revision=0,
        )
        others = await all_networks(session)
        refuse_if(NETWORK_CHECKS, NetworkFacts(wanted, others, given.get("pool_uuid"), pool is not None))
        row = NetworkRow(
            uuid=ground.new_id(),
            name=wanted.name,
            type=wanted.type.value,
            dynamic=wanted.dynamic,
            pool_id=None if pool is None else pool.id,
            created_at=ground.clock.now(),
        )
        session.add(row)
        await named.tell(session, ground, named.NETWORKS, row, "added")
        return network_of(row, wanted.pool_uuid)


async def change(ground: Ground, reference: str, raw: Mapping[str, object], revision: int | None) -> Network:
    """Change a network's name, its address pool, or whether it gives addresses away."""
    changes = forms.changes(CHANGE_FORM, raw)
    async with ground.database.write() as session:
        row = await named.locked(session, named.NETWORKS, reference, revision)
        stored = network_of(row, await networks.pool_uuid(session, row))
        pool = await _pool(session, changes)
        fields = {name: changes[name] for name in ("name", "dynamic") if changes.get(name) is not None}
        if "pool_uuid" in changes:
            fields["pool_uuid"] = None if pool is None else pool.uuid
        wanted = replace(stored, **fields)
        others = tuple(each for each in await all_networks(session) if each.id != row.id)
        refuse_if(NETWORK_CHECKS, NetworkFacts(wanted, others, changes.get("pool_uuid"), pool is not None))
        if wanted == stored:
            return stored
        row.name, row.dynamic = wanted.name, wanted.dynamic
        if "pool_uuid" in changes:
            row.pool_id = None if pool is None else pool.id
        row.updated_at = ground.clock.now()
        await named.tell(session, ground, named.NETWORKS, row, "changed")
        return network_of(row, wanted.pool_uuid)


async def remove(ground: Ground, reference: str, revision: int | None) -> None:
    """Remove a network that nobody is connected to."""
    async with ground.database.write() as session:
        row = await named.locked(session, named.NETWORKS, reference, revision)
        users = await interfaces.users_of_network(session, row.id)
        refuse_if(NETWORK_REMOVAL_CHECKS, NetworkRemovalFacts(network_of(row, None), users))
        await named.tell(session, ground, named.NETWORKS, row, "deleted")
        await session.delete(row)


async def all_networks(session: AsyncSession) -> tuple[Network, ...]:
    """Every network: there are few."""
    return tuple(network_of(*row) for row in await networks.networks_with_pools(session, Page()))


def network_of(row: NetworkRow, pool_uuid: str | None) -> Network:
    """A network from its row."""
    return Network(
        id=row.id,
        uuid=row.uuid,
        name=row.name,
        type=NetworkType(row.type),
        dynamic=row.dynamic,
        pool_uuid=pool_uuid,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )


async def _pool(session: AsyncSession, given: Mapping[str, Any]) -> AddressPoolRow | None:
    reference = given.get("pool_uuid")
    return None if reference is None else await networks.find(session, AddressPoolRow, reference)


async def connectable(session: AsyncSession) -> Mapping[NetworkType, NetworkRow]:
    """The first networks, as far as they are still there, by type: what a new host is connected to."""
    rows = await session.scalars(select(NetworkRow).where(NetworkRow.type.in_([kind.value for kind in SEEDED])))
    return {NetworkType(row.type): row for row in rows}
