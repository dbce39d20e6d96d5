"""What is known of a host when a decision about it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sturnus.core.states import ANSWERING, Administrative, Availability, HostAction
from sturnus.inventory.labels import runs_openstack_compute
from sturnus.kubernetes.node import Occupant, OccupiedNode
from sturnus.vim.servers.findings import Finding
from sturnus.vim.servers.moving import Situation


@dataclass(frozen=True, slots=True)
class InventoryHost:
    """A host as the inventory says, labels included."""

    uuid: str
    hostname: str | None  # None: it has no name yet, so no node and no services
    administrative: Administrative
    availability: Availability
    action: HostAction | None  # asked for and not done yet
    labels: Mapping[str, str]
    fencing: str | None = None  # in the inventory's words, of a host that failed
    is_surely_down: bool = False  # nothing of it can run: fenced, or known to be switched off


class ServiceKind(StrEnum):
    """The OpenStack services of a host (spec, "VIM")."""

    COMPUTE = "compute"
    """Nova's service of the host."""
    NETWORK = "network"
    """Neutron's agents of the host, or its chassis."""
    GUEST = "guest"
    """The guest service of the host's agent."""


class ServiceState(StrEnum):
    """What one of them is."""

    ABSENT = "absent"
    """There is none."""
    DISABLED = "disabled"
    """It is there, and takes nothing."""
    ENABLED = "enabled"
    """It works."""
    DOWN = "down"
    """It is there, was not told to take nothing, and does not work (yet)."""
    DEAD = "dead"
    """It is disabled, and marked as surely down (Nova: forced_down): its servers may be started elsewhere.

    Neutron marks nothing: asked for this, it lets go of a chassis, which then is absent."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """All that decides about a host."""

    host: InventoryHost | None  # None: the inventory does not have it (any more)
    hostname: str | None  # the last one known
    node: OccupiedNode | None  # None: the cluster has no such node, or nobody knows
    node_unknown: str | None = None  # why not
    is_own: bool = False  # this process runs there
    is_succeeded: bool = False  # it is gone, and another host has its name: node, services and alarms are that one's
    in_state_for: timedelta = timedelta()
    has_services: bool = False  # OpenStack services were ensured for it, and not deleted since
    openstack: bool = False  # is installed
    services: Mapping[ServiceKind, ServiceState] = field(default_factory=dict)  # looked at only where there may be any
    services_unknown: Mapping[ServiceKind, str] = field(default_factory=dict)  # who did not answer, and why
    crowd: str | None = None  # too many hosts have failed at once, in words
    servers: Situation | None = None  # where its servers are; None: nobody to ask, or see `servers_unknown`
    servers_unknown: str | None = None  # why nobody can say
    starting: tuple[Finding, ...] = ()  # servers that were stopped for a lock, and are to run again

    @property
    def action(self) -> HostAction | None:
        """What is asked for."""
        return None if self.host is None else self.host.action

    @property
    def is_forced(self) -> bool:
        """Whether the operator does not want to wait."""
        return self.action in {HostAction.FORCE_LOCK, HostAction.FORCE_UNLOCK}

    @property
    def is_force_locked(self) -> bool:
        """Whether a lock does not wait for what does not answer. One that is done by now waits for nobody either."""
        if self.action is None and self.host is not None:
            return self.host.administrative is Administrative.LOCKED
        return self.action is HostAction.FORCE_LOCK

    @property
    def is_surely_down(self) -> bool:
        """Whether nothing of it can run: only then may what ran there run elsewhere."""
        return self.host is not None and self.host.is_surely_down and not self.answers

    @property
    def answers(self) -> bool:
        """Whether the machine is heard: only then can anything on it end in order."""
        return self.host is not None and self.host.availability in ANSWERING

    @property
    def ending(self) -> tuple[Occupant, ...]:
        """Pods that still are to be removed by our taint. On a machine that is not heard none can end."""
        return () if self.node is None or not self.answers else self.node.shut_out

    @property
    def runs_compute(self) -> bool:
        """Whether it has the compute label. Without it: a pure Kubernetes worker."""
        return self.host is not None and runs_openstack_compute(self.host.labels)

    @property
    def may_have_services(self) -> bool:
        """Whether Nova, Neutron and the guest service may be spoken to about this host at all."""
        return self.openstack and self.hostname is not None and (self.runs_compute or self.has_services)
