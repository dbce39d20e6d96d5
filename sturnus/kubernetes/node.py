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
