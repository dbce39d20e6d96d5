"""Which revision an earlier operation left, among those that Helm keeps."""

from __future__ import annotations

import pytest

from sturnus.applications.engine.rolling_back import revision_left
from sturnus.applications.engine.rows import DIGEST
from sturnus.applications.plan.wanted import DIGEST_LABEL
from sturnus.core.application_states import ReleasePhase
from sturnus.core.errors import Invalid
from sturnus.helm.records import Revision, Status
from sturnus.store.application_models import OperationReleaseRow


def left(revision: int, digest: str | None) -> OperationReleaseRow:
    details = {} if digest is None else {DIGEST: digest}
    return OperationReleaseRow(
        release="db", namespace="openstack", phase=ReleasePhase.READY, revision_after=revision, details=details
    )


def kept(number: int, digest: str) -> Revision:
    return Revision("openstack", "db", number, Status.DEPLOYED, {DIGEST_LABEL: digest}, None)


@pytest.mark.parametrize("digest", ["a", None])  # None: an operation of before digests were kept
def test_the_revision_of_this_number_is_what_was_left(digest: str | None) -> None:
    assert revision_left(left(1, digest), (kept(1, "a"), kept(2, "b"))) == kept(1, "a")


def test_a_release_that_went_and_came_again_counts_from_one_and_is_another() -> None:
    with pytest.raises(Invalid) as refused:
        revision_left(left(1, "a"), (kept(1, "b"),))

    assert refused.value.message == (
        "Revision 1 of db cannot come back: the release was removed since, and revision 1 is another one now."
    )


def test_a_revision_that_helm_forgot_is_named_with_those_that_it_keeps() -> None:
    with pytest.raises(Invalid) as refused:
        revision_left(left(1, "a"), (kept(2, "b"), kept(3, "c")))

    assert refused.value.message == "Revision 1 of db cannot come back: Helm keeps 2, 3."
