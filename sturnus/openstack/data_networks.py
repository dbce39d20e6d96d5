"""Data networks of the inventory become Neutron's physical networks, and OVN's bridges on each host.

Flat and VLAN data networks are physical networks; those with tunnels are not: OVN makes geneve tunnels by itself,
over the device that carries a data network with tunnels (`network.interface.tunnel`).

The first device of a host that carries physical networks goes into bridge `br-ex`, the next into `br-ex1`, in the order
in which the data networks were made. Two on one device share its bridge. What most compute hosts have is said for all
(`conf.ovn_bridge_mappings`, `conf.auto_bridge_add`); hosts that differ have classes. If nobody assigned any to an
interface, nothing is said, and the chart's own values count.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from sturnus.openstack.facts import HostFacts, NetworkKind, PlatformFacts

BRIDGE: Final = "br-ex"


def neutron_networks(facts: PlatformFacts) -> dict[str, Any]:
    """`conf.plugins.ml2_conf`: names and MTUs. Ranges of VLANs are made by Neutron's API (reference §5.4)."""
    physical = facts.physical_networks
    if not physical:
        return {}
    flat = ",".join(each.name for each in physical if each.kind is NetworkKind.FLAT)
    vlan = ",".join(each.name for each in physical if each.kind is NetworkKind.VLAN)
    found: dict[str, Any] = {"ml2": {"physical_network_mtus": ",".join(f"{each.name}:{each.mtu}" for each in physical)}}
    if flat:
        found["ml2_type_flat"] = {"flat_networks": flat}
    if vlan:
        found["ml2_type_vlan"] = {"network_vlan_ranges": vlan}
    return {"conf": {"plugins": {"ml2_conf": found}}}


def usual_bridges(facts: PlatformFacts) -> dict[str, Any]:
    """`conf` for all compute hosts: what most of them have."""
    found = _most_common(facts)
    return {"conf": found} if found else {}


def unusual_bridges(facts: PlatformFacts) -> Callable[[HostFacts], dict[str, Any]]:
    """Say what a host's OVN has of its own; nothing if it is as most are, or if nothing was assigned."""
    usual = _most_common(facts)

    def of_host(host: HostFacts) -> dict[str, Any]:
        own = bridges(host, facts)
        return {} if own == usual else own

    return of_host


def bridges(host: HostFacts, facts: PlatformFacts) -> dict[str, Any]:
    """`ovn_bridge_mappings` and `auto_bridge_add` of a host; nothing if nothing was assigned."""
    devices: dict[str, str] = {}  # device → bridge
    mappings = []
    for network in facts.physical_networks:
        if (device := host.bridged.get(network.name)) is not None:
            bridge = devices.setdefault(device, f"{BRIDGE}{len(devices) or ''}")
            mappings.append(f"{network.name}:{bridge}")
    if not mappings:
        return {}
    return {
        "ovn_bridge_mappings": ",".join(mappings),
        "auto_bridge_add": {bridge: device for device, bridge in devices.items()},
    }


def tunnels(facts: PlatformFacts) -> dict[str, Any]:
    """`network.interface.tunnel`, if all compute hosts carry their tunnels on a device of one name."""
    devices = {host.tunnel_device for host in facts.computes}
    if len(devices) != 1 or None in devices:
        return {}
    return {"network": {"interface": {"tunnel": devices.pop()}}}


def _most_common(facts: PlatformFacts) -> dict[str, Any]:
    every = [found for host in facts.computes if (found := bridges(host, facts))]
    counted = Counter(json.dumps(found, sort_keys=True) for found in every)
    # Of two that are equally many the same one always, so that no order of hosts matters.
    ordered = sorted(counted, key=lambda text: (-counted[text], text))
    return next((found for found in every if json.dumps(found, sort_keys=True) == ordered[0]), {}) if ordered else {}
