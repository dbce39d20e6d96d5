"""What hosts have left for pods, and the labels by which pods choose them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sturnus.applications.plan.placing import HostRoom
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.room import left

Object = Mapping[str, Any]
NOT_ENDED: Final = "status.phase!=Succeeded,status.phase!=Failed"


async def host_rooms(connection: Connection) -> list[HostRoom]:
    """Ask the cluster: two requests, however many hosts.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    nodes = await connection.get("api/v1/nodes")
    pods = await connection.get("api/v1/pods", {"fieldSelector": NOT_ENDED})
    return rooms(nodes.get("items") or (), pods.get("items") or ())


def rooms(nodes: Iterable[Object], pods: Iterable[Object]) -> list[HostRoom]:
    """What each host has, less what the pods on it ask for."""
    listed = list(nodes)
    room = left(listed, pods)
    labels = {node["metadata"]["name"]: node["metadata"].get("labels") or {} for node in listed}
    return [HostRoom(name, labels[name], found.cpu / 1000, found.memory) for name, found in room.items()]
