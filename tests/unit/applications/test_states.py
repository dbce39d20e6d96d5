"""States of applications: which follow from which operation, and what may be asked in each."""

from __future__ import annotations

import pytest

from sturnus.applications.states import ALLOWED, Request, refusal, status_after
from sturnus.core.application_states import ApplicationStatus as Status
from sturnus.core.application_states import OperationKind as Kind
from sturnus.core.application_states import OperationState


@pytest.mark.parametrize(
    ("kind", "state", "status"),
    [
        (Kind.UPLOAD, OperationState.QUEUED, Status.UPLOADING),
        (Kind.UPLOAD, OperationState.SUCCEEDED, Status.UPLOADED),
        (Kind.UPLOAD, OperationState.FAILED, Status.UPLOAD_FAILED),
        (Kind.APPLY, OperationState.RUNNING, Status.APPLYING),
        (Kind.APPLY, OperationState.SUCCEEDED, Status.APPLIED),
        (Kind.APPLY, OperationState.ABORTED, Status.APPLY_FAILED),
        (Kind.UPDATE, OperationState.RUNNING, Status.UPDATING),
        (Kind.ROLLBACK, OperationState.RUNNING, Status.RECOVERING),
        (Kind.ROLLBACK, OperationState.SUCCEEDED, Status.APPLIED),
        (Kind.REMOVE, OperationState.RUNNING, Status.REMOVING),
        (Kind.REMOVE, OperationState.SUCCEEDED, Status.UPLOADED),
        (Kind.REMOVE, OperationState.ABORTED, Status.REMOVE_FAILED),
    ],
)
def test_the_state_of_an_application_follows_from_its_latest_operation(
    kind: Kind, state: OperationState, status: Status
) -> None:
    assert status_after(kind, state) is status


@pytest.mark.parametrize("request_", list(Request))
@pytest.mark.parametrize("status", list(Status))
def test_a_request_is_taken_in_its_states_and_in_no_other(request_: Request, status: Status) -> None:
    assert (refusal(request_, "stx-openstack", status) is None) == (status in ALLOWED[request_])


@pytest.mark.parametrize("request_", [Request.APPLY, Request.PLAN, Request.UPDATE, Request.REMOVE])
def test_a_removal_that_failed_can_be_taken_back_as_well_as_repeated(request_: Request) -> None:
    assert refusal(request_, "stx-openstack", Status.REMOVE_FAILED) is None


def test_refusals_read_as_the_public_clients_expect() -> None:
    refused = refusal(Request.DELETE, "stx-openstack", Status.APPLIED)

    assert refused is not None
    assert (
        refused.message == "Application-delete rejected: operation is not allowed while the current status is applied."
    )
    assert refused.remedy == "system application-remove stx-openstack, then delete it"


def test_from_every_state_something_can_be_asked_or_is_under_way() -> None:
    under_way = {status_after(kind, OperationState.RUNNING) for kind in Kind}

    for status in set(Status) - under_way - {Status.INACTIVE}:
        assert any(status in allowed for allowed in ALLOWED.values()), status
