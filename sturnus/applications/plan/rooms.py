"""What hosts have left for pods, and the labels by which pods choose them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sturnus.applications.plan.objects import ObjectName
from sturnus.applications.plan.placing import HostRoom
from sturnus.applications.readiness.objects import workload_of
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.room import left

Object = Mapping[str, Any]
NOT_ENDED: Final = "status.phase!=Succeeded,status.phase!=Failed"


async def host_rooms(connection: Connection, replaced: Collection[ObjectName]) -> list[HostRoom]:
    """Ask the cluster: two requests, however many hosts. `replaced`: workloads whose pods do not count.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    nodes = await connection.get("api/v1/nodes")
    pods = await connection.get("api/v1/pods", {"fieldSelector": NOT_ENDED})
    return rooms(nodes.get("items") or (), pods.get("items") or (), replaced)


def rooms(nodes: Iterable[Object], pods: Iterable[Object], replaced: Collection[ObjectName]) -> list[HostRoom]:
    """What each host has, less what the pods on it ask for that are not replaced."""
    listed = list(nodes)
    room = left(listed, (pod for pod in pods if _workload_of(pod) not in replaced))
    labels = {node["metadata"]["name"]: node["metadata"].get("labels") or {} for node in listed}
    return [HostRoom(name, labels[name], found.cpu / 1000, found.memory) for name, found in room.items()]


def _workload_of(pod: Object) -> ObjectName:
    """The workload that made a pod; itself, if nothing did."""
    metadata = pod["metadata"]
    kind, name = workload_of(pod)
    return ObjectName(kind or "Pod", metadata.get("namespace", ""), name or metadata["name"])
