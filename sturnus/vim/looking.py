"""Gathers the facts of one host. What is not needed is not asked: a host at rest costs nobody a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from sturnus.core.errors import SturnusError
from sturnus.core.states import ServicesReport
from sturnus.vim.deciding import event_for
from sturnus.vim.facts import LOCKS, UNLOCKS, HostFacts, ServiceKind, ServiceState
from sturnus.vim.machine import AT_REST, HostEvent, HostState
from sturnus.vim.places import HostPlace
from sturnus.vim.ports import HostServices, Inventory, Nodes, OpenStack

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom the VIM speaks to, and which host it runs on."""

    inventory: Inventory
    nodes: Nodes
    openstack: OpenStack
    own_hostname: str


async def facts_of(
    place: HostPlace, outside: Outside, now: datetime
) -> tuple[HostFacts, Mapping[ServiceKind, HostServices]]:
    """Look at a host. Whoever does not answer becomes a fact: the deadlines of the steps go on."""
    services = await outside.openstack.services()
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
        return facts, services
    try:
        facts = replace(facts, node=await outside.nodes.look(place.hostname))
    except SturnusError as error:
        facts = replace(facts, node_unknown=error.message)
    if facts.may_have_services:
        facts = replace(facts, services=await _services(services, place.hostname))
    return facts, services


async def _services(services: Mapping[ServiceKind, HostServices], hostname: str) -> Mapping[ServiceKind, ServiceState]:
    found = {}
    for kind, service in services.items():
        try:
            found[kind] = await service.look(hostname)
        except SturnusError as error:
            log.warning("service not looked at", host=hostname, service=kind, reason=error.message)
    return found


def wants_services(place: HostPlace, openstack: bool) -> bool:  # noqa: FBT001 -- a fact like the others
    """Whether OpenStack came, and a locked host's services are not what its labels say."""
    facts = HostFacts(place.host, place.hostname, None, has_services=place.has_services, openstack=openstack)
    return place.place.state is HostState.DISABLED and event_for(facts) is HostEvent.CONFIGURE


def progress(state: HostState, facts: HostFacts) -> ServicesReport | None:
    """How the inventory hears that an action goes on; None: nobody waits for it."""
    if state is HostState.DISABLING and facts.action in LOCKS:
        return ServicesReport.DISABLE_EXTEND
    return ServicesReport.ENABLE_EXTEND if state is HostState.ENABLING and facts.action in UNLOCKS else None
