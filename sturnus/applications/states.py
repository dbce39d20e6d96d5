"""States of applications and of operations on them, and what may be asked when (reference/inventory.md §3.3).

An application's state is not kept by hand: it follows from its latest operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sturnus.core.errors import Conflict, Invalid, NotFound, SturnusError


class Status(StrEnum):
    """What old and new clients read in the column `status`."""

    UPLOADING = "uploading"
    """Its tarball is read and checked."""
    UPLOADED = "uploaded"
    """It is known, and nothing of it is in the cluster."""
    UPLOAD_FAILED = "upload-failed"
    """Its tarball is no good."""
    APPLYING = "applying"
    """It is being installed, or brought to what is wanted now."""
    APPLIED = "applied"
    """It runs, as wanted."""
    APPLY_FAILED = "apply-failed"
    """Something of it did not come up; installing again goes on from there."""
    UPDATING = "updating"
    """Another version of it is being installed."""
    RECOVERING = "recovering"
    """An earlier state of it is being brought back."""
    REMOVING = "removing"
    """It is being taken out of the cluster."""
    REMOVE_FAILED = "remove-failed"
    """Something of it is still in the cluster; removing again goes on from there."""
    INACTIVE = "inactive"
    """An older version, kept to go back to."""


class Kind(StrEnum):
    """What an operation does."""

    UPLOAD = "upload"
    """Read and check a tarball."""
    APPLY = "apply"
    """Make the cluster have what the application wants."""
    UPDATE = "update"
    """The same, with another version; releases that only the old one had are removed."""
    ROLLBACK = "rollback"
    """Bring all releases back to what they were after an earlier operation."""
    REMOVE = "remove"
    """Take all releases out of the cluster, in reverse order."""


class OperationState(StrEnum):
    """How far an operation has come."""

    QUEUED = "queued"
    """Nobody has taken it yet."""
    RUNNING = "running"
    """It is carried out, or its process died and the next one takes it."""
    COMPLETED = "completed"
    """Everything is as it was asked for."""
    FAILED = "failed"
    """Something did not come up; the rest was done."""
    ABORTED = "aborted"
    """The operator stopped it."""


OPEN: Final = frozenset({OperationState.QUEUED, OperationState.RUNNING})

_UNDER_WAY: Final[Mapping[Kind, Status]] = {
    Kind.UPLOAD: Status.UPLOADING,
    Kind.APPLY: Status.APPLYING,
    Kind.UPDATE: Status.UPDATING,
    Kind.ROLLBACK: Status.RECOVERING,
    Kind.REMOVE: Status.REMOVING,
}
_DONE: Final[Mapping[Kind, Status]] = {
    Kind.UPLOAD: Status.UPLOADED,
    Kind.APPLY: Status.APPLIED,
    Kind.UPDATE: Status.APPLIED,
    Kind.ROLLBACK: Status.APPLIED,
    Kind.REMOVE: Status.UPLOADED,
}
_NOT_DONE: Final[Mapping[Kind, Status]] = {
    Kind.UPLOAD: Status.UPLOAD_FAILED,
    Kind.APPLY: Status.APPLY_FAILED,
    Kind.UPDATE: Status.APPLY_FAILED,
    Kind.ROLLBACK: Status.APPLY_FAILED,
    Kind.REMOVE: Status.REMOVE_FAILED,
}


def status_after(kind: Kind, state: OperationState) -> Status:
    """The state of an application whose latest operation is this."""
    if state in OPEN:
        return _UNDER_WAY[kind]
    return _DONE[kind] if state is OperationState.COMPLETED else _NOT_DONE[kind]


class Request(StrEnum):
    """What may be asked of an application, as the messages of refusals spell it."""

    APPLY = "apply"
    UPDATE = "update"
    ROLLBACK = "rollback"
    REMOVE = "remove"
    ABORT = "abort"
    DELETE = "delete"
    PLAN = "plan"


ALLOWED: Final[Mapping[Request, frozenset[Status]]] = {
    Request.APPLY: frozenset({Status.UPLOADED, Status.APPLY_FAILED, Status.APPLIED}),
    Request.PLAN: frozenset({Status.UPLOADED, Status.APPLY_FAILED, Status.APPLIED}),
    # A failed update is mended by a better version, too; upstream asks for `applied`.
    Request.UPDATE: frozenset({Status.APPLIED, Status.APPLY_FAILED}),
    Request.ROLLBACK: frozenset({Status.APPLIED, Status.APPLY_FAILED}),
    Request.REMOVE: frozenset({Status.APPLIED, Status.APPLY_FAILED, Status.REMOVE_FAILED}),
    Request.ABORT: frozenset({Status.APPLYING, Status.UPDATING, Status.REMOVING, Status.RECOVERING}),
    Request.DELETE: frozenset({Status.UPLOADED, Status.UPLOAD_FAILED}),
}
"""From which states each request is taken."""

_WAY_THERE: Final[Mapping[Request, str]] = {
    Request.APPLY: "system application-show {name}; wait until it is done, or system application-abort {name}",
    Request.PLAN: "system application-show {name}; wait until it is done",
    Request.UPDATE: "system application-apply {name} first",
    Request.ROLLBACK: "system application-history {name}",
    Request.REMOVE: "system application-show {name}",
    Request.ABORT: "system application-show {name}: nothing is under way that could be stopped",
    Request.DELETE: "system application-remove {name}, then delete it",
}


def refusal(request: Request, name: str, status: Status) -> SturnusError | None:
    """Why a request is not taken in this state, in the words that old clients know; None: it is taken."""
    if status in ALLOWED[request]:
        return None
    allowed = ", ".join(sorted(status.value for status in ALLOWED[request]))
    way = _WAY_THERE[request].format(name=name)
    if request is Request.APPLY and status is Status.APPLYING:
        return Conflict(
            f"Application-{request} rejected: {name} is being applied already.", expected=allowed, remedy=way
        )
    return Invalid(
        f"Application-{request} rejected: operation is not allowed while the current status is {status}.",
        expected=f"an application that is {allowed}",
        remedy=way,
    )


def not_found(request: Request, name: str) -> NotFound:
    """There is no such application to do this with."""
    return NotFound(
        f"Application-{request} rejected: application not found.",
        expected=f"an application that was uploaded, and not {name[:80]!r}",
        remedy="system application-list",
    )


def exists(name: str) -> Invalid:
    """An application of this name was uploaded before."""
    return Invalid(
        f"Application-upload rejected: application {name} already exists.",
        expected="a name that no application has",
        remedy=f"system application-update TARFILE for another version, or system application-delete {name} first",
    )
