"""Why something is not ready: a closed set of causes, each said in one sentence about one object."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """What keeps an object from being ready. The order is that of telling: the first needs a hand most."""

    IMAGE = "image"
    """An image cannot be pulled."""
    CONFIGURATION = "configuration"
    """A container cannot be made: a Secret, a ConfigMap or one of their keys is missing, or its command is."""
    MEMORY = "memory"
    """A container is killed because it uses more memory than it may."""
    CRASH = "crash"
    """A container ends with an error, again and again."""
    FAILED = "failed"
    """A Job or a pod has failed and is not tried again."""
    REFUSED = "refused"
    """Pods cannot be made: a quota, a policy or a webhook refuses them."""
    UNSCHEDULABLE = "unschedulable"
    """No host takes the pod: labels, taints, room."""
    VOLUME = "volume"
    """A volume is not there, or cannot be mounted."""
    SANDBOX = "sandbox"
    """The host cannot set the pod up: its network, its runtime."""
    HOST = "host"
    """The host that it runs on does not answer."""
    PROBE = "probe"
    """The container runs, and says that it is not ready or not alive."""
    MISSING = "missing"
    """The object itself does not exist."""
    DEPENDENCY = "dependency"
    """Its init container waits for something else."""
    STARTING = "starting"
    """Nothing is wrong: it takes its time."""


SEVERITY = {cause: number for number, cause in enumerate(Cause)}


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause at one object. `text` continues `subject` to a sentence."""

    cause: Cause
    subject: str  # "pod keystone-api-6f9c-x2x on controller-0"
    text: str  # "waits for job keystone-db-sync, which does not exist"

    @property
    def sentence(self) -> str:
        """As people read it, without a full stop."""
        return f"{self.subject} {self.text}"
