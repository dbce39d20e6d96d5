"""What is known of a Kubernetes node, and a change of it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it was when somebody looked."""

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NodeChange:
    """What to set and what to remove (None), in one patch: all or nothing."""

    labels: Mapping[str, str | None]
    annotations: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Occupant:
    """A pod that has to leave a node before it is closed."""

    namespace: str
    name: str
    terminating: bool

    @property
    def title(self) -> str:
        """What to call it."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class OccupiedNode:
    """A node as it is now, with what keeps it from being closed."""

    ready: bool
    not_ready_because: str | None  # the kubelet's own words
    effects: frozenset[str]  # of our own taint
    pods: tuple[Occupant, ...]  # that have to leave: not those of DaemonSets, nor static ones, nor finished ones
    shut_out: tuple[Occupant, ...] = ()  # that do not tolerate our taint: those of DaemonSets, too
    out_of_service: bool = False  # has the taint by which Kubernetes lets go of what ran on a dead node
