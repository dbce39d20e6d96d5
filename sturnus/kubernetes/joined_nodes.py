"""Nodes that the platform made, by the account that makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node as ClusterNode

from sturnus.kubernetes.asking import asked, client_for
from sturnus.kubernetes.node import Node
from sturnus.kubernetes.nodes_account import NAME


@dataclass(frozen=True, slots=True)
class ClusterJoinedNodes:
    """Implements `inventory.departures.JoinedNodes`. Asked seldom: it reads its kubeconfig anew each time."""

    file: Path

    async def get(self, name: str) -> Node | None:
        """The node as it is now; None if there is none of that name."""
        client = client_for(self.file, NAME)
        try:
            found = await asked(f"node {name} be read", client.get(ClusterNode, name))
        finally:
            await client.close()
        if found is None:
            return None
        metadata = found.metadata or ObjectMeta()
        return Node(name, dict(metadata.labels or {}), dict(metadata.annotations or {}))

    async def delete(self, name: str) -> None:
        """Remove it."""
        client = client_for(self.file, NAME)
        try:
            await asked(f"node {name} be removed", client.delete(ClusterNode, name))
        finally:
            await client.close()
