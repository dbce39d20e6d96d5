"""Nodes of a real cluster, by lightkube."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Final, cast

import httpx2
from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node as ClusterNode
from lightkube.types import PatchType

from sturnus.core.errors import Unavailable
from sturnus.kubernetes import kubeconfig
from sturnus.kubernetes.node import Node, NodeChange

DEADLINE: Final = 5.0
"""Seconds for one request, connection included."""
WATCH_FOR: Final = 300.0
"""Seconds until a watch is begun anew. A connection that died in silence is found by then, and every node looked at."""
FIELD_MANAGER: Final = "sturnus-inventory"


def client_for(file: Path) -> AsyncClient:
    """Make a client for the cluster of a kubeconfig file. Unavailable: there is none, or it says nothing."""
    config = kubeconfig.read(file)
    return AsyncClient(config, timeout=httpx2.Timeout(DEADLINE), field_manager=FIELD_MANAGER, trust_env=False)


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
        return cls(client_for(file))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def get(self, name: str) -> Node | None:
        """The node as it is now; None if there is none of that name."""
        with explained("read", name):
            async with asyncio.timeout(DEADLINE):
                try:
                    return _node(await self._client.get(ClusterNode, name))
                except ApiError as error:
                    if error.status.code == httpx2.codes.NOT_FOUND:
                        return None
                    raise

    async def patch(self, name: str, change: NodeChange) -> None:
        """Change labels and annotations, all or none. A node that is gone by now is no error."""
        body = {"metadata": {"labels": dict(change.labels), "annotations": dict(change.annotations)}}
        with explained("patched", name):
            async with asyncio.timeout(DEADLINE):
                try:
                    await self._client.patch(ClusterNode, name, body, patch_type=PatchType.MERGE)
                except ApiError as error:
                    if error.status.code != httpx2.codes.NOT_FOUND:
                        raise

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
    with explained("watched", "list"):
        try:
            async with asyncio.timeout_at(end):
                return await anext(stream)
        except (StopAsyncIteration, TimeoutError):
            return None


@contextmanager
def explained(verb: str, name: str) -> Iterator[None]:
    """Turn what the client library raises into Unavailable, with Kubernetes' own words."""
    try:
        yield
    except ApiError as error:
        raise _unavailable(f"Kubernetes does not let node {name} be {verb}: {error.status.message}") from error
    except (httpx2.HTTPError, TimeoutError, OSError, json.JSONDecodeError) as error:
        raise _unavailable(f"Kubernetes does not answer: {str(error) or type(error).__name__}") from error


def _unavailable(message: str) -> Unavailable:
    return Unavailable(message, expected=f"an answer within {DEADLINE:.0f} s", remedy="kubectl get nodes")


def _node(node: ClusterNode) -> Node:
    metadata = node.metadata or ObjectMeta()
    return Node(metadata.name or "", dict(metadata.labels or {}), dict(metadata.annotations or {}))
