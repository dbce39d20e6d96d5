"""What is known of a namespace's workloads at one moment, as a value: objects as Kubernetes writes them in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]


class Watched(StrEnum):
    """The kinds that readiness and its reasons are read from."""

    DEPLOYMENT = "Deployment"
    """Awaited."""
    STATEFUL_SET = "StatefulSet"
    """Awaited."""
    DAEMON_SET = "DaemonSet"
    """Awaited."""
    JOB = "Job"
    """Awaited, unless a CronJob made it."""
    POD = "Pod"
    """Awaited if it stands alone; else it explains its owner."""
    CLAIM = "PersistentVolumeClaim"
    """Explains a pod that is not scheduled."""
    SERVICE = "Service"
    """Says which pods an init container waits for."""
    EVENT = "Event"
    """Warnings only: the words of the kubelet, the scheduler and the controllers."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A namespace as it was when somebody looked. Nobody changes what is in it."""

    namespace: str
    objects: Mapping[Watched, Mapping[str, Json]] = field(default_factory=dict)  # by name
    nodes: Mapping[str, Json] = field(default_factory=dict)  # of the whole cluster, by name
    version: int = 0  # grows with each change
    blind: str | None = None  # why the picture may be old: what Kubernetes does not answer; None: it is current

    def of(self, kind: Watched) -> Mapping[str, Json]:
        """All objects of a kind, by name."""
        return self.objects.get(kind, {})
