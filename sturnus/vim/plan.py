"""Which steps lead out of a state, in order (reference/vim.md §3.4). OpenStack's are left out while it is off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sturnus.core.states import Administrative, ServicesReport
from sturnus.vim.facts import HostFacts, ServiceKind, ServiceState
from sturnus.vim.failing import AwaitFencing, AwaitFewerFailures, ReleasePods, ReleasePodsIfHeard, ReturnNode
from sturnus.vim.gateways import FreeGateways, FreeGatewaysBeforeServers, FreeGatewaysOfLocked
from sturnus.vim.machine import HostState
from sturnus.vim.ports import HostServices, Inventory, Nodes
from sturnus.vim.servers.ordering import Orderly
from sturnus.vim.servers.steps import MoveServers, StartServers
from sturnus.vim.steps import (
    NO_EXECUTE,
    NO_SCHEDULE,
    AwaitNodeReady,
    BringService,
    DrainNode,
    Report,
    SetNode,
    Step,
)

_NOVA: Final = frozenset({ServiceKind.COMPUTE})
_ALL_BUT_NOVA: Final = frozenset(ServiceKind) - _NOVA
_NEUTRON: Final = frozenset({ServiceKind.NETWORK})


@dataclass(frozen=True, slots=True)
class Hands:
    """Whom the steps ask."""

    inventory: Inventory
    nodes: Nodes
    services: Mapping[ServiceKind, HostServices]  # none: OpenStack is not installed
    orderly: Orderly


def steps_for(state: HostState, facts: HostFacts, hands: Hands, failure: str | None) -> Sequence[Step]:
    """The steps of a state, those that are done included. `failure`: what the step before failed with."""
    match state:
        case HostState.CONFIGURING:
            steps: Sequence[Step] = _configure(facts, hands)
        case HostState.ENABLING:
            steps = _enable(facts, hands)
        case HostState.ENABLING_FAILED:
            steps = (Report(hands.inventory, ServicesReport.ENABLE_FAILED, failure), *_close_again(facts, hands))
        case HostState.DISABLING:
            steps = _disable(facts, hands)
        case HostState.DISABLING_FAILED:
            # Told first, whoever does not answer: `enabling` gives back the rest.
            steps = (*_reopen(facts, hands), Report(hands.inventory, ServicesReport.DISABLE_FAILED, failure))
        case HostState.FAILING:
            steps = _fail(facts, hands)
        case HostState.DELETING:
            steps = _delete(facts, hands)
        case HostState.INITIAL | HostState.DISABLED | HostState.ENABLED | HostState.FAILED:
            steps = ()
    return steps


def _enable(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    return (
        AwaitNodeReady(),
        ReturnNode(hands.nodes),
        _open(hands),  # nova-compute and its like are pods, which come then (docs/decisions/node-opens-first.md)
        # Nova last: from then on it places servers here, and a port that finds no chassis fails for good.
        *_bring(facts, hands, ServiceState.ENABLED, kinds=_ALL_BUT_NOVA),
        *_bring(facts, hands, ServiceState.ENABLED, kinds=_NOVA),
        *_start_servers(facts, hands),
        Report(hands.inventory, ServicesReport.ENABLED),
    )


def _disable(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    out = ServiceState.DEAD if facts.is_surely_down else ServiceState.DISABLED
    return (
        # What is absent takes nothing either.
        *_bring(facts, hands, out, ServiceState.ABSENT),
        *_move_servers(facts, hands),
        SetNode("CloseNode", hands.nodes, frozenset({NO_SCHEDULE})),
        DrainNode(hands.nodes),
        _shut(hands),
        *_free(facts, hands, FreeGatewaysOfLocked),
        Report(hands.inventory, ServicesReport.DISABLED),
    )


def _fail(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    return (
        AwaitFencing(),
        AwaitFewerFailures(),
        ReleasePodsIfHeard(hands.nodes),
        *_free(facts, hands, FreeGatewaysBeforeServers),
        *_bring(facts, hands, ServiceState.DEAD, ServiceState.ABSENT, _NOVA),
        *_move_servers(facts, hands),
        *_free(facts, hands, FreeGateways),
        *_bring(facts, hands, ServiceState.DISABLED, ServiceState.ABSENT, _NEUTRON),
        ReleasePods(hands.nodes),
    )


def _delete(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    if facts.is_succeeded:
        return ()
    # A node outlives its host, as it was before: who joined it to the cluster takes it out.
    return (*_bring(facts, hands, ServiceState.ABSENT), ReturnNode(hands.nodes), _open(hands))


def _move_servers(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    if not facts.may_have_services or ServiceKind.COMPUTE not in hands.services:
        return ()
    left = 0 if facts.servers is None else facts.servers.left
    return (MoveServers(hands.orderly, hands.inventory, left),)


def _free(facts: HostFacts, hands: Hands, how: Callable[[HostServices], Step]) -> Sequence[Step]:
    if not facts.may_have_services or ServiceKind.NETWORK not in hands.services:
        return ()
    return (how(hands.services[ServiceKind.NETWORK]),)


def _start_servers(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    return (StartServers(hands.orderly, len(facts.starting)),) if facts.starting else ()


def _configure(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    # Spec: label-add ensures services, disabled until unlock. host-add creates nothing (`may_have_services`).
    return _bring(facts, hands, ServiceState.DISABLED if facts.runs_compute else ServiceState.ABSENT)


def _close_again(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    # One that is unlocked keeps its pods: it is tried again. One that stays locked has none.
    if facts.host is None or facts.host.administrative is not Administrative.LOCKED:
        return ()
    return (_shut(hands),)


def _reopen(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    # Without a cluster that answers, it stays as it is: who asked is told all the same.
    if facts.host is None or facts.host.administrative is Administrative.LOCKED or facts.node_unknown is not None:
        return ()
    return (_open(hands),)


def _bring(
    facts: HostFacts,
    hands: Hands,
    wanted: ServiceState,
    or_else: ServiceState | None = None,
    kinds: frozenset[ServiceKind] = frozenset(ServiceKind),
) -> Sequence[Step]:
    if not facts.may_have_services:
        return ()  # pure Kubernetes workers cause no call
    if facts.is_surely_down and wanted is not ServiceState.ABSENT:
        kinds = kinds - {ServiceKind.GUEST}  # of its agent, which is as dead
    return tuple(
        BringService(kind, _of(kind, wanted), service, or_else)
        for kind, service in hands.services.items()
        if kind in kinds
    )


def _of(kind: ServiceKind, wanted: ServiceState) -> ServiceState:
    """Only Nova knows of the dead."""
    return ServiceState.DISABLED if wanted is ServiceState.DEAD and kind is not ServiceKind.COMPUTE else wanted


def _shut(hands: Hands) -> Step:
    return SetNode("TaintNode", hands.nodes, frozenset({NO_SCHEDULE, NO_EXECUTE}))


def _open(hands: Hands) -> Step:
    return SetNode("OpenNode", hands.nodes, frozenset())
