"""Nodes of a real cluster, by lightkube."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Final, cast

from lightkube import AsyncClient
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node as ClusterNode
from lightkube.types import PatchType

from sturnus.kubernetes.asking import asked, client_for, explained
from sturnus.kubernetes.node import Node, NodeChange

WATCH_FOR: Final = 300.0
"""Seconds until a watch is begun anew. A connection that died in silence is found by then, and every node looked at."""
FIELD_MANAGER: Final = "sturnus-inventory"


class ClusterNodes:
    """Implements `inventory.ports.Nodes`."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @classmethod
    def from_kubeconfig(cls, file: Path) -> ClusterNodes:
        """Reach the cluster of a kubeconfig file. Reads the file, connects to nothing.

        Raises:
            Unavailable: there is no such file, or it says nothing of a cluster.

        """
        return cls(client_for(file, FIELD_MANAGER))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def get(self, name: str) -> Node | None:
        """The node as it is now; None if there is none of that name."""
        found = await asked(f"node {name} be read", self._client.get(ClusterNode, name))
        return None if found is None else _node(found)

    async def patch(self, name: str, change: NodeChange) -> None:
        """Change labels and annotations, all or none. A node that is gone by now is no error."""
        body = {"metadata": {"labels": dict(change.labels), "annotations": dict(change.annotations)}}
        await asked(f"node {name} be patched", self._client.patch(ClusterNode, name, body, patch_type=PatchType.MERGE))

    async def watch(self) -> AsyncIterator[Node]:
        """Every node there is, then every one that appears or changes; ends after `WATCH_FOR`."""
        # lightkube's iterator is a generator, and has to be closed to give its connection back.
        stream = cast("AsyncGenerator[tuple[str, ClusterNode]]", self._client.watch(ClusterNode))
        end = asyncio.get_running_loop().time() + WATCH_FOR
        async with aclosing(stream):
            while found := await _next(stream, end):
                event, node = found
                if event != "DELETED":
                    yield _node(node)


async def _next(stream: AsyncGenerator[tuple[str, ClusterNode]], end: float) -> tuple[str, ClusterNode] | None:
    """The next event; None once the watch is over."""
    # The deadline is around each wait, not around the loop: while the caller is at work, nothing of it is cancelled.
    with explained("node list be watched"):
        try:
            async with asyncio.timeout_at(end):
                return await anext(stream)
        except (StopAsyncIteration, TimeoutError):
            return None


def _node(node: ClusterNode) -> Node:
    metadata = node.metadata or ObjectMeta()
    return Node(metadata.name or "", dict(metadata.labels or {}), dict(metadata.annotations or {}))
