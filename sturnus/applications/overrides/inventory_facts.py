"""What an application's `overrides.yaml` may ask of the inventory, as plain data; and the values that it renders to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sturnus.applications.bundle.bundle import Bundle
from sturnus.applications.overrides.charts_of import name_of
from sturnus.applications.overrides.ports import ChartName
from sturnus.applications.overrides.rendering import render_overrides
from sturnus.applications.overrides.values import Values
from sturnus.applications.release import ReleaseName
from sturnus.inventory.host import Label, ListedHost, System
from sturnus.inventory.labels import on_node


class Inventory(Protocol):
    """What is read of the inventory: `inventory.service.Inventory`, or a scripted one."""

    async def system(self) -> System:
        """The system as it is."""
        ...

    async def hosts(self) -> list[ListedHost]:
        """All hosts."""
        ...

    async def labels(self) -> list[Label]:
        """Labels of all hosts."""
        ...


@dataclass(frozen=True, slots=True)
class InventoryOverrides:
    """Computes the system's layer of values. Implements `library.SystemOverrides`."""

    inventory: Inventory

    async def __call__(self, bundle: Bundle) -> Mapping[ReleaseName, Values]:
        """Render the bundle's `overrides.yaml`; nothing if it has none.

        Raises:
            Invalid: it cannot be rendered; with the line.

        """
        if bundle.overrides is None:
            return {}
        facts = facts_of(await self.inventory.system(), await self.inventory.hosts(), await self.inventory.labels())
        rendered = await render_overrides(bundle.overrides, facts)
        return {release.id: found for release in bundle.releases if (found := _values_for(name_of(release), rendered))}


def facts_of(system: System, hosts: Sequence[ListedHost], labels: Sequence[Label]) -> dict[str, Any]:
    """Describe the platform. Templates see these names, and nothing else.

    `controllers`, `computes`: names of hosts with the label; `hosts`: a map per host, by name, unnamed ones left out.
    """
    of: dict[str, dict[str, str]] = defaultdict(dict)
    for label in labels:
        of[label.host_uuid][label.label_key] = label.label_value
    named = sorted((host for host in hosts if host.hostname), key=lambda host: host.hostname or "")
    described = [_described(host, on_node(of[host.uuid])) for host in named]
    return {
        "system": {
            "name": system.name,
            "type": system.system_type.value,
            "mode": system.system_mode.value,
            "region_name": system.region_name,
        },
        "hosts": described,
        "controllers": _with(described, "openstack-control-plane"),
        "computes": _with(described, "openstack-compute-node"),
    }


def _described(host: ListedHost, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "hostname": host.hostname,
        "personality": None if host.personality is None else host.personality.value,
        "administrative": host.administrative.value,
        "mgmt_ip": host.mgmt_ip,
        "labels": dict(labels),
    }


def _with(hosts: Sequence[Mapping[str, Any]], label: str) -> list[str]:
    return [host["hostname"] for host in hosts if host["labels"].get(label) == "enabled"]


def _values_for(chart: ChartName, rendered: Mapping[str, Values]) -> Values:
    return rendered.get(f"{chart.namespace}/{chart.chart}") or rendered.get(chart.chart) or {}
