"""The lab's wires: three switches (bridges) in one namespace, three cables a host, and who stands outside of the cloud.

Facts are read with `ip -json`, `missing` decides, `ensure` acts: a second run finds nothing to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lab.ground.commands import run
from lab.ground.description import (
    NODE_NETWORK,
    OUTSIDE_CLIENT,
    OUTSIDE_ROUTER,
    ROUTER,
    SWITCH,
    Host,
    Lab,
    Nic,
)
from lab.network import namespaces

SWITCH_NAMESPACE: Final = "switch"
ROUTER_NAMESPACE: Final = "router"
CLIENT_NAMESPACE: Final = "client"
BRIDGES: Final[Mapping[Nic, str]] = {Nic.NODE: "node", Nic.TUNNEL: "tunnel", Nic.PROVIDER: "provider"}
ROUTES: Final[Mapping[str, tuple[str, ...]]] = {
    # Nothing is behind the router: what it has no route for is refused at once instead of waiting for an answer.
    ROUTER_NAMESPACE: ("unreachable default", f"unreachable {NODE_NETWORK.rpartition('.')[0]}.0.0/16"),
    CLIENT_NAMESPACE: (f"default via {OUTSIDE_ROUTER}",),
}
# Userspace Open vSwitch drops what a veth hands over without checksums, so these cables compute them.
CHECKSUMMED: Final = (Nic.TUNNEL, Nic.PROVIDER)


@dataclass(frozen=True, slots=True)
class Cable:
    """One cable: an end in a switch, the other in the network namespace of whoever it connects."""

    name: str  # of the end in the switch
    nic: Nic  # which of the switches
    owner: str  # a host's name, or a station's
    port: str  # the name of the end there
    address: str | None = None  # that the port has, with prefix; None: whoever owns it sees to that
    mac: str | None = None  # None: any


@dataclass(frozen=True, slots=True)
class SwitchFacts:
    """What is plugged into the switches now."""

    links: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()  # with prefix, `172.31.77.2/24`


STATIONS: Final = (
    Cable("router-eth0", Nic.NODE, ROUTER_NAMESPACE, "eth0", f"{ROUTER}/24"),
    Cable("router-eth2", Nic.PROVIDER, ROUTER_NAMESPACE, "eth2", f"{OUTSIDE_ROUTER}/24"),
    Cable("client-eth0", Nic.PROVIDER, CLIENT_NAMESPACE, "eth0", f"{OUTSIDE_CLIENT}/24"),
)
"""The cables of the two who are no hosts: the router outside, and a client on the provider network."""


def switch_file(lab: Lab) -> Path:
    """The namespace of the switches."""
    return lab.paths.network(SWITCH_NAMESPACE)


def station_file(lab: Lab, name: str) -> Path | None:
    """The namespace of the router or the client outside; None if the name is neither's."""
    return lab.paths.network(name) if name in ROUTES else None


def host_file(lab: Lab, host: Host) -> Path:
    """The namespace of a host's network ports. It outlives the host's power, as the ports of a server do."""
    return lab.paths.network(host.name)


def cables(lab: Lab) -> Iterator[Cable]:
    """All cables of a lab."""
    yield from STATIONS
    for host in lab.hosts:
        for nic in Nic:
            yield Cable(host.cable(nic), nic, host.name, nic, mac=host.mac(nic))


def ensure(lab: Lab) -> None:
    """Make all namespaces, switches, cables and addresses that are missing."""
    for name in (SWITCH_NAMESPACE, *ROUTES, *(host.name for host in lab.hosts)):
        namespaces.ensure(lab.paths.network(name))
    facts = look(lab)
    namespaces.configure(switch_file(lab), missing(lab, facts))
    laid = [cable for cable in cables(lab) if cable.name not in facts.links]
    _in_namespace(switch_file(lab), (_checksums(cable.name) for cable in laid if cable.nic in CHECKSUMMED))
    for owner in dict.fromkeys(cable.owner for cable in laid):
        _in_namespace(lab.paths.network(owner), settings(owner, [cable for cable in laid if cable.owner == owner]))


def remove(lab: Lab) -> None:
    """Let go of every namespace of the lab."""
    directory = switch_file(lab).parent
    for file in sorted(directory.glob("*")):
        namespaces.remove(file)


def look(lab: Lab) -> SwitchFacts:
    """Read the switches' links and addresses."""
    links: list[dict[str, Any]] = json.loads(run(namespaces.inside(switch_file(lab), "ip", "-json", "address", "show")))
    return SwitchFacts(
        links=frozenset(link["ifname"] for link in links),
        addresses=frozenset(f"{a['local']}/{a['prefixlen']}" for link in links for a in link["addr_info"]),
    )


def missing(lab: Lab, facts: SwitchFacts) -> Iterator[str]:
    """The `ip` commands, for the switches' namespace, that make the lab's wires whole."""
    for bridge in BRIDGES.values():
        if bridge not in facts.links:
            yield f"link add {bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
            yield f"link set {bridge} up"
    for address in (SWITCH, *(host.bmc_address for host in lab.hosts)):
        if f"{address}/24" not in facts.addresses:
            yield f"address add {address}/24 dev {BRIDGES[Nic.NODE]}"
    for cable in cables(lab):
        if cable.name not in facts.links:
            mac = f"address {cable.mac} " if cable.mac else ""
            yield f"link add {cable.name} type veth peer name {cable.port} {mac}netns {lab.paths.network(cable.owner)}"
            yield f"link set {cable.name} master {BRIDGES[cable.nic]} up"


def settings(owner: str, laid: Iterable[Cable]) -> Iterator[str]:
    """The shell commands, for the owner's namespace, that set up the ports of cables that were just laid."""
    for cable in laid:
        if cable.nic in CHECKSUMMED:
            yield _checksums(cable.port)
        if cable.address:
            yield f"ip address add {cable.address} dev {cable.port}"
            yield f"ip link set {cable.port} up"
        elif cable.nic in CHECKSUMMED:
            # Or the kernel answers for addresses of bridges that the port is in, with the port's own MAC address.
            yield f"echo 1 >/proc/sys/net/ipv4/conf/{cable.port}/arp_ignore"
    for route in ROUTES.get(owner, ()):
        yield f"ip route replace {route}"
    if owner == ROUTER_NAMESPACE:
        yield "echo 1 >/proc/sys/net/ipv4/ip_forward"


def _checksums(port: str) -> str:
    return f"ethtool -K {port} tx off >/dev/null"


def _in_namespace(file: Path, commands: Iterable[str]) -> None:
    if script := "\n".join(commands):
        run(namespaces.inside(file, "sh", "-ec", script))
