"""Where the servers of a host are, and what is to be done next. Pure.

A look at the cloud and the orders that were given in, one situation out. Whatever is elsewhere is done,
whoever moved it. Whatever is under way is waited for, with a deadline of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sturnus.core.few import few
from sturnus.vim.servers.findings import Finding, find
from sturnus.vim.servers.leaving import Departure, Way
from sturnus.vim.servers.orders import Order, Outcome
from sturnus.vim.servers.planner import Moves, Reason, plan_leaving
from sturnus.vim.servers.view import CloudView, Server, ServerStatus
from sturnus.vim.servers.ways import AT_REST, DELETING, ON_LOCK, OnLock, is_under_way

ATTEMPTS: Final[Mapping[Reason, int]] = {Reason.LOCK: 2, Reason.FORCE_LOCK: 1, Reason.FAILURE: 3}
"""Orders of the same way that may fail before a server counts as one that cannot go."""
AGAIN_AFTER: Final = timedelta(seconds=5)
NAMED: Final = 5
"""Servers that a sentence names."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the servers of a host are."""

    reason: Reason
    findings: tuple[Finding, ...]  # of the open orders
    to_order: tuple[Departure, ...]  # in turn
    waits: tuple[Departure, ...]  # Nova, or somebody else, does something with them: they have a way later
    cannot: tuple[Departure, ...]
    moved: int
    total: int
    memory_left_mib: int
    took: timedelta  # from when the host began to be left until the last order ended

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen: all are away, or cannot go."""
        return not (self.findings or self.to_order or self.waits)

    @property
    def left(self) -> int:
        """Servers that are still to leave."""
        return self.total - self.moved

    @property
    def said(self) -> str:
        """In words: "5 of 12 servers moved, 18 GiB left; moving: a, b; cannot move: c because it is paused"."""
        done = "started elsewhere" if self.reason is Reason.FAILURE else "moved"
        parts = [f"{self.moved} of {self.total} servers {done}, {_memory(self.memory_left_mib)} left"]
        if self.findings:
            parts.append(f"moving: {_some([each.order.name for each in self.findings])}")
        if self.waits:
            parts.append(f"waiting for: {_some([f'{each.server.name} ({each.why})' for each in self.waits])}")
        if self.cannot:
            parts.append(self.obstacles)
        return "; ".join(parts)

    @property
    def obstacles(self) -> str:
        """Who cannot go, and why."""
        if not self.cannot:
            return ""
        return f"cannot move: {_some([f'{each.server.name} because it {each.why}' for each in self.cannot])}"


@dataclass(frozen=True, slots=True)
class Leave:
    """Which host is left, why, and since when."""

    hostname: str
    reason: Reason
    since: datetime
    now: datetime


def situation_of(
    view: CloudView,
    leave: Leave,
    orders: Sequence[Order],
    hosts: Mapping[str, frozenset[str]],
    moves: Moves,
) -> Situation:
    """Say where the servers of a host are. `orders`: `Orders.of_host`; `hosts`, `moves`: as `plan_leaving` has them."""
    reason, since, now = leave.reason, leave.since, leave.now
    known = {server.uuid: server for server in view.servers}
    findings = tuple(find(order, known.get(order.server), view.taken, now) for order in orders if order.is_open)
    busy = {each.order.server for each in findings}
    failed = _failures(orders, since)
    plan = plan_leaving(_wishing(view, reason, failed), leave.hostname, reason=reason, hosts=hosts, moves=moves)
    turns: dict[_Turn, list[Departure]] = {turn: [] for turn in _Turn}
    for departure in plan.departures:
        if departure.server.uuid in busy or (departure.way is Way.STAYS and not _is_left_behind(departure)):
            continue
        turn, judged = _turn(departure, reason, failed.get(departure.server.uuid, ()), now)
        turns[turn].append(judged)
    if reason is Reason.FAILURE:
        turns[_Turn.NEVER] += _failed_elsewhere(known, leave.hostname, failed)
    done = {each.server for each in orders if each.outcome in {Outcome.DONE, Outcome.STOPPED} and each.ordered >= since}
    left = [each.server for departures in turns.values() for each in departures]
    memory = sum(server.size.memory_mib for server in left) + sum(each.order.memory_mib for each in findings)
    ends = [each.ended for each in orders if each.ended is not None and each.ordered >= since]
    return Situation(
        reason=reason,
        findings=findings,
        to_order=tuple(turns[_Turn.NOW]),
        waits=tuple(turns[_Turn.LATER]),
        cannot=tuple(turns[_Turn.NEVER]),
        moved=len(done - busy),
        total=len(done | busy | {server.uuid for server in left}),
        memory_left_mib=memory,
        took=max(ends, default=since) - since,
    )


def _failed_elsewhere(
    known: Mapping[str, Server], hostname: str, failed: Mapping[str, Sequence[Order]]
) -> list[Departure]:
    """Servers that left a dead host and do not run where they went: Nova's operator has to see to them."""
    lost = [(known[uuid], orders[-1]) for uuid, orders in failed.items() if uuid in known]
    return [
        Departure(server, Way.CANNOT, None, order.why, None)
        for server, order in lost
        if server.host != hostname and server.status is ServerStatus.ERROR
    ]


def _is_left_behind(departure: Departure) -> bool:
    """Whether it runs, and a forced lock passes over it."""
    return departure.server.status not in AT_REST and departure.server.task not in DELETING


def _failures(orders: Sequence[Order], since: datetime) -> Mapping[str, list[Order]]:
    failed: dict[str, list[Order]] = {}
    for order in orders:
        if order.outcome is Outcome.FAILED and order.ordered >= since:
            failed.setdefault(order.server, []).append(order)
    return failed


def _wishing(view: CloudView, reason: Reason, failed: Mapping[str, Sequence[Order]]) -> CloudView:
    """As if owners wished otherwise whose server could not be moved as it was to be: cold, or forced, stopped."""
    if not failed or reason is Reason.FAILURE:
        return view
    wishing = []
    for server in view.servers:
        wish = _second_wish(server, reason) if server.uuid in failed else None
        wishing.append(server if wish is None else replace(server, metadata={**server.metadata, ON_LOCK: wish}))
    return replace(view, servers=wishing)


def _second_wish(server: Server, reason: Reason) -> OnLock | None:
    if reason is Reason.FORCE_LOCK:
        return OnLock.STOP
    firm = server.metadata.get(ON_LOCK) in {OnLock.LIVE, OnLock.COLD, OnLock.STOP}
    return None if firm else OnLock.COLD


class _Turn(StrEnum):
    """When a server goes."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


def _turn(departure: Departure, reason: Reason, failed: Sequence[Order], now: datetime) -> tuple[_Turn, Departure]:
    """Whether a server is ordered about now, later, or not any more. `failed`: its orders that have."""
    match departure.way:
        case Way.CANNOT:
            # After a failure nobody is left who would end what was under way.
            later = reason is not Reason.FAILURE and is_under_way(departure.server)
            return _Turn.LATER if later else _Turn.NEVER, departure
        case Way.STAYS:
            return _Turn.NEVER, departure
        case _:
            same = [each for each in failed if each.way is departure.way]
    if not same:
        return _Turn.NOW, departure
    last = same[-1]
    if len(same) >= ATTEMPTS[reason]:
        return _Turn.NEVER, replace(departure, way=Way.CANNOT, why=last.why)
    if last.ended is not None and now - last.ended < AGAIN_AFTER * len(same):
        return _Turn.LATER, replace(departure, why=f"{last.why}: tried again soon")
    return _Turn.NOW, replace(departure, target=None)  # Nova's scheduler knows better than we did


def _memory(mib: int) -> str:
    return f"{mib / 1024:.0f} GiB" if mib >= 1024 or mib == 0 else f"{mib} MiB"


def _some(names: Sequence[str]) -> str:
    return ", ".join(few(names, NAMED))
