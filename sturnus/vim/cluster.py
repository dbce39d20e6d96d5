"""The cluster's nodes as the VIM sees them."""

from __future__ import annotations

from sturnus.kubernetes.evictions import ClusterEvictions
from sturnus.vim.facts import NodeFacts, PodFacts


class ClusterHosts:
    """Implements `vim.ports.Nodes`."""

    def __init__(self, evictions: ClusterEvictions) -> None:
        self._evictions = evictions

    async def look(self, name: str) -> NodeFacts | None:
        """The node as it is now, with the pods that have to leave."""
        found = await self._evictions.look(name)
        if found is None:
            return None
        pods = tuple(PodFacts(pod.namespace, pod.name, pod.terminating) for pod in found.pods)
        return NodeFacts(found.ready, found.why_not, found.effects, pods)

    async def set_effects(self, name: str, effects: frozenset[str]) -> None:
        """Have our taint with these effects."""
        await self._evictions.set_effects(name, effects)

    async def evict(self, pod: PodFacts) -> str | None:
        """Ask for a pod to leave."""
        return await self._evictions.evict(pod.namespace, pod.name)
