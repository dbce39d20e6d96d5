"""Both witnesses as a process sees them, on a clock that only moves when it is told to."""

from datetime import timedelta

import pytest

from sturnus.inventory.sightings import AGREEING, Sightings
from sturnus.inventory.witnesses import Heartbeat, Lease
from sturnus.kubernetes.lease import LeaseGone, NodeLease
from tests.builders import NOW, HandClock, nothing_seen


def lease(renewals: int, node: str = "compute-0") -> NodeLease:
    return NodeLease(node, NOW + timedelta(seconds=renewals), duration=8)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sightings(clock: HandClock) -> Sightings:
    return nothing_seen(clock)


def pass_by(sightings: Sightings, clock: HandClock, seconds: float) -> None:
    """Time during which this process listens."""
    for _ in range(round(seconds)):
        clock.pass_by(1)
        sightings.hearing.listened()


def heartbeat(sightings: Sightings) -> Heartbeat:
    return sightings.evidence("uuid", "compute-0").heartbeat


def lease_says(sightings: Sightings) -> Lease:
    return sightings.evidence("uuid", "compute-0").lease


def test_a_host_is_silent_when_it_was_not_heard_for_as_long_as_is_set(sightings: Sightings, clock: HandClock) -> None:
    sightings.hearing.heard("uuid")
    pass_by(sightings, clock, 5)
    assert heartbeat(sightings) is Heartbeat.HEARD

    pass_by(sightings, clock, 1)

    assert heartbeat(sightings) is Heartbeat.SILENT


def test_a_process_that_just_began_gives_agents_time_to_agree_on_sessions(
    sightings: Sightings, clock: HandClock
) -> None:
    pass_by(sightings, clock, AGREEING + 5)
    assert heartbeat(sightings) is Heartbeat.UNSURE

    pass_by(sightings, clock, 1)

    assert heartbeat(sightings) is Heartbeat.SILENT


def test_time_during_which_nobody_listened_is_held_against_nobody(sightings: Sightings, clock: HandClock) -> None:
    sightings.hearing.heard("uuid")

    clock.pass_by(3600)
    sightings.hearing.listened()

    assert heartbeat(sightings) is Heartbeat.UNSURE
    assert not sightings.is_missing("uuid")
    pass_by(sightings, clock, 6)
    assert heartbeat(sightings) is Heartbeat.SILENT


def test_after_the_network_was_suspected_silence_counts_anew(sightings: Sightings, clock: HandClock) -> None:
    sightings.hearing.heard("uuid")
    pass_by(sightings, clock, 60)

    sightings.trust_again()

    assert heartbeat(sightings) is Heartbeat.UNSURE
    assert sightings.is_missing("uuid")  # it is missing all the same: that is how the network is suspected


def test_a_lease_is_stale_when_it_was_not_renewed_for_as_long_as_it_lasts(
    sightings: Sightings, clock: HandClock
) -> None:
    sightings.leases.take(lease(0))
    clock.pass_by(2)
    sightings.leases.take(lease(2))
    assert lease_says(sightings) is Lease.RENEWED

    clock.pass_by(8)
    assert lease_says(sightings) is Lease.RENEWED
    sightings.leases.take(lease(2))  # seen again, and not renewed
    clock.pass_by(1)

    assert lease_says(sightings) is Lease.STALE


def test_a_lease_that_was_there_when_the_watch_began_says_nothing_yet(sightings: Sightings, clock: HandClock) -> None:
    sightings.leases.take(lease(0))
    assert lease_says(sightings) is Lease.UNSURE

    clock.pass_by(9)

    assert lease_says(sightings) is Lease.STALE


def test_a_cluster_that_is_not_watched_is_no_witness(sightings: Sightings, clock: HandClock) -> None:
    assert lease_says(sightings) is Lease.UNSURE
    sightings.leases.take(lease(0))
    sightings.leases.take(lease(2))

    sightings.leases.broken("Kubernetes does not answer")

    assert lease_says(sightings) is Lease.UNSURE
    assert sightings.evidence("uuid", "compute-0").cluster_waits_for == "Kubernetes does not answer"


def test_after_a_gap_in_the_watch_every_lease_gets_its_whole_time(sightings: Sightings, clock: HandClock) -> None:
    sightings.leases.take(lease(0))
    sightings.leases.take(lease(2))
    sightings.leases.broken("away")
    clock.pass_by(60)

    sightings.leases.take(lease(2))

    assert lease_says(sightings) is Lease.UNSURE
    clock.pass_by(9)
    assert lease_says(sightings) is Lease.STALE


def test_a_host_without_a_node_has_no_second_witness(sightings: Sightings) -> None:
    sightings.leases.take(lease(0, node="compute-1"))
    assert lease_says(sightings) is Lease.ABSENT

    sightings.leases.take(lease(0))
    sightings.leases.take(LeaseGone("compute-0"))

    assert lease_says(sightings) is Lease.ABSENT
    assert sightings.evidence("uuid", None).lease is Lease.ABSENT


def test_a_look_at_one_lease_does_not_make_a_witness_of_a_cluster_that_is_not_watched(sightings: Sightings) -> None:
    sightings.leases.take(lease(0))
    sightings.leases.broken("away")

    sightings.leases.note(lease(2))

    assert lease_says(sightings) is Lease.UNSURE
