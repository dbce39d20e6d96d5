"""PCI devices, as the host last reported them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sturnus.inventory.derived_ids import derived_id
from sturnus.inventory.host import Host

FOR_SERVERS: Final = ("03", "0b40", "12")
"""Beginnings of PCI classes that servers get whole: displays, co-processors, accelerators (PCI Code and ID
Assignment Specification). They are enabled; the others are listed with `-a` only."""


@dataclass(frozen=True, slots=True)
class PciDevice:
    """One device. Numbers are hexadecimal digits, as `lspci -n` has them."""

    uuid: str
    host_uuid: str
    name: str
    address: str
    class_id: str
    vendor_id: str
    device_id: str
    numa_node: int | None  # None: beside no processor in particular
    enabled: bool


def devices_of(host: Host) -> tuple[PciDevice, ...]:
    """The host's devices by address."""
    reported = sorted(host.hardware.get("pci_devices") or (), key=lambda each: str(each["address"]))
    return tuple(
        PciDevice(
            uuid=derived_id(host, "pci", each["address"]),
            host_uuid=host.uuid,
            name="pci_" + each["address"].replace(":", "_").replace(".", "_"),
            address=each["address"],
            class_id=each["pci_class"],
            vendor_id=each["vendor"],
            device_id=each["device"],
            numa_node=each.get("node"),
            enabled=each["pci_class"].startswith(FOR_SERVERS),
        )
        for each in reported
    )
