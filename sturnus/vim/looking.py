"""Gathers the facts of one host. What is not needed is not asked: a host at rest costs nobody a call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from sturnus.core.errors import SturnusError
from sturnus.core.states import LOCKS, UNLOCKS, Administrative, Availability, HostAction, ServicesReport
from sturnus.core.uninterrupted import uninterrupted
from sturnus.vim.deciding import event_for
from sturnus.vim.facts import HostFacts, ServiceKind, ServiceState
from sturnus.vim.machine import AT_REST, HostState, next_state
from sturnus.vim.places import HostPlace, Places
from sturnus.vim.ports import Faults, HostServices, Inventory, Nodes, NoFaults, OpenStack
from sturnus.vim.preview import target_labels
from sturnus.vim.servers.findings import Finding, Next, find_start
from sturnus.vim.servers.moving import Leave, situation_of
from sturnus.vim.servers.orders import REMEMBERED, Limits, Order, Orders, Outcome
from sturnus.vim.servers.pacing import pause_for
from sturnus.vim.servers.planner import Moves, Reason
from sturnus.vim.servers.ports import Cloud, NoServers
from sturnus.vim.servers.steps import MOVE_SERVERS
from sturnus.vim.servers.views import Need, Views
from sturnus.vim.unreadable import said_of

log = structlog.stdlib.get_logger(__name__)


RESTING_AGE: Final = timedelta(seconds=10)
"""Of a look at the cloud, before and after servers leave."""
MOVING_AGE: Final = 0.9
"""The same while they leave, as a share of the pause between two looks at a host: each one shows something new."""
FOLLOWED: Final = REMEMBERED | {Outcome.FAILED}
"""What became of orders whose servers are looked at wherever they are, as those of open orders."""
ASKED: Final = frozenset({HostState.DISABLING, HostState.FAILING, HostState.ENABLING})
"""States in which servers have a part."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom the VIM speaks to, and which host it runs on."""

    inventory: Inventory
    nodes: Nodes
    openstack: OpenStack
    own_hostname: str
    cloud: Cloud = field(default_factory=NoServers)
    faults: Faults = field(default_factory=NoFaults)
    limits: Limits = field(default_factory=Limits)
    failure_share: float = 0.5  # of the unlocked hosts: when more have failed at once, nothing is evacuated


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of hosts and orders, and the look at the cloud that all hosts share."""

    places: Places
    orders: Orders
    views: Views
    limits: Limits


async def facts_of(
    place: HostPlace, outside: Outside, known: Known, now: datetime
) -> tuple[HostFacts, Mapping[ServiceKind, HostServices]]:
    """Look at a host. Whoever does not answer becomes a fact: the deadlines of the steps go on."""
    said = await said_of(outside.openstack)
    services = said.services
    facts = HostFacts(
        host=place.host,
        hostname=place.hostname,
        node=None,
        is_own=place.hostname == outside.own_hostname,
        in_state_for=now - place.state_since,
        has_services=place.has_services,
        openstack=bool(services),
    )
    if place.place.state in AT_REST or place.hostname is None:
        return replace(facts, openstack=said.is_installed), services
    places: Sequence[HostPlace] | None = None
    if place.place.state is HostState.FAILING:
        places = await uninterrupted(known.places.all())
        facts = replace(facts, crowd=crowd_of(places, outside.failure_share))
        if not facts.is_surely_down or facts.crowd is not None:
            return facts, services  # nothing is done with it yet
    is_moving = _is_moving(place)
    asked: list[Awaitable[Mapping[str, Any]]] = [] if is_moving else [_node(outside.nodes, place.hostname)]
    if facts.may_have_services:
        asked.append(_services(services, place.hostname))
        if place.place.state in ASKED and ServiceKind.COMPUTE in services:
            asked.append(_servers(facts, place, known, places, now))
    for found in await asyncio.gather(*asked):
        facts = replace(facts, **found)
    if is_moving:
        facts = replace(facts, **await _node_after(facts, outside.nodes, place.hostname))
    return facts, services


async def _node(nodes: Nodes, hostname: str) -> Mapping[str, Any]:
    """The facts of the host's node."""
    try:
        return {"node": await nodes.look(hostname)}
    except SturnusError as error:
        return {"node_unknown": error.message}


async def _node_after(facts: HostFacts, nodes: Nodes, hostname: str) -> Mapping[str, Any]:
    """The same, unless servers are under way: nothing is done with the node before they are away, or need not be."""
    waits = facts.servers is not None and bool(facts.servers.findings) and not facts.is_force_locked
    return {"node_unknown": "not looked at while servers move"} if waits else await _node(nodes, hostname)


async def _servers(
    facts: HostFacts, place: HostPlace, known: Known, places: Sequence[HostPlace] | None, now: datetime
) -> Mapping[str, Any]:
    """The facts of where the servers of the host are. `places`: of all hosts, where somebody has read them already."""
    if (hostname := place.hostname) is None:
        return {}
    orders = await uninterrupted(known.orders.of_host(hostname, place.state_since))
    stopped = [each for each in orders if each.outcome in REMEMBERED]
    if place.place.state is HostState.ENABLING and not stopped:
        return {}  # nobody is asked who has nothing to say
    try:
        view = await known.views.of(_need(hostname, place, orders, now))
    except SturnusError as error:
        # What is to be started is not forgotten because nobody answers just now.
        waiting = tuple(Finding(each, Next.WAIT) for each in stopped)
        return {"servers_unknown": error.message, "starting": waiting}
    if view is None:
        return {}
    if place.place.state is HostState.ENABLING:
        servers = {server.uuid: server for server in view.servers}
        found = (find_start(each, servers.get(each.server), view.taken, now) for each in stopped)
        return {"starting": tuple(found)}
    # Many servers over many hosts are a moment's work: nobody else waits for it.
    leave = Leave(hostname, _reason(facts), place.state_since, now)
    others = await uninterrupted(known.places.all()) if places is None else places
    hosts = target_labels(others, place.uuid)
    moves = Moves(known.limits.per_host)
    return {"servers": await asyncio.to_thread(situation_of, view, leave, orders, hosts, moves)}


def _is_moving(place: HostPlace) -> bool:
    return place.place.step is not None and place.place.step.startswith(MOVE_SERVERS)


def _need(hostname: str, place: HostPlace, orders: Sequence[Order], now: datetime) -> Need:
    """What a look at the cloud has to show, and how old it may be."""
    moments = [place.state_since, *(each.ended or each.shows_from for each in orders)]
    changed = max((moment for moment in moments if moment <= now), default=now)  # none: the clock was set back
    pause = pause_for((each for each in orders if each.is_open), now)
    age = timedelta(seconds=MOVING_AGE * pause) if _is_moving(place) else RESTING_AGE
    followed = frozenset(each.server for each in orders if each.is_open or each.outcome in FOLLOWED)
    return Need(hostname, followed, changed, age)


def _reason(facts: HostFacts) -> Reason:
    if facts.is_surely_down:
        return Reason.FAILURE
    # Without an action it is locked already, and nobody waits to hear that it cannot be.
    return Reason.LOCK if facts.action is HostAction.LOCK else Reason.FORCE_LOCK


def crowd_of(places: Sequence[HostPlace], share: float) -> str | None:
    """Why too many hosts have failed at once for anything to be started elsewhere; None: few enough. One is no crowd.

    A host of which all is seen to has failed before, and not at once with the others.
    """
    hosts = [each.host for each in places if each.host is not None]
    unlocked = sum(host.administrative is Administrative.UNLOCKED for host in hosts)
    failing = sum(_is_failing(each) for each in places)
    if failing <= max(1.0, share * unlocked):
        return None
    return (
        f"{failing} of {unlocked} unlocked hosts have failed at once: nothing is started elsewhere until it is"
        f" no more than {max(1, int(share * unlocked))}"
    )


def _is_failing(place: HostPlace) -> bool:
    if place.place.state is HostState.FAILED:
        return False
    said = place.host is not None and place.host.availability is Availability.FAILED
    return said or place.place.state is HostState.FAILING


async def _services(services: Mapping[ServiceKind, HostServices], hostname: str) -> Mapping[str, Any]:
    """The facts of the host's services."""
    unknown: dict[ServiceKind, str] = {}

    async def look(kind: ServiceKind, service: HostServices) -> tuple[ServiceKind, ServiceState] | None:
        try:
            return kind, await service.look(hostname)
        except SturnusError as error:
            log.warning("service not looked at", host=hostname, service=kind, reason=error.message)
            unknown[kind] = error.message
            return None

    found = await asyncio.gather(*(look(kind, service) for kind, service in services.items()))
    return {"services": dict(each for each in found if each is not None), "services_unknown": unknown}


def is_to_move_on(place: HostPlace, openstack: bool) -> bool:  # noqa: FBT001 -- a fact like the others
    """Whether a host is at rest where it is not to stay: OpenStack came, or nobody has acted on what was seen."""
    facts = HostFacts(place.host, place.hostname, None, has_services=place.has_services, openstack=openstack)
    state = place.place.state
    return state in AT_REST and next_state(state, event_for(facts)) is not state


def progress(state: HostState, facts: HostFacts) -> ServicesReport | None:
    """How the inventory hears that an action goes on; None: nobody waits for it."""
    if state is HostState.DISABLING and facts.action in LOCKS:
        return ServicesReport.DISABLE_EXTEND
    return ServicesReport.ENABLE_EXTEND if state is HostState.ENABLING and facts.action in UNLOCKS else None
