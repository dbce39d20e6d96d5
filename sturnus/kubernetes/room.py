"""What hosts have left for pods: what a host offers, less what its pods ask for, of whatever namespace they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sturnus.kubernetes.quantities import quantity

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Room:
    """What a host has left for pods."""

    cpu: int  # thousandths of a core
    memory: int  # bytes
    pods: int


def left(nodes: Iterable[Json], pods: Iterable[Json]) -> dict[str, Room]:
    """The room that these pods leave on these hosts."""
    asked: dict[str, list[Mapping[str, int]]] = {}
    for pod in pods:
        asked.setdefault(pod["spec"].get("nodeName", ""), []).append(requests(pod["spec"]))
    return {name: _left(node, asked.get(name, [])) for node in nodes if (name := node["metadata"]["name"])}


def _left(node: Json, asked: list[Mapping[str, int]]) -> Room:
    offered = node.get("status", {}).get("allocatable") or {}
    return Room(
        cpu=int(quantity(offered.get("cpu")) * 1000) - sum(one["cpu"] for one in asked),
        memory=int(quantity(offered.get("memory"))) - sum(one["memory"] for one in asked),
        pods=int(quantity(offered.get("pods"))) - len(asked),
    )


def requests(pod_spec: Mapping[str, Any]) -> dict[str, int]:
    """What a pod asks for: `cpu` in thousandths of a core, `memory` in bytes. So may an init container."""
    asked = {}
    for what, unit in (("cpu", 1000), ("memory", 1)):
        running = sum(_request(one, what) for one in pod_spec.get("containers") or ())
        before = max((_request(one, what) for one in pod_spec.get("initContainers") or ()), default=0)
        asked[what] = int(max(running, before) * unit)
    return asked


def _request(container: Mapping[str, Any], what: str) -> Any:
    resources = container.get("resources") or {}
    # A limit without a request is the request.
    return quantity((resources.get("requests") or {}).get(what, (resources.get("limits") or {}).get(what, "0")))
