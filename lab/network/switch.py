"""The lab's wires: three switches (bridges) in one namespace, a router outside, and three cables a host.

Facts are read with `ip -json`, `missing` decides, `ensure` acts: a second run finds nothing to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lab.ground.commands import run
from lab.ground.description import (
    NODE_NETWORK,
    PROVIDER_NETWORK,
    ROUTER,
    SWITCH,
    Host,
    Lab,
    Nic,
)
from lab.network import namespaces

SWITCH_NAMESPACE: Final = "switch"
ROUTER_NAMESPACE: Final = "router"
BRIDGES: Final[Mapping[Nic, str]] = {Nic.NODE: "node", Nic.TUNNEL: "tunnel", Nic.PROVIDER: "provider"}
ROUTER_PORTS: Final[Mapping[Nic, str]] = {Nic.NODE: ROUTER, Nic.PROVIDER: f"{PROVIDER_NETWORK}.1"}
# Userspace Open vSwitch drops what a veth hands over without checksums, so these cables compute them.
CHECKSUMMED: Final = (Nic.TUNNEL, Nic.PROVIDER)


@dataclass(frozen=True, slots=True)
class SwitchFacts:
    """What is plugged into the switches now."""

    links: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()  # with prefix, `172.31.77.2/24`


def switch_file(lab: Lab) -> Path:
    """The namespace of the switches."""
    return lab.paths.network(SWITCH_NAMESPACE)


def router_file(lab: Lab) -> Path:
    """The namespace of the router outside; also where a client outside of the cloud stands."""
    return lab.paths.network(ROUTER_NAMESPACE)


def host_file(lab: Lab, host: Host) -> Path:
    """The namespace of a host's network ports. It outlives the host's power, as the ports of a server do."""
    return lab.paths.network(host.name)


def ensure(lab: Lab) -> None:
    """Make all namespaces, switches, cables and addresses that are missing."""
    for file in (switch_file(lab), router_file(lab), *(host_file(lab, host) for host in lab.hosts)):
        namespaces.ensure(file)
    facts = look(lab)
    namespaces.configure(switch_file(lab), missing(lab, facts))
    if _router_cable(Nic.NODE) not in facts.links:
        namespaces.configure(router_file(lab), _router_addresses())
        run(namespaces.inside(router_file(lab), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"))
        _compute_checksums(router_file(lab), [Nic.PROVIDER])
        _compute_checksums(switch_file(lab), [_router_cable(Nic.PROVIDER)])
    for host in lab.hosts:
        if host.cable(Nic.NODE) not in facts.links:
            _compute_checksums(host_file(lab, host), CHECKSUMMED)
            _compute_checksums(switch_file(lab), [host.cable(nic) for nic in CHECKSUMMED])


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
    for nic in ROUTER_PORTS:
        if (cable := _router_cable(nic)) not in facts.links:
            yield f"link add {cable} type veth peer name {nic} netns {router_file(lab)}"
            yield f"link set {cable} master {BRIDGES[nic]} up"
    for host in lab.hosts:
        for nic in Nic:
            if (cable := host.cable(nic)) not in facts.links:
                peer = f"peer name {nic} address {host.mac(nic)} netns {host_file(lab, host)}"
                yield f"link add {cable} type veth {peer}"
                yield f"link set {cable} master {BRIDGES[nic]} up"


def _router_cable(nic: Nic) -> str:
    return f"router-{nic}"


def _router_addresses() -> Iterator[str]:
    for nic, address in ROUTER_PORTS.items():
        yield f"address add {address}/24 dev {nic}"
        yield f"link set {nic} up"
    # Nothing is behind the router: what it has no route for is refused at once instead of waiting for an answer.
    yield "route add unreachable default"
    yield f"route add unreachable {NODE_NETWORK.rpartition('.')[0]}.0.0/16"


def _compute_checksums(namespace: Path, links: list[str] | tuple[Nic, ...] | list[Nic]) -> None:
    for link in links:
        run(namespaces.inside(namespace, "ethtool", "-K", link, "tx", "off"))
