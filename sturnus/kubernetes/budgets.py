"""Which pods would have to leave a node, and which PodDisruptionBudgets would hold them.

Kubernetes decides when a pod is asked to leave; this says beforehand what it would answer now (policy/v1, "Eviction").
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lightkube import AsyncClient
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.resources.core_v1 import Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget

from sturnus.kubernetes.asking import DEADLINE, explained
from sturnus.kubernetes.evictions import has_to_leave, pods_on
from sturnus.kubernetes.label_selection import fits

EVEN_UNREADY: Final = "AlwaysAllow"
"""unhealthyPodEvictionPolicy by which a pod that is not ready may always leave."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget as it stands."""

    namespace: str
    name: str
    allowed: int  # disruptions, now
    healthy: int
    wanted: int  # healthy ones
    holds_unready: bool  # also pods that are not ready, while too few are healthy


@dataclass(frozen=True, slots=True)
class Leaver:
    """A pod that has to leave a node, with the budgets that are asked about it."""

    namespace: str
    name: str
    ready: bool
    budgets: tuple[Budget, ...]

    @property
    def title(self) -> str:
        """What to call it."""
        return f"{self.namespace}/{self.name}"

    @property
    def held_up_by(self) -> str | None:
        """Why it may not leave now; None: it may."""
        if len(self.budgets) > 1:
            names = ", ".join(budget.name for budget in self.budgets)
            return f"it has several budgets, {names}: Kubernetes lets no such pod leave"
        for budget in self.budgets:
            enough = budget.healthy >= budget.wanted > 0
            if budget.allowed > 0 or (not self.ready and (enough or not budget.holds_unready)):
                continue
            return f"budget {budget.name} allows no disruption now: {budget.healthy} healthy, {budget.wanted} wanted"
        return None


class ClusterBudgets:
    """Implements `vim.preview.Occupants`. Every call raises Unavailable if there is no answer in time."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def leavers(self, node: str) -> Sequence[Leaver]:
        """The pods that have to leave a node: two lists, however many there are. None of a node that is not there."""
        with explained(f"us list pods of node {node}, and PodDisruptionBudgets"):
            async with asyncio.timeout(DEADLINE):
                pods = await pods_on(self._client, node)
                budgets = [budget async for budget in self._client.list(PodDisruptionBudget, namespace="*")]
        return leavers(pods, budgets)


def leavers(pods: Sequence[Pod], budgets: Sequence[PodDisruptionBudget]) -> Sequence[Leaver]:
    """Those of a node's pods that have to leave, by name, each with its budgets."""
    found = (_leaver(pod, budgets) for pod in pods if has_to_leave(pod))
    return sorted(found, key=lambda leaver: (leaver.namespace, leaver.name))


def _leaver(pod: Pod, budgets: Sequence[PodDisruptionBudget]) -> Leaver:
    metadata = pod.metadata or ObjectMeta()
    conditions = (pod.status.conditions if pod.status is not None else None) or []
    ready = any(each.type == "Ready" and each.status == "True" for each in conditions)
    # Nobody is asked about a pod that has not begun, or that ends already.
    is_free = metadata.deletionTimestamp is not None or (pod.status is not None and pod.status.phase == "Pending")
    covering = () if is_free else tuple(_budget(budget) for budget in budgets if _covers(budget, metadata))
    return Leaver(metadata.namespace or "", metadata.name or "", ready, covering)


def _covers(budget: PodDisruptionBudget, pod: ObjectMeta) -> bool:
    if budget.metadata is None or budget.metadata.namespace != pod.namespace:
        return False
    selector = None if budget.spec is None else budget.spec.selector
    return selector is not None and _selects(selector, pod.labels or {})


def _selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    wanted = selector.matchLabels or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        fits(labels.get(each.key), each.operator, each.values or []) for each in selector.matchExpressions or ()
    )


def _budget(found: PodDisruptionBudget) -> Budget:
    metadata, status = found.metadata or ObjectMeta(), found.status
    policy = None if found.spec is None else found.spec.unhealthyPodEvictionPolicy
    return Budget(
        namespace=metadata.namespace or "",
        name=metadata.name or "",
        allowed=(status.disruptionsAllowed if status is not None else None) or 0,
        healthy=(status.currentHealthy if status is not None else None) or 0,
        wanted=(status.desiredHealthy if status is not None else None) or 0,
        holds_unready=policy != EVEN_UNREADY,
    )
