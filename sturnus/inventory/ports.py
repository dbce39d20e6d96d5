"""What the inventory needs of others, in its own words. Tests hand in scripted ones; nothing else is faked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from sturnus.core.states import HostAction
from sturnus.inventory.host import Host
from sturnus.inventory.lifecycle import Outcome
from sturnus.kubernetes.lease import LeaseGone, NodeLease
from sturnus.kubernetes.node import Node, NodeChange
from sturnus.redfish.power import Controller, Power, Reset


class Nodes(Protocol):
    """The nodes of the Kubernetes cluster. Every call raises Unavailable when the cluster does not answer in time."""

    async def get(self, name: str) -> Node | None:
        """The node as it is now; None if there is none of that name."""
        ...

    async def patch(self, name: str, change: NodeChange) -> None:
        """Change labels and annotations, all or none. A node that is gone by now is no error."""
        ...

    def watch(self) -> AsyncIterator[Node]:
        """Every node there is, then every one that appears or changes; ends when the cluster ends it."""
        ...


class Leases(Protocol):
    """The leases of the cluster's nodes. Every call raises Unavailable when the cluster does not answer in time."""

    async def get(self, node: str) -> NodeLease | None:
        """The lease as it is now; None if the node has none."""
        ...

    def watch(self) -> AsyncIterator[NodeLease | LeaseGone]:
        """Every lease there is, then every one that is renewed or goes; ends when the cluster ends it."""
        ...


class PowerControl(Protocol):
    """Baseboard controllers.

    Calls raise Unavailable when a controller does not answer in time, Forbidden when it refuses the user, and Conflict
    when it cannot do what it was asked for as things are.
    """

    async def state(self, controller: Controller) -> Power:
        """What its host's power is."""
        ...

    async def reset(self, controller: Controller, kind: Reset) -> None:
        """Ask for a change of power: accepted when this returns, done when `state` shows it."""
        ...


class VimNotices(Protocol):
    """The VIM, as a receiver of notices. Calls raise Unavailable until one has arrived: then it comes again."""

    async def host_changed(self, host: Host) -> None:
        """There is news of this host: it is new, its labels changed, or something is asked of it."""
        ...

    async def host_gone(self, uuid: str, hostname: str | None) -> None:
        """There is no such host any more."""
        ...


class HostActions(Protocol):
    """Whoever can do something with a host.

    Called again with the same action after a crash, so it looks at what was done already. Raises Unavailable when it
    cannot even begin: then it is called again later, for ever.
    """

    async def carry_out(self, host: Host, action: HostAction) -> Outcome:
        """Do it; return when it is over, within the deadline of a delivery (`store.dispatcher.DEADLINE`)."""
        ...
