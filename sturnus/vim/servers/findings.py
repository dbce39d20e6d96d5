"""What a look at the cloud shows of an order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sturnus.vim.servers.leaving import Way
from sturnus.vim.servers.orders import Order, Outcome
from sturnus.vim.servers.view import Server, ServerStatus
from sturnus.vim.servers.ways import is_under_way

LIVE_TIMEOUT: Final = "live_migration_timeout"
"""Metadata, and flavor's extra spec: seconds (reference/vim.md §4)."""
SPEC_TIMEOUT: Final = "hw:wrs:live_migration_timeout"
LIVE_LONGEST: Final = 800
LIVE_SHORTEST: Final = 120
DEADLINES: Final[Mapping[Way, timedelta]] = {
    Way.COLD: timedelta(seconds=960),
    Way.STOP: timedelta(seconds=180),  # a guest gets 60 s from Nova to shut down in order
    Way.EVACUATE: timedelta(seconds=960),
}
LAST_MOMENT: Final = timedelta(minutes=2)
"""After its deadline, until an order has ended whatever Nova makes of it: a dead host carries out no abort and no
confirmation, and an order that never ends keeps others from beginning."""
START_WITHIN: Final = timedelta(seconds=120)
GONE: Final = frozenset({ServerStatus.DELETED, ServerStatus.SOFT_DELETED})


class Next(StrEnum):
    """What an open order wants."""

    WAIT = "wait"
    ABORT = "abort"
    """It takes longer than it may: Nova is asked to leave the server where it is."""
    CONFIRM = "confirm"
    """A cold migration is done once somebody says so."""
    START = "start"
    """It was stopped for a lock that is over."""
    VERIFY = "verify"
    """It looks as if it had come to nothing. Nova is asked first: until the very end of an evacuation a server that
    runs elsewhere already looks idle where it was, and a second order would start it twice."""
    END = "end"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the cloud shows of an open order."""

    order: Order
    next: Next
    outcome: Outcome | None = None  # of VERIFY: unless Nova says otherwise; of ABORT, CONFIRM: see `is_last`
    why: str | None = None

    @property
    def is_last(self) -> bool:
        """Whether Nova is asked for the last time: nobody may have been there before. Then the order has ended."""
        return self.next in {Next.ABORT, Next.CONFIRM} and self.outcome is not None


def find(order: Order, server: Server | None, taken: datetime, now: datetime) -> Finding:
    """What a look at the cloud shows of an open order: nothing, if it was begun before the order took effect."""
    if taken < order.shows_from:
        return Finding(order, Next.WAIT)
    if server is None or server.status in GONE:
        return Finding(order, Next.END, Outcome.GONE)
    if order.way is Way.COLD and server.status is ServerStatus.VERIFY_RESIZE and server.task is None:
        return _unconfirmed(order, server, now)
    late = now - order.ordered > deadline_of(order, server)
    if is_under_way(server):
        return _under_way(order, server, now)
    ended = _ended(order, server, late)
    is_in_doubt = order.way is Way.EVACUATE and server.host == order.hostname and not late
    return replace(ended, next=Next.VERIFY) if is_in_doubt else ended


def _unconfirmed(order: Order, server: Server, now: datetime) -> Finding:
    longest = deadline_of(order, server) + LAST_MOMENT
    if now - order.ordered <= longest:
        return Finding(order, Next.CONFIRM)
    why = (
        f"runs on {server.host}, and Nova did not confirm that within {longest.total_seconds():.0f} s: openstack server"
        f" resize confirm {server.uuid}, or where that is refused openstack server set --state active {server.uuid}"
    )
    return Finding(order, Next.CONFIRM, Outcome.DONE, why)


def _under_way(order: Order, server: Server, now: datetime) -> Finding:
    late_by = now - order.ordered - deadline_of(order, server)
    if late_by <= timedelta():
        return Finding(order, Next.WAIT)
    failed = Finding(order, Next.END, Outcome.FAILED, _too_long(order, server))
    if order.way is not Way.LIVE or server.status is not ServerStatus.MIGRATING:
        return failed
    return Finding(order, Next.ABORT) if late_by <= LAST_MOMENT else replace(failed, next=Next.ABORT)


def _ended(order: Order, server: Server, late: bool) -> Finding:  # noqa: FBT001 -- a fact like the others
    why: str | None = None
    if order.answered is None and server.host == order.hostname and server.status is ServerStatus.ACTIVE:
        return Finding(order, Next.END, Outcome.UNHEARD)
    if order.way is Way.STOP:
        if server.status is ServerStatus.SHUTOFF and server.host == order.hostname:
            return Finding(order, Next.END, Outcome.STOPPED)
        why = f"was told to stop, and is {_state(server)}"
    elif server.host == order.hostname:
        why = _too_long(order, server) if late else f"is still there after its {order.way}: {_state(server)}"
    elif server.status is ServerStatus.ERROR:
        why = f"failed on {server.host}: {_state(server)}"
    return Finding(order, Next.END, Outcome.DONE if why is None else Outcome.FAILED, why)


def _too_long(order: Order, server: Server) -> str:
    longest = deadline_of(order, server).total_seconds()
    return f"did not end its {order.way} within {longest:.0f} s: {_state(server)}"


def find_start(order: Order, server: Server | None, taken: datetime, now: datetime) -> Finding:
    """What a look shows of a server that was stopped for a lock, and is to be started."""
    if order.ended is not None and taken < order.ended:
        return Finding(order, Next.WAIT)
    if server is None or server.status in GONE or server.host != order.hostname:
        return Finding(order, Next.END, Outcome.GONE)
    if server.status is not ServerStatus.SHUTOFF and server.task is None:
        return Finding(order, Next.END, Outcome.STARTED)
    if order.outcome is Outcome.STARTING and order.ended is not None and now - order.ended > START_WITHIN:
        return Finding(order, Next.END, Outcome.NOT_STARTED, f"was told to start, and is {_state(server)}")
    is_idle = order.outcome is Outcome.STOPPED and server.task is None
    return Finding(order, Next.START if is_idle else Next.WAIT)


def deadline_of(order: Order, server: Server) -> timedelta:
    """How long an order may take (reference/vim.md §4)."""
    if order.way is not Way.LIVE:
        return DEADLINES[order.way]
    said = (server.metadata.get(LIVE_TIMEOUT, ""), server.extra_specs.get(SPEC_TIMEOUT, ""))
    # Zero would be no limit; a lock has one.
    limits = [int(each) for each in said if each.isascii() and each.isdecimal() and int(each) > 0]
    return timedelta(seconds=max(LIVE_SHORTEST, min(limits, default=LIVE_LONGEST)) if limits else LIVE_LONGEST)


def _state(server: Server) -> str:
    said = server.status if server.task is None else f"{server.status} ({server.task})"
    return f"{said}, {server.fault}" if server.fault else said
