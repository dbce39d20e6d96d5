from datetime import timedelta

import pytest

from sturnus.core.states import Administrative, Availability, Operational
from sturnus.inventory import lifecycle
from sturnus.inventory.silence import is_silent, listening_since
from tests.builders import NOW, a_host, in_service

SILENCE = timedelta(seconds=15)


@pytest.mark.parametrize(
    ("last_seen", "since", "expected"),
    [(3, 100, False), (15, 100, False), (15.1, 100, True), (3600, 10, False), (3600, 16, True)],
    ids=["heard", "at the limit", "silent", "we listen for too short a time", "silent since we listen"],
)
def test_silence_counts_only_while_somebody_listens(last_seen: float, since: float, *, expected: bool) -> None:
    heard, listened = NOW - timedelta(seconds=last_seen), NOW - timedelta(seconds=since)

    assert is_silent(heard, listened, NOW, SILENCE) is expected


def test_a_gap_between_two_looks_begins_the_listening_anew() -> None:
    since = NOW - timedelta(seconds=100)

    assert listening_since(since, NOW - timedelta(seconds=1), NOW) == since
    assert listening_since(since, NOW - timedelta(seconds=5), NOW) == NOW


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (a_host(), Availability.OFFLINE),
        (in_service(), Availability.OFFLINE),
        (in_service(availability=Availability.DEGRADED), Availability.OFFLINE),
        (a_host(availability=Availability.FAILED), Availability.OFFLINE),
        (a_host(availability=Availability.POWER_OFF), Availability.POWER_OFF),
    ],
    ids=["locked", "unlocked", "degraded", "failed, then locked", "known to be off"],
)
def test_a_silent_host_is_offline_never_enabled_and_on_one_witness_not_failed(
    host: lifecycle.Host, expected: Availability
) -> None:
    states = lifecycle.after_silence(host)

    assert states.availability is expected
    assert states.administrative is host.administrative
    assert states.operational is Operational.DISABLED


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (a_host(availability=Availability.OFFLINE), Availability.ONLINE),
        (in_service(availability=Availability.FAILED, operational=Operational.DISABLED), Availability.AVAILABLE),
        (in_service(availability=Availability.DEGRADED), Availability.DEGRADED),
        (a_host(availability=Availability.POWER_OFF), Availability.ONLINE),
    ],
    ids=["offline", "failed", "degraded stays", "on again"],
)
def test_a_host_that_is_heard_again_is_back(host: lifecycle.Host, expected: Availability) -> None:
    states = lifecycle.after_sign_of_life(host)

    assert states.availability is expected
    assert (states.operational is Operational.ENABLED) is (host.administrative is Administrative.UNLOCKED)
