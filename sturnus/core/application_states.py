"""The closed sets of words that applications and their operations are described in (reference/inventory.md §3.3)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ApplicationForm(StrEnum):
    """Which generation of tarball an application came in."""

    ARMADA = "armada"
    """One manifest of Armada's documents, as in 2019."""
    FLUXCD = "fluxcd"
    """A directory of HelmReleases, as today."""


class ApplicationStatus(StrEnum):
    """What old clients see of an application."""

    UPLOADING = "uploading"
    """The tarball is being read."""
    UPLOADED = "uploaded"
    """Known, and not in the cluster."""
    UPLOAD_FAILED = "upload-failed"
    """The tarball cannot be used; the reason says why."""
    APPLYING = "applying"
    """Releases are being installed or upgraded."""
    APPLIED = "applied"
    """In the cluster, as wanted."""
    APPLY_FAILED = "apply-failed"
    """The last installation ended early; another one goes on from there."""
    REMOVING = "removing"
    """Releases are being taken out of the cluster."""
    REMOVE_FAILED = "remove-failed"
    """The last removal ended early; another one goes on from there, and an installation takes it back."""
    UPDATING = "updating"
    """This version replaces an older one."""
    RECOVERING = "recovering"
    """An update failed, and the older version comes back."""
    INACTIVE = "inactive"
    """Another version of the same application took over."""


class OperationKind(StrEnum):
    """What is done with an application."""

    UPLOAD = "upload"
    """Read a tarball."""
    APPLY = "apply"
    """Make the cluster as the application wants it."""
    UPDATE = "update"
    """Apply another version."""
    ROLLBACK = "rollback"
    """Bring back the releases as an earlier operation left them."""
    REMOVE = "remove"
    """Take all releases out of the cluster."""
    RECOVER = "recover"
    """Bring back the older version after an update that failed."""


class OperationState(StrEnum):
    """How far an operation has come."""

    QUEUED = "queued"
    """Nobody has taken it up yet."""
    RUNNING = "running"
    """Somebody works on it, or did until his lease ran out: then another goes on."""
    SUCCEEDED = "succeeded"
    """All is as it should be."""
    FAILED = "failed"
    """It ended early; the reason says why."""
    ABORTED = "aborted"
    """An operator ended it."""


UNFINISHED: Final = frozenset({OperationState.QUEUED, OperationState.RUNNING})
"""An application has one operation in these states at most."""


class ReleasePhase(StrEnum):
    """What an operation is doing with one release."""

    PENDING = "pending"
    """Its turn has not come: the reason names the releases before it."""
    RENDERING = "rendering"
    """Values are merged, and templates rendered."""
    MIRRORING = "mirroring"
    """Its images are being copied into the local registry."""
    PREPARING = "preparing"
    """Jobs that cannot be changed are deleted, what is stuck is repaired."""
    HELM = "helm"
    """Helm works on it: objects, and hooks one after the other."""
    WAITING = "waiting"
    """Objects are there; workloads are not ready yet."""
    READY = "ready"
    """All it should run, runs."""
    UNCHANGED = "unchanged"
    """It was so before, and was looked at."""
    REMOVING = "removing"
    """It is being taken out of the cluster."""
    REMOVED = "removed"
    """It is not in the cluster any more."""
    FAILED = "failed"
    """It ended early; the reason says why."""
    ABORTED = "aborted"
    """The operation was ended before it was ready."""
