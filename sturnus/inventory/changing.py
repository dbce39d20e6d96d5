"""What every change of a host has in common: its row is locked, its revision grows, and somebody is told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from sturnus.core.clock import Clock, NewId
from sturnus.core.errors import NotFound, Stale
from sturnus.core.vault import Vault
from sturnus.inventory.host import from_row
from sturnus.store import events, hosts, outbox
from sturnus.store.database import Database
from sturnus.store.models import HostRow, Json
from sturnus.store.outbox import Topic


@dataclass(frozen=True, slots=True)
class Ground:
    """What changes stand on."""

    database: Database
    clock: Clock
    new_id: NewId
    active_controller: str  # hostname of the host that this process runs on
    vault: Vault  # opens and seals stored passwords


def no_such_host(reference: str) -> NotFound:
    """Nobody is called that."""
    return NotFound(
        f"host not found: {reference[:80]}",  # as the public client says it (reference/clients.md §1)
        expected="a host's name, number or uuid",
        remedy="system host-list",
    )


async def locked(session: AsyncSession, reference: str, revision: int | None) -> HostRow:
    """The host's row, kept from others until the transaction ends.

    `revision` is the one that the caller decided from; None: whatever there is.

    Raises:
        NotFound: there is no such host.
        Stale: it was changed since then.

    """
    row = await hosts.lock(session, reference)
    if row is None:
        raise no_such_host(reference)
    if revision is not None and row.revision != revision:
        raise Stale(
            f"Host {row.hostname or row.uuid} was changed by somebody else.",
            expected=f"revision {revision}, and it is {row.revision} now",
            remedy=f"system host-show {row.hostname or row.uuid}, then repeat the command",
        )
    return row


async def changed(session: AsyncSession, ground: Ground, row: HostRow, kind: str) -> None:
    """Count the change and add it to the stream of events. The last thing that a transaction does with a host."""
    row.updated_at = ground.clock.now()
    flag_modified(row, "updated_at")  # the revision grows even if only labels changed, within one tick of the clock
    await session.flush()
    await events.append(session, kind, row.uuid, summary(row), ground.clock.now())


def notify(session: AsyncSession, ground: Ground, row: HostRow, *topics: Topic) -> None:
    """Tell others to look at a host."""
    for topic in topics:
        outbox.enqueue(session, topic, row.uuid, {"hostname": row.hostname}, ground.clock.now())


def summary(row: HostRow) -> Json:
    """What those who follow the events get to see of a host."""
    host = from_row(row)
    return {
        "id": host.id,
        "uuid": host.uuid,
        "hostname": host.hostname,
        "personality": host.personality,
        "administrative": host.administrative,
        "operational": host.operational,
        "availability": host.availability,
        "task": host.task,
        "vim_progress_status": host.vim_progress_status,
        "revision": host.revision,
    }
