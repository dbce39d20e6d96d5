"""States of applications and of operations on them, and what may be asked when (reference/inventory.md §3.3).

An application's state is not kept by hand: it follows from its latest operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from sturnus.applications.plan.placing import Obstacle
from sturnus.core.application_states import UNFINISHED, OperationKind, OperationState
from sturnus.core.application_states import ApplicationStatus as Status
from sturnus.core.errors import Conflict, Invalid, NotFound, SturnusError

_UNDER_WAY: Final[Mapping[OperationKind, Status]] = {
    OperationKind.UPLOAD: Status.UPLOADING,
    OperationKind.APPLY: Status.APPLYING,
    OperationKind.UPDATE: Status.UPDATING,
    OperationKind.ROLLBACK: Status.RECOVERING,
    OperationKind.REMOVE: Status.REMOVING,
    OperationKind.RECOVER: Status.RECOVERING,
}
_DONE: Final[Mapping[OperationKind, Status]] = {
    OperationKind.UPLOAD: Status.UPLOADED,
    OperationKind.APPLY: Status.APPLIED,
    OperationKind.UPDATE: Status.APPLIED,
    OperationKind.ROLLBACK: Status.APPLIED,
    OperationKind.REMOVE: Status.UPLOADED,
    OperationKind.RECOVER: Status.APPLIED,
}
_NOT_DONE: Final[Mapping[OperationKind, Status]] = {
    OperationKind.UPLOAD: Status.UPLOAD_FAILED,
    OperationKind.APPLY: Status.APPLY_FAILED,
    OperationKind.UPDATE: Status.APPLY_FAILED,
    OperationKind.ROLLBACK: Status.APPLY_FAILED,
    OperationKind.REMOVE: Status.REMOVE_FAILED,
    OperationKind.RECOVER: Status.APPLY_FAILED,
}


def status_after(kind: OperationKind, state: OperationState) -> Status:
    """The state of an application whose latest operation is this."""
    if state in UNFINISHED:
        return _UNDER_WAY[kind]
    return _DONE[kind] if state is OperationState.SUCCEEDED else _NOT_DONE[kind]


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
    # A removal that failed is taken back so: it may have been stopped because somebody still needs the application.
    Request.APPLY: frozenset({Status.UPLOADED, Status.APPLY_FAILED, Status.APPLIED, Status.REMOVE_FAILED}),
    Request.PLAN: frozenset({Status.UPLOADED, Status.APPLY_FAILED, Status.APPLIED, Status.REMOVE_FAILED}),
    # What failed is mended by a better version, too; upstream asks for `applied`.
    Request.UPDATE: frozenset({Status.APPLIED, Status.APPLY_FAILED, Status.REMOVE_FAILED}),
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


def would_be_missed(name: str, found: Sequence[Obstacle]) -> Invalid:
    """Somebody would miss the application, or what runs in it."""
    missed = [f"{each.subject}: {each.problem}" for each in found]
    return Invalid(
        f"Application-remove rejected: {'; '.join(missed)}.",
        expected=f"nothing that would be lost with {name}",
        remedy="; ".join(each.remedy for each in found),
        details=tuple(missed),
    )


def exists(name: str) -> Invalid:
    """An application of this name was uploaded before."""
    return Invalid(
        f"Application-upload rejected: application {name} already exists.",
        expected="a name that no application has",
        remedy=f"system application-update TARFILE for another version, or system application-delete {name} first",
    )
