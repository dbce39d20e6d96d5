"""Agents enrol, announce their hosts and give signs of life.

    enrol -> host found or made, key bound to it -> sign of life -> "announce" if the inventory does not know the digest

Every request that was signed is written down with its stamp, in the transaction of what it changes: a request that was
overheard changes nothing when it is sent again. The host's row is locked first, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core import signed_requests
from sturnus.core.identity import Unauthorized
from sturnus.core.states import Availability, GuestServices, HostAction
from sturnus.inventory import acting, changing, guest_services, lifecycle, membership
from sturnus.inventory.announcement import Adopt, Announcement, Known, NewHost, Refuse, address_taken, place_of
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import Host, from_row
from sturnus.inventory.power import Asked
from sturnus.inventory.violations import refusal
from sturnus.store import agents, hosts, power_actions
from sturnus.store.models import AgentRow, HostRow
from sturnus.store.outbox import Topic


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose signature was accepted."""

    key_id: str
    stamp: int


async def public_key(ground: Ground, key_id: str) -> bytes | None:
    """The key of that name; None: nobody enrolled with it, or the host was deleted since then."""
    async with ground.database.read() as session:
        found = await agents.find(session, key_id)
    return None if found is None else bytes.fromhex(found.public_key)


async def enrol(ground: Ground, key: bytes, stamp: int, announced: Announcement) -> Host:
    """Bind a key to the host that it speaks for; made if nobody knows it. Enrolling again changes nothing."""
    key_id = signed_requests.key_id(key)
    async with ground.database.write() as session:
        uuid = await agents.host_uuid(session, key_id)
        if uuid is not None:
            return from_row(await changing.locked(session, uuid, None))
        row = await _place(session, ground, announced)
        row.mgmt_mac = row.mgmt_mac or announced.mgmt_mac
        row.mgmt_ip = announced.mgmt_ip
        now = ground.clock.now()
        session.add(
            AgentRow(
                host_id=row.id, key_id=key_id, public_key=key.hex(), last_stamp=stamp, last_seen=now, enrolled_at=now
            )
        )
        await _heard(session, ground, row, announced.hardware)
        return from_row(row)


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """What an agent says of its host now and then."""

    uptime: int  # seconds
    boot: str | None  # tells one boot from another; None: it cannot tell
    digest: str  # of what it would announce
    guests: GuestServices | None = None  # what it does for guests; None: it does not know of that yet


@dataclass(frozen=True, slots=True)
class Lived:
    """What follows from a sign of life."""

    host: str  # uuid
    announce: bool  # an announcement with this digest never came
    guests_differ: bool  # its guest service is not what is wanted


@dataclass(frozen=True, slots=True)
class Order:
    """What an agent shall do."""

    id: str
    action: HostAction


async def sign_of_life(ground: Ground, speaker: Speaker, life: SignOfLife) -> Lived:
    """A host lives."""
    async with ground.database.write() as session:
        row = await _speaking(session, ground, speaker)
        await acting.keep_uptime(session, row, life.uptime)
        await _heard(session, ground, row, None)
        agent = await agents.find(session, speaker.key_id)
        if agent is None:
            return Lived(row.uuid, announce=True, guests_differ=False)
        agent.boot = life.boot or agent.boot
        agent.guests_found = life.guests or agent.guests_found
        knows_guests = life.guests is not None
        return Lived(row.uuid, agent.announced != life.digest, knows_guests and guest_services.differ(agent))


async def speaks(ground: Ground, speaker: Speaker) -> str:
    """An agent wants something that changes no host: the uuid of its own."""
    async with ground.database.write() as session:
        return (await _speaking(session, ground, speaker)).uuid


async def orders(ground: Ground, speaker: Speaker, boot: str | None) -> tuple[str, list[Order]]:
    """The uuid of the host, and what its agent shall do. An order stays until its effect was seen: a new boot."""
    async with ground.database.write() as session:
        row = await _speaking(session, ground, speaker)
        begun = await power_actions.find(session, row.id)
        if begun is None or begun.asked != Asked.AGENT or (begun.boot_before or boot) != boot:
            return row.uuid, []
        return row.uuid, [Order(begun.order_id, begun.action)]


async def announce(ground: Ground, speaker: Speaker, announced: Announcement, digest: str) -> Host:
    """A host says what it is made of."""
    async with ground.database.write() as session:
        row = await _speaking(session, ground, speaker)
        await _heard(session, ground, row, announced.hardware)
        agent = await agents.find(session, speaker.key_id)
        if agent is not None:
            agent.announced = digest
        if row.mgmt_ip != announced.mgmt_ip:
            await _move(session, ground, row, announced.mgmt_ip)
        return from_row(row)


async def _place(session: AsyncSession, ground: Ground, announced: Announcement) -> HostRow:
    with_agents = await agents.hosts_with_agents(session)
    known = [Known(from_row(row), row.id in with_agents) for row in await hosts.all_rows(session)]
    match place_of(announced, known):
        case Adopt(host):
            return await changing.locked(session, host.uuid, None)
        case NewHost():
            row = membership.new_row(ground, {"mgmt_mac": announced.mgmt_mac})
            session.add(row)
            await session.flush()
            changing.notify(session, ground, row, Topic.VIM)
            await changing.changed(session, ground, row, "host.added")
            return row
        case Refuse(violation):
            raise refusal((violation,))
        case other:
            assert_never(other)


async def _speaking(session: AsyncSession, ground: Ground, speaker: Speaker) -> HostRow:
    """The host that speaks, locked; its stamp is used up. Unauthorized: it was used before, or the host is gone."""
    uuid = await agents.host_uuid(session, speaker.key_id)
    row = None if uuid is None else await hosts.lock(session, uuid)
    if row is None or not await agents.heard(session, speaker.key_id, speaker.stamp, ground.clock.now()):
        raise Unauthorized
    return row


async def _move(session: AsyncSession, ground: Ground, row: HostRow, address: str) -> None:
    holder = await hosts.taken(session, HostRow.mgmt_ip, address)
    if holder is not None:
        raise refusal((address_taken(address, holder),))
    row.mgmt_ip = address
    changing.notify(session, ground, row, Topic.VIM)
    await changing.changed(session, ground, row, "host.changed")


async def _heard(session: AsyncSession, ground: Ground, row: HostRow, hardware: Mapping[str, Any] | None) -> None:
    """A host that was only not heard is back at once. About one that failed, or was off, both witnesses decide."""
    host = from_row(row)
    judged = host.availability in {Availability.FAILED, Availability.POWER_OFF}
    states = lifecycle.states_of(host) if judged else lifecycle.after_sign_of_life(host)
    await acting.settle(session, ground, row, states, hardware)
