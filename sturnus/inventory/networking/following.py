"""Interfaces follow the ports that a host reports, and a new host gets its first networks by itself."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.inventory import changing
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import from_row
from sturnus.inventory.networking import networks
from sturnus.inventory.networking.loading import interfaces_of
from sturnus.inventory.networking.model import InterfaceType, NetworkType, PtpRole
from sturnus.inventory.networking.port_interfaces import Followed, Made, follow
from sturnus.inventory.networking.ports import reported
from sturnus.store import interfaces
from sturnus.store.interfaces import InterfaceNetworkRow, InterfaceRow
from sturnus.store.models import HostRow
from sturnus.store.outbox import Topic


async def follow_ports(session: AsyncSession, ground: Ground, row: HostRow) -> bool:
    """Make the interfaces that a host lacks, in the caller's transaction; whether there were any to make or to change.

    The interface of the management port is connected to the first networks that no other interface of the host has: a
    host that announced itself can be unlocked without a word from the operator.
    """
    host = from_row(row)
    present = await interfaces_of(session, row.id)
    steps = follow(reported(host), present, host.mgmt_mac)
    taken = {each.network_type for interface in present for each in interface.networks}
    for step in steps:
        match step:
            case Made():
                made = await _make(session, ground, row, step)
                if step.is_management:
                    await _connect(session, ground, made, taken)
            case Followed():
                kept = await interfaces.by_uuid(session, step.interface_uuid)
                kept.port_name, kept.imac, kept.updated_at = step.port_name, step.mac, ground.clock.now()
    await session.flush()
    return bool(steps)


async def catch_up(ground: Ground) -> None:
    """Make what hosts lack that reported their ports to an earlier version: they say nothing new by themselves."""
    async with ground.database.read() as session:
        uuids = (await session.scalars(select(HostRow.uuid).order_by(HostRow.id))).all()
        with_interfaces = set(await session.scalars(select(HostRow.uuid).join(InterfaceRow)))
    for uuid in uuids:
        if uuid in with_interfaces:
            continue
        async with ground.database.write() as session:
            row = await changing.locked(session, uuid, None)
            if await follow_ports(session, ground, row):
                changing.notify(session, ground, row, Topic.VIM)
                await changing.changed(session, ground, row, "interfaces.changed")


async def _make(session: AsyncSession, ground: Ground, host: HostRow, step: Made) -> InterfaceRow:
    row = InterfaceRow(
        uuid=ground.new_id(),
        host_id=host.id,
        ifname=step.ifname,
        iftype=InterfaceType.ETHERNET.value,
        ifclass=step.ifclass.value,
        imtu=step.imtu,
        imac=step.mac,
        port_name=step.port_name,
        sriov_numvfs=0,
        ptp_role=PtpRole.NONE.value,
        created_at=ground.clock.now(),
    )
    session.add(row)
    await session.flush()
    return row


async def _connect(session: AsyncSession, ground: Ground, interface: InterfaceRow, taken: set[NetworkType]) -> None:
    for kind, network in (await networks.connectable(session)).items():
        if kind not in taken:
            session.add(
                InterfaceNetworkRow(
                    uuid=ground.new_id(),
                    interface_id=interface.id,
                    network_id=network.id,
                    created_at=ground.clock.now(),
                )
            )
