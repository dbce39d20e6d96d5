"""Nodes that are closed and emptied, by lightkube: one taint of ours, and the eviction API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import httpx2
from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError
from lightkube.models.core_v1 import NodeCondition, Taint, Toleration
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node, Pod, PodEviction
from lightkube.types import PatchType

from sturnus.kubernetes.asking import DEADLINE, asked, explained
from sturnus.kubernetes.node import Occupant, OccupiedNode

FIELD_MANAGER: Final = "sturnus-vim"
TAINT_KEY: Final = "services"
TAINT_VALUE: Final = "disabled"
"""As StarlingX has it (reference/vim.md §1.8)."""
NO_EXECUTE: Final = "NoExecute"
OUT_OF_SERVICE: Final = Taint(key="node.kubernetes.io/out-of-service", value="nodeshutdown", effect=NO_EXECUTE)
"""Only for a node that surely is off: its pods are removed at once, and their volumes detached
(https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown)."""
FINISHED: Final = frozenset({"Succeeded", "Failed"})
STATIC: Final = "kubernetes.io/config.mirror"
"""Annotation of the API's picture of a static pod: the kubelet runs it whatever is evicted."""
BUDGET: Final = "DisruptionBudget"
"""Cause that names the PodDisruptionBudget in a refusal."""


class ClusterEvictions:
    """Implements `vim.ports.Nodes`. Every call raises Unavailable if there is no answer in time."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def look(self, name: str) -> OccupiedNode | None:
        """The node as it is now; None if there is none of that name."""
        node, pods = await asyncio.gather(self._node(name), self._pods(name))
        return None if node is None else _found(node, pods)

    async def set_effects(self, name: str, effects: frozenset[str]) -> None:
        """Have our taint with these effects and no others. A node that is gone is no error."""
        ours = [Taint(key=TAINT_KEY, value=TAINT_VALUE, effect=effect) for effect in sorted(effects)]
        await self._taint(name, TAINT_KEY, ours)

    async def take_out_of_service(self, name: str) -> None:
        """Have Kubernetes let go of what ran on a node that surely is off. A node that is gone is no error."""
        await self._taint(name, str(OUT_OF_SERVICE.key), [OUT_OF_SERVICE])

    async def bring_back(self, name: str) -> None:
        """Take that back. A node that is gone is no error."""
        await self._taint(name, str(OUT_OF_SERVICE.key), [])

    async def _taint(self, name: str, key: str, wanted: list[Taint]) -> None:
        """Have exactly these taints with a key."""
        node = await self._node(name)
        if node is None or node.metadata is None:
            return
        others = [each for each in _taints(node) if each.key != key]
        # With the version that was read: a taint that somebody else sets meanwhile is not lost, the patch is refused.
        body: dict[str, Any] = {
            "metadata": {"resourceVersion": node.metadata.resourceVersion},
            "spec": {"taints": [taint.to_dict() for taint in (*others, *wanted)] or None},
        }
        await asked(f"us taint node {name}", self._client.patch(Node, name, body, patch_type=PatchType.MERGE))

    async def evict(self, pod: Occupant) -> str | None:
        """Ask for a pod to leave; why it may not now, or None. One that is gone is no error."""
        eviction = PodEviction(metadata=ObjectMeta(name=pod.name, namespace=pod.namespace))
        with explained(f"us evict pod {pod.title}"):
            async with asyncio.timeout(DEADLINE):
                try:
                    await self._client.create(eviction, pod.name, namespace=pod.namespace)
                except ApiError as error:
                    if error.status.code == httpx2.codes.NOT_FOUND:
                        return None
                    if error.status.code == httpx2.codes.TOO_MANY_REQUESTS:
                        return _refusal(error)
                    raise
        return None

    async def _pods(self, node: str) -> list[Pod]:
        with explained(f"us list pods of node {node}"):
            async with asyncio.timeout(DEADLINE):
                return await pods_on(self._client, node)

    async def _node(self, name: str) -> Node | None:
        return await asked(f"us read node {name}", self._client.get(Node, name))


def _found(node: Node, pods: list[Pod]) -> OccupiedNode:
    ready, why_not = _readiness(node)
    ours = frozenset(taint.effect for taint in _taints(node) if taint.key == TAINT_KEY)
    leaving = _occupants(pod for pod in pods if has_to_leave(pod))
    shut_out = _occupants(pod for pod in pods if is_shut_out(pod))
    out = any(taint.key == OUT_OF_SERVICE.key for taint in _taints(node))
    return OccupiedNode(ready, why_not, ours, leaving, shut_out, out)


def _occupants(pods: Iterable[Pod]) -> tuple[Occupant, ...]:
    found = (
        Occupant(pod.metadata.namespace or "", pod.metadata.name or "", pod.metadata.deletionTimestamp is not None)
        for pod in pods
        if pod.metadata is not None
    )
    return tuple(sorted(found, key=lambda pod: (pod.namespace, pod.name)))


async def pods_on(client: AsyncClient, node: str) -> list[Pod]:
    """All pods of a node. Raises what lightkube raises."""
    return [pod async for pod in client.list(Pod, namespace="*", fields={"spec.nodeName": node})]


def has_to_leave(pod: Pod) -> bool:
    """Not those of DaemonSets, which belong to the node; nor static ones, nor what has ended."""
    owners = (pod.metadata or ObjectMeta()).ownerReferences or ()
    return _is_evictable(pod) and not any(owner.kind == "DaemonSet" and owner.controller for owner in owners)


def is_shut_out(pod: Pod) -> bool:
    """Whether our taint removes it, once it has the effect NoExecute: also one of a DaemonSet."""
    return _is_evictable(pod) and not any(
        _tolerates(each) for each in (pod.spec.tolerations if pod.spec else None) or ()
    )


def _is_evictable(pod: Pod) -> bool:
    if STATIC in ((pod.metadata or ObjectMeta()).annotations or {}):
        return False
    return pod.status is None or pod.status.phase not in FINISHED


def _tolerates(toleration: Toleration) -> bool:
    """Whether it is our taint that is tolerated, for however long; by the rules of Kubernetes."""
    if toleration.effect not in (None, "", NO_EXECUTE):
        return False
    if toleration.operator == "Exists":
        return toleration.key in (None, "", TAINT_KEY)
    return toleration.key == TAINT_KEY and (toleration.value or "") == TAINT_VALUE


def _readiness(node: Node) -> tuple[bool, str | None]:
    conditions: list[NodeCondition] = (node.status.conditions if node.status else None) or []
    condition = next((each for each in conditions if each.type == "Ready"), None)
    if condition is None:
        return False, None
    return condition.status == "True", condition.message


def _taints(node: Node) -> list[Taint]:
    return (node.spec.taints if node.spec else None) or []


def _refusal(error: ApiError) -> str:
    details = error.status.details
    causes = (details.causes if details is not None else None) or []
    named = next((cause.message for cause in causes if cause.reason == BUDGET), None)
    return named or error.status.message or "too many requests"
