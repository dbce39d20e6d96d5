"""Asks the cluster what its hosts have left (`room`)."""

from __future__ import annotations

from typing import Final

from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.room import Room, left

_OVER: Final = "status.phase!=Succeeded,status.phase!=Failed"


async def room_left(connection: Connection) -> dict[str, Room]:
    """The room on every host, by name. Two requests, one of them for all pods of the cluster: not for loops.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    nodes = await connection.get("api/v1/nodes")
    pods = await connection.get("api/v1/pods", {"fieldSelector": _OVER})
    return left(nodes.get("items") or (), pods.get("items") or ())
