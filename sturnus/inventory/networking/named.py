"""What networks, address pools and data networks have in common: a name, a revision, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import NotFound, Stale
from sturnus.core.few import few_in_words
from sturnus.inventory.changing import Ground
from sturnus.inventory.violations import Reason, Violation
from sturnus.store import events, networks
from sturnus.store.networks import AddressPoolRow, DataNetworkRow, NetworkRow

R = TypeVar("R", AddressPoolRow, NetworkRow, DataNetworkRow)


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """One kind of thing with a name."""

    table: type[R]
    word: str  # as messages call it
    event: str  # as the stream of events calls it
    listed_by: str  # the command that lists them


POOLS = Kind(AddressPoolRow, "address pool", "addrpool", "system addrpool-list")
NETWORKS = Kind(NetworkRow, "network", "network", "system network-list")
DATA_NETWORKS = Kind(DataNetworkRow, "datanetwork", "datanetwork", "system datanetwork-list")


async def found(session: AsyncSession, kind: Kind[R], reference: str) -> R:
    """The row with this number, uuid or name. NotFound if there is none."""
    row = await networks.find(session, kind.table, reference)
    if row is None:
        raise NotFound(
            f"{kind.word} not found: {reference[:80]}",
            expected=f"the name, number or uuid of a {kind.word}",
            remedy=kind.listed_by,
        )
    return row


async def locked(session: AsyncSession, kind: Kind[R], reference: str, revision: int | None) -> R:
    """The row, with all that belongs to the system kept from others. Stale if it was changed since `revision`."""
    await networks.hold_still(session)
    row = await found(session, kind, reference)
    if revision is not None and row.revision != revision:
        raise Stale(
            f"{kind.word} {row.name} was changed by somebody else.",
            expected=f"revision {revision}, and it is {row.revision} now",
            remedy=f"{kind.listed_by}, then repeat the command",
        )
    return row


async def tell(session: AsyncSession, ground: Ground, kind: Kind[R], row: R, what: str) -> None:
    """Add a change to the stream of events: the last thing that a transaction does."""
    await session.flush()
    data = {"id": row.id, "uuid": row.uuid, "name": row.name, "revision": row.revision}
    await events.append(session, f"{kind.event}.{what}", row.uuid, data, ground.clock.now())


def name_taken(kind: Kind[R], name: str, taken: bool) -> Violation | None:  # noqa: FBT001 -- a fact, not a mode
    """Names tell things apart on the command line."""
    if not taken:
        return None
    return Violation(
        Reason.NAME_TAKEN, f"{kind.word} {name} exists already.", "a name that nothing of its kind has", kind.listed_by
    )


def in_use(kind: Kind[R], name: str, users: list[tuple[str, str]], command: str) -> Violation | None:
    """What interfaces are connected to stays. `users` are (host, interface)."""
    if not users:
        return None
    shown = few_in_words([f"{ifname} of {host}" for host, ifname in users], 5)
    return Violation(
        Reason.IN_USE,
        f"{kind.word} {name} is used by {shown}.",
        f"a {kind.word} that no interface uses",
        command.format(host=users[0][0]),
    )
