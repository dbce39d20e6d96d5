"""Ports, as the host last reported them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sturnus.inventory.derived_ids import derived_id
from sturnus.inventory.host import Host
from sturnus.inventory.networking.model import Interface, Port


def reported(host: Host) -> tuple[Mapping[str, Any], ...]:
    """What the host says of its ports; nothing, if it said nothing of them."""
    return tuple(host.hardware.get("ports") or ())


def ports_of(host: Host, interfaces: Iterable[Interface]) -> tuple[Port, ...]:
    """The host's ports by name, each with the interface that stands on it."""
    above = {each.port_name: each.uuid for each in interfaces if each.port_name is not None}
    found = (
        Port(
            uuid=derived_id(host, "port", port["name"]),
            host_uuid=host.uuid,
            name=port["name"],
            mac=port["mac"],
            mtu=port["mtu"],
            speed_mbps=port.get("speed_mbps"),
            pci_address=port.get("pci_address"),
            numa_node=port.get("node"),
            interface_uuid=above.get(port["name"]),
            sriov_totalvfs=port.get("sriov_totalvfs"),
            driver=port.get("driver"),
        )
        for port in reported(host)
    )
    return tuple(sorted(found, key=lambda port: port.name))
