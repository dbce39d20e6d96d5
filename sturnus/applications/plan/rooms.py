"""What hosts have left for pods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sturnus.applications.plan.placing import HostRoom, quantity
from sturnus.kubernetes.connection import Connection

Object = Mapping[str, Any]
ENDED = "status.phase!=Succeeded,status.phase!=Failed"


async def host_rooms(connection: Connection) -> list[HostRoom]:
    """Ask the cluster: two requests, however many hosts.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    nodes = await connection.get("api/v1/nodes")
    pods = await connection.get("api/v1/pods", {"fieldSelector": ENDED})
    return rooms(nodes.get("items") or (), pods.get("items") or ())


def rooms(nodes: Iterable[Object], pods: Iterable[Object]) -> list[HostRoom]:
    """What each host has, less what the pods on it ask for."""
    asked: dict[str, tuple[float, float]] = {}
    for pod in pods:
        node = str((pod.get("spec") or {}).get("nodeName") or "")
        cpus, memory = asked.get(node, (0.0, 0.0))
        more_cpus, more_memory = _requests(pod)
        asked[node] = cpus + more_cpus, memory + more_memory
    return [_room(node, asked.get(node["metadata"]["name"], (0.0, 0.0))) for node in nodes]


def _room(node: Object, asked: tuple[float, float]) -> HostRoom:
    has = (node.get("status") or {}).get("allocatable") or {}
    metadata = node["metadata"]
    return HostRoom(
        metadata["name"],
        metadata.get("labels") or {},
        quantity(has.get("cpu", 0)) - asked[0],
        quantity(has.get("memory", 0)) - asked[1],
    )


def _requests(pod: Object) -> tuple[float, float]:
    found = [
        (container.get("resources") or {}).get("requests") or {}
        for container in (pod.get("spec") or {}).get("containers") or ()
    ]
    return sum(quantity(each.get("cpu", 0)) for each in found), sum(quantity(each.get("memory", 0)) for each in found)
