"""Address pools are made, changed and removed, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.inventory import forms
from sturnus.inventory.changing import Ground
from sturnus.inventory.networking import named
from sturnus.inventory.networking.address_pool_checks import (
    ADDRESS_FIELDS,
    CHANGE_FORM,
    NEW_FORM,
    POOL_CHECKS,
    POOL_REMOVAL_CHECKS,
    PoolFacts,
    PoolRemovalFacts,
    network_of,
    whole,
)
from sturnus.inventory.networking.model import AddressPool, AllocationOrder
from sturnus.inventory.violations import refuse_if
from sturnus.store import interfaces, networks
from sturnus.store.hosts import Page
from sturnus.store.networks import AddressPoolRow, NetworkRow

_COLUMNS = ("name", "network", "prefix", "order", *ADDRESS_FIELDS)


async def add(ground: Ground, raw: Mapping[str, object]) -> AddressPool:
    """Make a pool; without ranges it has the whole network."""
    given = forms.filled_in(NEW_FORM, raw)
    wanted = _draft(given)
    async with ground.database.write() as session:
        await networks.hold_still(session)
        refuse_if(POOL_CHECKS, PoolFacts(wanted, await _all(session)))
        row = AddressPoolRow(uuid=ground.new_id(), created_at=ground.clock.now(), **_values(wanted))
        session.add(row)
        await named.tell(session, ground, named.POOLS, row, "added")
        return pool_of(row)


async def change(ground: Ground, reference: str, raw: Mapping[str, object], revision: int | None) -> AddressPool:
    """Change a pool's name, ranges, order or addresses; its network stays."""
    changes = forms.changes(CHANGE_FORM, raw)
    async with ground.database.write() as session:
        row = await named.locked(session, named.POOLS, reference, revision)
        others = tuple(pool for pool in await _all(session) if pool.id != row.id)
        stored = pool_of(row)
        wanted = replace(stored, **{name: _kept(stored, name, value) for name, value in changes.items()})
        refuse_if(POOL_CHECKS, PoolFacts(wanted, others))
        if wanted == stored:
            return stored
        for name, value in _values(wanted).items():
            setattr(row, name, value)
        row.updated_at = ground.clock.now()
        await named.tell(session, ground, named.POOLS, row, "changed")
        return pool_of(row)


async def remove(ground: Ground, reference: str, revision: int | None) -> None:
    """Remove a pool that nothing takes addresses from."""
    async with ground.database.write() as session:
        row = await named.locked(session, named.POOLS, reference, revision)
        served = (await session.scalars(select(NetworkRow.name).where(NetworkRow.pool_id == row.id))).all()
        users = await interfaces.users_of_pool(session, row.id)
        refuse_if(POOL_REMOVAL_CHECKS, PoolRemovalFacts(pool_of(row), tuple(served), users))
        await named.tell(session, ground, named.POOLS, row, "deleted")
        await session.delete(row)


def pool_of(row: AddressPoolRow) -> AddressPool:
    """A pool from its row."""
    return AddressPool(
        id=row.id,
        uuid=row.uuid,
        name=row.name,
        network=row.network,
        prefix=row.prefix,
        order=AllocationOrder(row.order),
        ranges=tuple((first, last) for first, last in row.ranges),
        floating_address=row.floating_address,
        controller0_address=row.controller0_address,
        controller1_address=row.controller1_address,
        gateway_address=row.gateway_address,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )


async def _all(session: AsyncSession) -> tuple[AddressPool, ...]:
    return tuple(pool_of(row) for row in await networks.page(session, AddressPoolRow, Page()))


def _draft(given: Mapping[str, Any]) -> AddressPool:
    pool = AddressPool(
        id=0,
        uuid="",
        name=given["name"],
        network=given["network"],
        prefix=given["prefix"],
        order=given.get("order") or AllocationOrder.RANDOM,
        ranges=given.get("ranges") or (),
        **{field: given.get(field) for field in ADDRESS_FIELDS},
        created_at=None,
        updated_at=None,
        revision=0,
    )
    network = network_of(pool)
    return pool if pool.ranges or network is None else replace(pool, ranges=whole(network))


def _kept(stored: AddressPool, name: str, value: object) -> Any:
    """Addresses can be cleared; the rest keeps its value if an empty one is given."""
    return getattr(stored, name) if value is None and name not in ADDRESS_FIELDS else value


def _values(pool: AddressPool) -> dict[str, Any]:
    return {name: getattr(pool, name) for name in _COLUMNS} | {"ranges": [list(pair) for pair in pool.ranges]}
