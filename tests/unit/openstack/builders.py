"""Hosts and platforms for tests: everything has a default."""

from __future__ import annotations

from typing import Any

from sturnus.openstack.facts import DataNetwork, HostFacts, NetworkKind

PHYSNET0 = DataNetwork("physnet0", NetworkKind.FLAT, 1500)
TENANTS = DataNetwork("tenants", NetworkKind.TUNNELS, 1500)
VLANS = DataNetwork("vlans", NetworkKind.VLAN, 9000)
MORE_VLANS = DataNetwork("more", NetworkKind.VLAN, 1500)


def a_compute(name: str = "compute-0", **changes: Any) -> HostFacts:
    values: dict[str, Any] = {"runs_control": False, "runs_compute": True, "unlocked": True}
    return HostFacts(name, **values | changes)


def a_controller(name: str = "controller-0", **changes: Any) -> HostFacts:
    values: dict[str, Any] = {"runs_control": True, "runs_compute": False, "unlocked": True}
    return HostFacts(name, **values | changes)
