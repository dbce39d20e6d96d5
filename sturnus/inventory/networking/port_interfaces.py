"""An interface for every port: made when a host reports the port, kept whatever it reports later. Pure.

What an operator chose stays with the interface. A port that comes back under another name is known by its MAC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sturnus.inventory.networking.data_network_checks import DEFAULT_MTU, LARGEST_MTU, SMALLEST_MTU
from sturnus.inventory.networking.model import Interface, InterfaceClass


@dataclass(frozen=True, slots=True)
class Made:
    """A port has no interface yet: this one is made."""

    ifname: str
    ifclass: InterfaceClass
    port_name: str
    mac: str
    imtu: int
    is_management: bool  # the host is reached through it


@dataclass(frozen=True, slots=True)
class Followed:
    """The port of an interface has another name, or another MAC."""

    interface_uuid: str
    port_name: str
    mac: str


def follow(
    ports: Iterable[Mapping[str, Any]], interfaces: Iterable[Interface], mgmt_mac: str | None
) -> tuple[Made | Followed, ...]:
    """What has to be done with the interfaces of a host so that they agree with its ports."""
    reported = {port["name"]: port for port in ports}
    present = list(interfaces)
    names = {each.ifname for each in present}
    steps: list[Made | Followed] = []
    for name, port in sorted(reported.items()):
        interface = _standing_on(port, present, reported)
        if interface is None:
            made = _made(port, names, mgmt_mac)
            names.add(made.ifname)
            steps.append(made)
        elif (interface.port_name, interface.imac) != (name, port["mac"]):
            steps.append(Followed(interface.uuid, name, port["mac"]))
    return tuple(steps)


def _standing_on(
    port: Mapping[str, Any], interfaces: Iterable[Interface], reported: Mapping[str, object]
) -> Interface | None:
    standing = [each for each in interfaces if each.port_name is not None]
    by_name = next((each for each in standing if each.port_name == port["name"]), None)
    if by_name is not None:
        return by_name
    moved = (each for each in standing if each.imac == port["mac"] and each.port_name not in reported)
    return next(moved, None)


def _made(port: Mapping[str, Any], names: set[str], mgmt_mac: str | None) -> Made:
    is_management = port["mac"] == mgmt_mac
    candidates = (port["name"], *(f"{port['name']}-{number}" for number in range(1, len(names) + 2)))
    return Made(
        ifname=next(name for name in candidates if name not in names),
        ifclass=InterfaceClass.PLATFORM if is_management else InterfaceClass.NONE,
        port_name=port["name"],
        mac=port["mac"],
        imtu=min(max(port["mtu"] or DEFAULT_MTU, SMALLEST_MTU), LARGEST_MTU),
        is_management=is_management,
    )
