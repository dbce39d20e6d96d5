"""Leases of a real cluster's nodes, by lightkube."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Final, cast

from lightkube import AsyncClient
from lightkube.resources.coordination_v1 import Lease

from sturnus.kubernetes.asking import asked, client_for, explained
from sturnus.kubernetes.lease import LeaseGone, NodeLease
from sturnus.kubernetes.nodes import FIELD_MANAGER, WATCH_FOR

NAMESPACE: Final = "kube-node-lease"
"""Where kubelets keep their leases (kubernetes.io, "Leases")."""
DEFAULT_DURATION: Final = 40
"""Seconds: the kubelet's default."""


class ClusterLeases:
    """Implements `inventory.ports.Leases`."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @classmethod
    def from_kubeconfig(cls, file: Path) -> ClusterLeases:
        """Reach the cluster of a kubeconfig file. Reads the file, connects to nothing."""
        return cls(client_for(file, FIELD_MANAGER))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def get(self, node: str) -> NodeLease | None:
        """The lease as it is now; None if the node has none."""
        found = await asked(f"node {node} be read", self._client.get(Lease, node, namespace=NAMESPACE))
        return None if found is None else _lease(found)

    async def watch(self) -> AsyncIterator[NodeLease | LeaseGone]:
        """Every lease there is, then every one that is renewed or goes; ends after `WATCH_FOR`."""
        stream = cast("AsyncGenerator[tuple[str, Lease]]", self._client.watch(Lease, namespace=NAMESPACE))
        end = asyncio.get_running_loop().time() + WATCH_FOR
        async with aclosing(stream):
            while found := await _next(stream, end):
                event, lease = found
                seen = _lease(lease)
                yield LeaseGone(seen.node) if event == "DELETED" else seen


async def _next(stream: AsyncGenerator[tuple[str, Lease]], end: float) -> tuple[str, Lease] | None:
    with explained("node lease be watched"):
        try:
            async with asyncio.timeout_at(end):
                return await anext(stream)
        except (StopAsyncIteration, TimeoutError):
            return None


def _lease(lease: Lease) -> NodeLease:
    name = lease.metadata.name if lease.metadata else None
    spec = lease.spec
    renewed = spec.renewTime if spec else None
    duration = (spec.leaseDurationSeconds if spec else None) or DEFAULT_DURATION
    return NodeLease(name or "", renewed, duration)
