"""What a lab is like now, host by host. Only looks."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
from lightkube.resources.core_v1 import Node

from lab.ground.description import Host, Lab, Nic
from lab.ground.power import PowerState
from lab.kubernetes import cluster
from lab.machine import cgroups, power
from lab.network import cables, namespaces, switch
from lab.rack.process import BMC_OUTSIDE_PORT


@dataclass(frozen=True, slots=True)
class HostStatus:
    """One host, as found."""

    name: str
    power: PowerState
    cut: frozenset[Nic]
    node: str | None  # None: the lab has no Kubernetes
    memory_used_mib: int | None
    memory_mib: int
    address: str
    outside: str
    redfish: str

    @property
    def well(self) -> bool:
        """Power, cables, and a ready node if there is a cluster."""
        return self.power is PowerState.ON and not self.cut and self.node in {None, "Ready"}


def look(lab: Lab) -> list[HostStatus]:
    """All hosts of a lab."""
    cut = cables.cut_nics(lab) if namespaces.alive(switch.switch_file(lab)) else {}
    nodes = _nodes(lab)
    return [_status(lab, host, cut.get(host.name, frozenset()), nodes) for host in lab.hosts]


def powered(lab: Lab) -> int:
    """How many hosts have power."""
    return sum(power.power_state(lab, host) is not PowerState.OFF for host in lab.hosts)


def _status(lab: Lab, host: Host, cut: frozenset[Nic], nodes: dict[str, str] | None) -> HostStatus:
    return HostStatus(
        name=host.name,
        power=power.power_state(lab, host),
        cut=cut,
        node=None if nodes is None else nodes.get(host.name, "not a node"),
        memory_used_mib=cgroups.memory_used_mib(lab, host),
        memory_mib=host.memory_mib,
        address=host.address,
        outside=lab.outside(host),
        redfish=f"https://{lab.outside(host)}:{BMC_OUTSIDE_PORT}",
    )


def _nodes(lab: Lab) -> dict[str, str] | None:
    """Ready or not, by name; None where there is no cluster."""
    if not lab.paths.kubeconfig.exists():
        return None
    try:
        with cluster.connected(lab) as client:
            found = list(client.list(Node))
    except httpx2.HTTPError:
        return {host.name: "unknown: no API server" for host in lab.hosts}
    return {str(node.metadata.name): cluster.readiness(node) for node in found if node.metadata}
