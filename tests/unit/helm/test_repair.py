"""What a dead process left, and which status makes Helm go on."""

from datetime import UTC, datetime, timedelta

import pytest

from sturnus.helm.records import Revision, Status
from sturnus.helm.repair import PATIENCE, Author, Intent, Repair, Repairs, SomebodyElse, repairs

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def revision(number: int, status: Status, *, age: timedelta | None = timedelta(seconds=5)) -> Revision:
    return Revision("openstack", "keystone", number, status, {}, None if age is None else NOW - age)


@pytest.mark.parametrize(
    ("statuses", "intent", "becomes"),
    [
        ([], Intent.KEEP, {}),
        ([Status.DEPLOYED], Intent.KEEP, {}),
        ([Status.SUPERSEDED, Status.DEPLOYED], Intent.REMOVE, {}),
        ([Status.FAILED], Intent.KEEP, {}),
        ([Status.PENDING_INSTALL], Intent.KEEP, {1: Status.FAILED}),
        ([Status.PENDING_INSTALL], Intent.REMOVE, {1: Status.FAILED}),
        ([Status.DEPLOYED, Status.PENDING_UPGRADE], Intent.KEEP, {2: Status.FAILED}),
        ([Status.SUPERSEDED, Status.DEPLOYED, Status.PENDING_ROLLBACK], Intent.KEEP, {3: Status.FAILED}),
        # The old revision was superseded, and the new one not yet deployed.
        ([Status.SUPERSEDED, Status.PENDING_UPGRADE], Intent.KEEP, {2: Status.FAILED}),
        ([Status.PENDING_UPGRADE, Status.PENDING_UPGRADE], Intent.KEEP, {1: Status.FAILED, 2: Status.FAILED}),
        ([Status.UNINSTALLING], Intent.KEEP, {1: Status.FAILED}),
        ([Status.UNINSTALLING], Intent.REMOVE, {}),
        ([Status.UNINSTALLED], Intent.KEEP, {}),
        ([Status.UNKNOWN], Intent.KEEP, {1: Status.FAILED}),
    ],
)
def test_what_we_left_in_the_middle_is_mended_at_once(
    statuses: list[Status], intent: Intent, becomes: dict[int, Status]
) -> None:
    all_revisions = [revision(number, status) for number, status in enumerate(statuses, start=1)]

    found = repairs(all_revisions, intent, Author.OURS, now=NOW)

    assert found == Repairs(tuple(Repair(all_revisions[number - 1], status) for number, status in becomes.items()))


def test_what_somebody_else_has_just_begun_is_left_alone_and_named() -> None:
    theirs = revision(2, Status.PENDING_UPGRADE, age=timedelta(minutes=1))

    found = repairs([revision(1, Status.DEPLOYED), theirs], Intent.KEEP, Author.UNKNOWN, now=NOW)

    assert found == SomebodyElse(
        theirs,
        NOW - timedelta(minutes=1) + PATIENCE,
        "revision 2 is pending-upgrade: another helm, not started here, seems to be at work",
    )


def test_what_somebody_else_left_long_ago_is_mended() -> None:
    theirs = revision(1, Status.PENDING_INSTALL, age=PATIENCE)

    assert repairs([theirs], Intent.KEEP, Author.UNKNOWN, now=NOW) == Repairs((Repair(theirs, Status.FAILED),))


def test_a_record_without_a_time_is_taken_for_a_new_one() -> None:
    theirs = revision(1, Status.PENDING_INSTALL, age=None)

    assert isinstance(repairs([theirs], Intent.KEEP, Author.UNKNOWN, now=NOW), SomebodyElse)
