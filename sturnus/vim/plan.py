"""Which steps lead out of a state, in order (reference/vim.md §3.4). OpenStack's are left out while it is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sturnus.core.states import Administrative, ServicesReport
from sturnus.vim.facts import HostFacts, ServiceKind, ServiceState
from sturnus.vim.machine import HostState
from sturnus.vim.ports import HostServices, Inventory, Nodes
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


@dataclass(frozen=True, slots=True)
class Hands:
    """Whom the steps ask."""

    inventory: Inventory
    nodes: Nodes
    services: Mapping[ServiceKind, HostServices]  # none: OpenStack is not installed


def steps_for(state: HostState, facts: HostFacts, hands: Hands, failure: str | None) -> Sequence[Step]:
    """The steps of a state, those that are done included. `failure`: what the step before failed with."""
    match state:
        case HostState.CONFIGURING:
            steps: Sequence[Step] = _configure(facts, hands)
        case HostState.ENABLING:
            steps = _enable(facts, hands)
        case HostState.ENABLING_FAILED:
            steps = (Report(hands.inventory, ServicesReport.ENABLE_FAILED, failure),)
        case HostState.DISABLING:
            steps = _disable(facts, hands)
        case HostState.DISABLING_FAILED:
            steps = (*_take_back(facts, hands), Report(hands.inventory, ServicesReport.DISABLE_FAILED, failure))
        case HostState.DELETING:
            # A node outlives its host, as it was before: who joined it to the cluster takes it out.
            steps = (*_bring(facts, hands, ServiceState.ABSENT), _open(hands))
        case HostState.INITIAL | HostState.DISABLED | HostState.ENABLED:
            steps = ()
    return steps


def _enable(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    return (
        AwaitNodeReady(),
        *_bring(facts, hands, ServiceState.ENABLED),
        _open(hands),  # last: pods come when all that they may need is there
        Report(hands.inventory, ServicesReport.ENABLED),
    )


def _disable(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    return (
        # What is absent takes nothing either; Nova's and Neutron's register themselves, disabled.
        *_bring(facts, hands, ServiceState.DISABLED, or_else=ServiceState.ABSENT),
        SetNode("CloseNode", hands.nodes, frozenset({NO_SCHEDULE})),
        DrainNode(hands.nodes),
        SetNode("TaintNode", hands.nodes, frozenset({NO_SCHEDULE, NO_EXECUTE})),
        Report(hands.inventory, ServicesReport.DISABLED),
    )


def _configure(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    # Spec: label-add ensures services, disabled until unlock. host-add creates nothing (`may_have_services`).
    return _bring(facts, hands, ServiceState.DISABLED if facts.runs_compute else ServiceState.ABSENT)


def _take_back(facts: HostFacts, hands: Hands) -> Sequence[Step]:
    if facts.host is None or facts.host.administrative is Administrative.LOCKED:
        return ()
    return (*_bring(facts, hands, ServiceState.ENABLED), _open(hands))


def _bring(facts: HostFacts, hands: Hands, wanted: ServiceState, or_else: ServiceState | None = None) -> Sequence[Step]:
    if not facts.may_have_services:
        return ()  # pure Kubernetes workers cause no call
    return tuple(BringService(kind, wanted, service, or_else) for kind, service in hands.services.items())


def _open(hands: Hands) -> Step:
    return SetNode("OpenNode", hands.nodes, frozenset())
