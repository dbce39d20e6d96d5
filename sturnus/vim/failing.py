"""The steps of a host that failed. Nothing is done before it is surely off: nothing may ever run twice."""

from __future__ import annotations

from dataclasses import dataclass

from sturnus.vim.facts import HostFacts
from sturnus.vim.ports import Nodes
from sturnus.vim.steps import CLUSTER_DEADLINE, Patient


@dataclass(frozen=True, slots=True)
class AwaitFencing(Patient):
    """The inventory switches it off; or somebody does, where it cannot."""

    name = "AwaitFencing"
    deadline = None

    def done(self, facts: HostFacts) -> bool:
        """Nothing of it can run."""
        return facts.is_surely_down

    async def run(self, facts: HostFacts) -> str:
        """Only look: its notice tells."""
        said = None if facts.host is None else facts.host.fencing
        return f"host {facts.hostname} is not surely off: {said or 'the inventory does not say that it is fenced'}"


@dataclass(frozen=True, slots=True)
class AwaitFewerFailures(Patient):
    """Many at once are more likely a network's failure than theirs, and the others have no room for all servers."""

    name = "AwaitFewerFailures"
    deadline = None

    def done(self, facts: HostFacts) -> bool:
        """No more than the set share has failed."""
        return facts.crowd is None

    async def run(self, facts: HostFacts) -> str:
        """Only look."""
        return facts.crowd or ""


@dataclass(frozen=True, slots=True)
class ReleasePods(Patient):
    """Has Kubernetes let go of what ran there, so that pods of StatefulSets start elsewhere and volumes detach."""

    nodes: Nodes
    name = "ReleasePods"
    deadline = CLUSTER_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """It is out of service, or there is no such node."""
        return facts.node_unknown is None and (facts.node is None or facts.node.out_of_service)

    async def run(self, facts: HostFacts) -> str:
        """Taint it. Only what surely does not run may be tainted so: the pods are removed without being asked."""
        if facts.hostname is not None and facts.node_unknown is None:
            await self.nodes.take_out_of_service(facts.hostname)
        return facts.node_unknown or ""


@dataclass(frozen=True, slots=True)
class ReleasePodsIfHeard(Patient):
    """The same, but a cluster that does not answer keeps no server waiting: `ReleasePods` comes again at the end."""

    nodes: Nodes
    name = "ReleasePodsIfHeard"
    deadline = CLUSTER_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """It is so, or nobody can say."""
        return facts.node_unknown is not None or ReleasePods(self.nodes).done(facts)

    async def run(self, facts: HostFacts) -> str:
        """Taint it."""
        return await ReleasePods(self.nodes).run(facts)


@dataclass(frozen=True, slots=True)
class ReturnNode(Patient):
    """Takes the out-of-service taint off a host that is back."""

    nodes: Nodes
    name = "ReturnNode"
    deadline = CLUSTER_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """It has none, or there is no such node."""
        return facts.node_unknown is None and (facts.node is None or not facts.node.out_of_service)

    async def run(self, facts: HostFacts) -> str:
        """Remove it."""
        if facts.hostname is not None:
            await self.nodes.bring_back(facts.hostname)
        return ""
