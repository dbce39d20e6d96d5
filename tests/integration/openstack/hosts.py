"""What an operator does with hosts before OpenStack comes: labels, data networks, and the ports that carry them."""

from __future__ import annotations

from functools import partial
from typing import Final

from tests.integration.lab.waiting import eventually
from tests.integration.platform.operator import Announced, System

COMPUTES: Final = ("compute-0", "compute-1")
CONTROLLER: Final = "controller-0"
DATA_NETWORKS: Final = {"eth2": ("physnet0", "flat"), "eth1": ("tenants", "vxlan", "--multicast_group", "239.1.1.1")}
"""Port → the data network that it carries."""


def in_service(system: System, announced: Announced) -> None:
    """Have a controller and two compute hosts in service, ready for OpenStack. What is so is left alone."""
    _named(system, announced, CONTROLLER, "controller")
    _labelled(system, CONTROLLER, "openstack-controller-node")
    _unlocked(system, CONTROLLER)
    there = system("datanetwork-list", "--format", "value", "--column", "name").stdout.split()
    for name, *kind in DATA_NETWORKS.values():
        if name not in there:
            system("datanetwork-add", name, *kind)
    for host in COMPUTES:
        _named(system, announced, host, "worker")
        _labelled(system, host, "openstack-compute-node")
        _carrying(system, host)
        _unlocked(system, host)


def taken_out(system: System) -> None:
    """Have none of them in the inventory."""
    for host in (*COMPUTES, CONTROLLER):
        system("host-lock", host, "--wait", check=False, seconds=180)
        system("host-delete", host, check=False)


def _named(system: System, announced: Announced, host: str, personality: str) -> None:
    if host not in system("host-list", "--format", "value", "--column", "hostname").stdout.split():
        system("host-update", announced(host), f"personality={personality}", f"hostname={host}")


def _labelled(system: System, host: str, label: str) -> None:
    if label not in system("host-label-list", host, "--format", "value").stdout:
        system("host-lock", host, "--wait", check=False, seconds=180)
        system("host-label-assign", host, label)


def _carrying(system: System, host: str) -> None:
    carried = system("interface-datanetwork-list", host, "--format", "value").stdout
    for port, (name, *_) in DATA_NETWORKS.items():
        if name not in carried:
            eventually(partial(_ports, system, host), lambda now, port=port: port in now, 60)
            system("host-if-modify", "-c", "data", host, port)
            system("interface-datanetwork-assign", host, port, name)


def _unlocked(system: System, host: str) -> None:
    system("host-unlock", host, "--wait", check=False, seconds=180)
    eventually(partial(_availability, system, host), lambda now: now == "available", 120)


def _ports(system: System, host: str) -> str:
    return system("host-if-list", "-a", host, "--format", "value").stdout


def _availability(system: System, host: str) -> str:
    return system("host-show", host, "--format", "value", "--column", "availability").stdout.strip()
