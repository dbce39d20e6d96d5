"""What nova-compute of one host has of its own, as `conf.nova` of OpenStack-Helm (reference/applications.md §5.4).

Left out on purpose: `my_ip`, `host`, `vncserver_proxyclient_address` and `live_migration_inbound_addr`. They differ on
every host, so with them a thousand equal hosts would be a thousand classes; the pods take them from their node
(`status.hostIP`, `spec.nodeName`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sturnus.openstack.facts import GivenDevice, HostFacts, PlatformFacts


def nova_of(host: HostFacts) -> dict[str, Any]:
    """`conf.nova` of a compute host; nothing if the inventory knows nothing of it."""
    sections: dict[str, dict[str, Any]] = {
        "DEFAULT": _reserved(host),
        "compute": _processors(host),
        "libvirt": {"images_type": "rbd"} if host.remote_storage else {},
        "pci": _given(host),
    }
    return {name: section for name, section in sections.items() if section}


def pci_aliases(facts: PlatformFacts) -> dict[str, Any]:
    """`conf.nova.pci.alias`: a name for every kind of device, by which flavors ask for one: `pci-VENDOR-DEVICE`."""
    kinds = {(device.vendor_id, device.device_id) for host in facts.computes for device in host.devices}
    if not kinds:
        return {}
    aliases = (
        {"name": f"pci-{vendor}-{device}", "vendor_id": vendor, "product_id": device, "device_type": "type-PCI"}
        for vendor, device in sorted(kinds)
    )
    return {"conf": {"nova": {"pci": {"alias": _many(aliases)}}}}


def _reserved(host: HostFacts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if host.reserved_mib is not None:
        found["reserved_host_memory_mb"] = host.reserved_mib
    if host.switch_pages:
        pages = (f"node:{each.node},size:{each.size_kib},count:{each.count}" for each in sorted(host.switch_pages))
        found["reserved_huge_pages"] = {"type": "multistring", "values": list(pages)}
    return found


def _processors(host: HostFacts) -> dict[str, Any]:
    found = {"cpu_shared_set": ranges(host.cpus_shared), "cpu_dedicated_set": ranges(host.cpus_dedicated)}
    return {name: value for name, value in found.items() if value}


def _given(host: HostFacts) -> dict[str, Any]:
    ports = ({"address": each.address, "physical_network": each.physical_network} for each in sorted(host.ports))
    devices = (_by_address(each) for each in sorted(host.devices))
    given = [*ports, *devices]
    return {"device_spec": _many(given)} if given else {}


def _by_address(device: GivenDevice) -> dict[str, str]:
    return {"address": device.address, "vendor_id": device.vendor_id, "product_id": device.device_id}


def _many(values: Iterable[dict[str, str]]) -> dict[str, Any]:
    """An option that is said several times, as OpenStack-Helm writes it."""
    return {"type": "multistring", "values": [json.dumps(each, sort_keys=True) for each in values]}


def ranges(numbers: Iterable[int]) -> str:
    """Write numbers as Nova reads them: `1-3,5`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
