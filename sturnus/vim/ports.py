"""What the VIM needs of others, in its own words. Tests hand in scripted ones; nothing else is faked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from enum import StrEnum
from typing import Protocol

from sturnus.core.states import ServicesReport
from sturnus.kubernetes.node import Occupant, OccupiedNode
from sturnus.vim.facts import InventoryHost, ServiceKind, ServiceState


class Inventory(Protocol):
    """The inventory. Every call raises Unavailable when it does not answer in time."""

    async def hosts(self) -> Sequence[InventoryHost]:
        """All hosts with their labels: two requests, however many there are."""
        ...

    async def host(self, uuid: str) -> InventoryHost | None:
        """One host with its labels; None: there is none."""
        ...

    async def report(self, uuid: str, report: ServicesReport, reason: str | None) -> None:
        """Say how an action went, or what it waits for. A host that is gone by now is no error."""
        ...


class Nodes(Protocol):
    """The nodes of the cluster. Every call raises Unavailable when the cluster does not answer in time."""

    async def look(self, name: str) -> OccupiedNode | None:
        """The node as it is now, with the pods that have to leave; None: there is none of that name."""
        ...

    async def set_effects(self, name: str, effects: frozenset[str]) -> None:
        """Have our taint with these effects and no others. Taints of others stay; a node that is gone is no error."""
        ...

    async def take_out_of_service(self, name: str) -> None:
        """Have Kubernetes let go of what ran on a node that surely is off; a node that is gone is no error."""
        ...

    async def bring_back(self, name: str) -> None:
        """Take that back; a node that is gone is no error."""
        ...

    async def evict(self, pod: Occupant) -> str | None:
        """Ask for a pod to leave, by the eviction API; why it may not now (a PodDisruptionBudget), or None."""
        ...


class HostServices(Protocol):
    """One kind of OpenStack service, of any host. Every call raises Unavailable when it does not answer in time."""

    async def look(self, hostname: str) -> ServiceState:
        """What it is on this host."""
        ...

    def reachable(self, hostname: str) -> frozenset[ServiceState]:
        """What `bring` can bring it to there, as the latest look showed. Not all can be disabled: OVN's cannot."""
        ...

    async def bring(self, hostname: str, wanted: ServiceState) -> str:
        """Ask for a state; `look` shows when it is so. What that waits for, in words."""
        ...


class OpenStack(Protocol):
    """OpenStack, as far as it is installed."""

    async def services(self) -> Mapping[ServiceKind, HostServices]:
        """The services to speak to; none while it is not installed (spec: all OpenStack plugins off)."""
        ...


class NotInstalled:
    """OpenStack is not installed: every plugin is off, and nothing of it is called."""

    async def services(self) -> Mapping[ServiceKind, HostServices]:
        """None."""
        return {}


class Alarm(StrEnum):
    """What the VIM raises. The catalogue of `sturnus.faults` says how grave each is, and what to do."""

    HOST_FAILED = "host-failed"
    """A host in service is gone; entity: host=NAME. Cleared when it is back, locked or deleted."""
    HOST_NOT_FENCED = "host-not-fenced"
    """It failed, and may still run: nothing is started elsewhere before somebody switches it off. host=NAME."""
    EVACUATION_HELD_BACK = "evacuation-held-back"
    """Too many hosts failed at once: nothing is started elsewhere. host=NAME."""
    SERVERS_NOT_RECOVERED = "servers-not-recovered"
    """Servers of a failed host could not be started elsewhere, and why. host=NAME."""
    LOCK_FAILED = "lock-failed"
    """A host could not be taken out of service, and why. host=NAME. Cleared by the next lock."""
    UNLOCK_FAILED = "unlock-failed"
    """A host could not be taken into service, and why. host=NAME. Cleared by the next unlock, or lock."""
    OPENSTACK_SILENT = "openstack-silent"
    """A service is needed and does not answer, or refuses our credentials. service=nova or neutron."""
    SERVER_FAILED = "server-failed"
    """Nova says of a server that it is in ERROR, and why. tenant=UUID.instance=UUID."""


class Faults(Protocol):
    """The alarms of the platform. All may be called again and again; all raise Unavailable."""

    async def raise_(self, alarm: Alarm, entity: str, reason: str) -> None:
        """Have an alarm, with this reason."""
        ...

    async def clear(self, alarm: Alarm, entity: str) -> None:
        """Not have it."""
        ...

    async def active(self) -> Set[tuple[Alarm, str]] | None:
        """Those that there are, with their entities; None: nobody keeps any."""
        ...


class NoFaults:
    """Nobody keeps alarms."""

    async def raise_(self, alarm: Alarm, entity: str, reason: str) -> None:
        """Nothing."""

    async def clear(self, alarm: Alarm, entity: str) -> None:
        """Nothing."""

    async def active(self) -> Set[tuple[Alarm, str]] | None:
        """Nobody can say."""
        return None
