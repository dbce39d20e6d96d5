"""What is known of a node's lease, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NodeLease:
    """A node's lease as it was when somebody looked: its kubelet renews it about four times within its duration."""

    node: str
    renewed: datetime | None  # by the node's own clock: to compare with itself, and with nothing else
    duration: float  # seconds


@dataclass(frozen=True, slots=True)
class LeaseGone:
    """A node has no lease any more: it was deleted."""

    node: str
