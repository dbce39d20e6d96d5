"""Interfaces of hosts are made, changed and removed: rows, revision, event and the notice to the VIM in one commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import NotFound
from sturnus.inventory import changing, forms
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import Host, from_row
from sturnus.inventory.networking.data_network_checks import DEFAULT_MTU
from sturnus.inventory.networking.interface_checks import (
    INTERFACE_CHECKS,
    INTERFACE_REMOVAL_CHECKS,
    InterfaceFacts,
    InterfaceRemovalFacts,
)
from sturnus.inventory.networking.interface_form import CHANGE_FORM, NEW_FORM
from sturnus.inventory.networking.loading import interfaces_of
from sturnus.inventory.networking.model import AeMode, Interface, InterfaceClass, InterfaceType, PtpRole
from sturnus.inventory.networking.ports import ports_of
from sturnus.inventory.violations import refuse_if
from sturnus.store import interfaces
from sturnus.store.interfaces import InterfaceRow
from sturnus.store.models import HostRow
from sturnus.store.networks import AddressPoolRow
from sturnus.store.outbox import Topic

_COLUMNS: Final = (
    "ifname", "iftype", "ifclass", "imtu", "imac", "port_name", "vlan_id", "aemode", "txhashpolicy", "sriov_numvfs",
    "sriov_vf_driver", "ptp_role", "ipv4_mode", "ipv6_mode",
)  # fmt: skip
_CLEARED: Final = frozenset({"txhashpolicy", "sriov_vf_driver", "ipv4_mode", "ipv6_mode", "ipv4_pool", "ipv6_pool"})
"""Fields that an empty value clears; the others stay as they are."""


@dataclass(frozen=True, slots=True)
class _Pool:
    id: int
    uuid: str
    version: int  # of IP


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an interface is to be: a locked host with what it has."""

    row: HostRow
    host: Host
    interfaces: tuple[Interface, ...]
    pools: Mapping[str, _Pool]  # by uuid and by name


async def add(ground: Ground, raw: Mapping[str, object], revision: int | None) -> Interface:
    """Make an interface: a bond, a VLAN, or one that stands on nothing."""
    given = forms.filled_in(NEW_FORM, raw)
    async with ground.database.write() as session:
        place = await _place(session, given["ihost_uuid"], revision)
        wanted, unknown = _new(place, given)
        refuse_if(INTERFACE_CHECKS, _facts(place, wanted, unknown))
        row = InterfaceRow(uuid=ground.new_id(), host_id=place.host.id, created_at=ground.clock.now())
        session.add(row)
        await _write(session, place, row, wanted)
        await changed(session, ground, place.row)
        return await _shown(session, place.host.id, row.uuid)


async def change(ground: Ground, uuid: str, raw: Mapping[str, object], revision: int | None) -> Interface:
    """Change an interface, but for its type."""
    changes = forms.changes(CHANGE_FORM, raw)
    async with ground.database.write() as session:
        place = await _place(session, await host_of(session, uuid), revision)
        stored = with_uuid(place.interfaces, uuid)
        wanted, unknown = _changed(place, stored, changes)
        refuse_if(INTERFACE_CHECKS, _facts(place, wanted, unknown))
        if wanted == stored:
            return stored
        row = await interfaces.by_uuid(session, uuid)
        row.updated_at = ground.clock.now()
        await _write(session, place, row, wanted)
        await changed(session, ground, place.row)
        return await _shown(session, place.host.id, uuid)


async def remove(ground: Ground, uuid: str, revision: int | None) -> None:
    """Remove an interface that nothing stands on."""
    async with ground.database.write() as session:
        place = await _place(session, await host_of(session, uuid), revision)
        stored = with_uuid(place.interfaces, uuid)
        ports = ports_of(place.host, place.interfaces)
        refuse_if(INTERFACE_REMOVAL_CHECKS, InterfaceRemovalFacts(place.host, stored, ports))
        row = await interfaces.by_uuid(session, uuid)
        await interfaces.stand_on(session, row.id, ())
        await session.delete(row)
        await changed(session, ground, place.row)


async def changed(session: AsyncSession, ground: Ground, row: HostRow) -> None:
    """Tell the VIM and those who follow the events that the network of a host is another."""
    changing.notify(session, ground, row, Topic.VIM)
    await changing.changed(session, ground, row, "interfaces.changed")


async def host_of(session: AsyncSession, uuid: str) -> str:
    """The uuid of the host that an interface belongs to. NotFound if there is no such interface."""
    host = await interfaces.host_of(session, uuid)
    if host is None:
        raise _no_such_interface(uuid)
    return host


def with_uuid(present: Iterable[Interface], uuid: str) -> Interface:
    """The one with this uuid. NotFound if it went away since its host was looked up."""
    found = next((each for each in present if each.uuid == uuid), None)
    if found is None:
        raise _no_such_interface(uuid)
    return found


def _no_such_interface(uuid: str) -> NotFound:
    return NotFound(
        f"interface not found: {uuid[:80]}", expected="the uuid of an interface", remedy="system host-if-list HOST"
    )


async def _place(session: AsyncSession, reference: str, revision: int | None) -> _Place:
    row = await changing.locked(session, reference, revision)
    pools: dict[str, _Pool] = {}
    for pool in await session.scalars(select(AddressPoolRow)):
        known = _Pool(pool.id, pool.uuid, 6 if ":" in pool.network else 4)
        pools |= {pool.uuid: known, pool.name: known}
    return _Place(row, from_row(row), await interfaces_of(session, row.id), pools)


def _facts(place: _Place, wanted: Interface, unknown: tuple[str, ...]) -> InterfaceFacts:
    return InterfaceFacts(
        host=place.host,
        wanted=wanted,
        others=tuple(each for each in place.interfaces if each.id != wanted.id),
        ports=ports_of(place.host, place.interfaces),
        pools={pool.uuid: pool.version for pool in place.pools.values()},
        unknown=unknown,
    )


def _new(place: _Place, given: Mapping[str, Any]) -> tuple[Interface, tuple[str, ...]]:
    """What is wanted, and names in the request that nothing has."""
    kind = given.get("iftype") or InterfaceType.ETHERNET
    named_ports = (given.get("ports") or ()) + ((given.get("uses") or ()) if kind is InterfaceType.ETHERNET else ())
    stands_on_interfaces = kind in {InterfaceType.AE, InterfaceType.VLAN}
    uses, unknown = _resolved(place, (given.get("uses") or ()) if stands_on_interfaces else ())
    ports = {port.name: port for port in ports_of(place.host, place.interfaces)}
    unknown += [f"port {name[:64]}" for name in named_ports if name not in ports]
    port = ports.get(named_ports[0]) if len(named_ports) == 1 and kind is InterfaceType.ETHERNET else None
    below = [each for each in place.interfaces if each.ifname in uses]
    macs = [port.mac] if port else [each.imac for each in below]
    bare = Interface(
        id=0,
        uuid="",
        host_id=place.host.id,
        host_uuid=place.host.uuid,
        hostname=place.host.hostname,
        revision=place.host.revision,
        ifname=given["ifname"],
        iftype=kind,
        ifclass=InterfaceClass.NONE,
        imtu=min((each.imtu for each in below), default=DEFAULT_MTU),
        imac=macs[0] if macs else None,
        port_name=None if port is None else port.name,
        aemode=AeMode.ACTIVE_STANDBY if kind is InterfaceType.AE else None,
        uses=uses,
    )
    asked = {name: value for name, value in given.items() if name not in {"ihost_uuid", "iftype", "ports", "uses"}}
    wanted, more = _changed(place, bare, asked)
    return wanted, (*unknown, *more)


def _changed(place: _Place, stored: Interface, changes: Mapping[str, Any]) -> tuple[Interface, tuple[str, ...]]:
    asked = {name: value for name, value in changes.items() if value is not None or name in _CLEARED}
    unknown: list[str] = []
    if "uses" in asked:
        asked["uses"], unknown = _resolved(place, asked["uses"])
    for name in ("ipv4_pool", "ipv6_pool"):
        if asked.get(name) is not None:
            pool = place.pools.get(asked[name])
            unknown += [] if pool else [f"address pool {asked[name][:80]}"]
            asked[name] = None if pool is None else pool.uuid
    return replace(stored, **_consequences(stored, asked), **asked), tuple(unknown)


def _consequences(stored: Interface, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Options that lose their meaning by the change go with it, unless the request names them."""
    lost: dict[str, Any] = {}
    if asked.get("ifclass", stored.ifclass) is not InterfaceClass.PCI_SRIOV:
        lost |= {"sriov_numvfs": 0, "sriov_vf_driver": None}
    if asked.get("aemode", stored.aemode) is AeMode.ACTIVE_STANDBY:
        lost |= {"txhashpolicy": None}
    for version in (4, 6):
        mode = asked.get(f"ipv{version}_mode", getattr(stored, f"ipv{version}_mode"))
        if mode is None or mode.value != "pool":
            lost |= {f"ipv{version}_pool": None}
    return {name: value for name, value in lost.items() if name not in asked}


def _resolved(place: _Place, given: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """Names of interfaces that are given by name or uuid, and those that are not there."""
    by_reference = {each.ifname: each.ifname for each in place.interfaces}
    by_reference |= {each.uuid: each.ifname for each in place.interfaces}
    found = tuple(dict.fromkeys(by_reference[each] for each in given if each in by_reference))
    return found, [f"interface {each[:64]}" for each in given if each not in by_reference]


async def _write(session: AsyncSession, place: _Place, row: InterfaceRow, wanted: Interface) -> None:
    for name in _COLUMNS:
        setattr(row, name, getattr(wanted, name))
    row.ptp_role = (wanted.ptp_role or PtpRole.NONE).value
    row.ipv4_pool_id = None if wanted.ipv4_pool is None else place.pools[wanted.ipv4_pool].id
    row.ipv6_pool_id = None if wanted.ipv6_pool is None else place.pools[wanted.ipv6_pool].id
    await session.flush()
    numbers = {each.ifname: each.id for each in place.interfaces}
    await interfaces.stand_on(session, row.id, [numbers[name] for name in wanted.uses])


async def _shown(session: AsyncSession, host_id: int, uuid: str) -> Interface:
    return next(each for each in await interfaces_of(session, host_id) if each.uuid == uuid)
