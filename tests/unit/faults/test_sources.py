"""From how things are to the alarms that should be active."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sturnus.core.application_states import ApplicationStatus
from sturnus.core.states import Administrative, Availability, Fencing, HostAction, Verdict
from sturnus.faults import sources
from sturnus.faults.alarm import alarm
from sturnus.faults.catalogue import AlarmId
from sturnus.faults.sources import ApplicationFacts, HostFacts, LagFacts, PlatformFacts

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def host(**changes: Any) -> HostFacts:
    """One that is in service, with nothing wrong."""
    values: dict[str, Any] = {
        "name": "compute-0",
        "administrative": Administrative.UNLOCKED,
        "availability": Availability.AVAILABLE,
        "action": None,
        "verdict": None,
        "verdict_reason": None,
        "fencing": None,
        "fencing_reason": None,
        "config_target": "a",
        "config_applied": "a",
        "config_failure": None,
    }
    return HostFacts(**values | changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {"administrative": Administrative.LOCKED, "availability": Availability.OFFLINE},
            [("200.001", "host=compute-0", "compute-0 is locked.")],
        ),
        (
            {"availability": Availability.FAILED, "verdict": Verdict.FAILED, "verdict_reason": "both witnesses"},
            [("200.004", "host=compute-0", "compute-0 should be in service and is not: both witnesses.")],
        ),
        (
            {"availability": Availability.FAILED, "fencing": Fencing.IMPOSSIBLE, "fencing_reason": "no bm_ip"},
            [
                ("200.004", "host=compute-0", "compute-0 should be in service and is not."),
                ("200.010", "host=compute-0", "compute-0 failed and cannot be switched off: no bm_ip."),
            ],
        ),
        (
            {"availability": Availability.OFFLINE, "verdict": Verdict.OFFLINE, "verdict_reason": "not heard for 6 s"},
            [("200.005", "host=compute-0", "compute-0 is unlocked and is not heard: not heard for 6 s.")],
        ),
        ({"availability": Availability.POWER_OFF, "action": HostAction.POWER_OFF}, []),
        (
            {"availability": Availability.POWER_OFF},
            [("200.005", "host=compute-0", "compute-0 is unlocked and is switched off.")],
        ),
        (
            {"availability": Availability.DEGRADED, "verdict": Verdict.SUSPECT, "verdict_reason": "its lease is stale"},
            [("200.006", "host=compute-0.process=kubelet", "compute-0 is degraded: its lease is stale.")],
        ),
        (
            {"config_applied": None},
            [("250.001", "host=compute-0", "The configuration of compute-0 is out of date.")],
        ),
        (
            {"config_target": "b", "config_failure": "File[/x]: full"},
            [("200.011", "host=compute-0", "The configuration of compute-0 could not be applied: File[/x]: full")],
        ),
        ({"config_target": None, "config_failure": "old"}, []),
    ],
)
def test_alarms_of_a_host(changes: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert [(each.id, each.entity, each.reason) for each in sources.of_host(host(**changes))] == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (ApplicationStatus.APPLIED, []),
        (ApplicationStatus.UPLOAD_FAILED, [("750.001", "openstack could not be uploaded: no chart x.")]),
        (ApplicationStatus.APPLY_FAILED, [("750.002", "openstack could not be applied: no chart x.")]),
        (ApplicationStatus.REMOVE_FAILED, [("750.003", "openstack could not be removed: no chart x.")]),
    ],
)
def test_alarms_of_an_application(status: ApplicationStatus, expected: list[tuple[str, str]]) -> None:
    found = sources.of_application(ApplicationFacts("openstack", status, "no chart x"))

    assert [(each.id, each.reason) for each in found] == expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (None, []),
        (timedelta(days=31), []),
        (timedelta(days=29), [("500.200", "The certificate of the platform's API ends on 2026-12-27 12:00 UTC.")]),
        (timedelta(0), [("500.210", "The certificate of the platform's API ended on 2026-11-28 12:00 UTC.")]),
    ],
)
def test_alarms_of_the_certificate(ends: timedelta | None, expected: list[tuple[str, str]]) -> None:
    found = sources.of_certificate("controller-0", None if ends is None else NOW + ends, NOW)

    assert [(each.id, each.reason) for each in found] == expected


def test_notices_that_wait_for_somebody_are_an_alarm_for_each_topic() -> None:
    lags = [LagFacts("vim", NOW - timedelta(seconds=61)), LagFacts("node", NOW - timedelta(seconds=59))]

    assert list(sources.of_notices(lags, NOW)) == [
        alarm(AlarmId.NOTICES_LATE, "outbox=vim", "Notices for vim have not arrived for more than 60 s."),
    ]


def test_all_that_is_wrong_is_found_at_once() -> None:
    facts = PlatformFacts(
        now=NOW,
        system="lab",
        controller="controller-0",
        hosts=[host(administrative=Administrative.LOCKED), host(name="compute-1")],
        applications=[ApplicationFacts("openstack", ApplicationStatus.APPLY_FAILED, None)],
        lags=[LagFacts("vim", NOW - timedelta(hours=1))],
        certificate_ends=NOW - timedelta(days=1),
        network_suspected=True,
    )

    assert [each.key for each in sources.alarms(facts)] == [
        ("200.001", "host=compute-0"),
        ("750.002", "k8s_application=openstack"),
        ("600.002", "outbox=vim"),
        ("500.210", "system.certificate.mode=ssl.host=controller-0"),
        ("600.001", "system=lab"),
    ]


def test_an_old_configuration_is_an_alarm_only_when_it_stays_old() -> None:
    old, locked = (alarm(number, "host=x", "r") for number in (AlarmId.CONFIGURATION_OLD, AlarmId.HOST_LOCKED))

    first, since = sources.lasting([old, locked], {}, 100.0)
    early, since = sources.lasting([old, locked], since, 159.0)
    late, since = sources.lasting([old, locked], since, 160.0)
    _, since = sources.lasting([locked], since, 161.0)
    again, _ = sources.lasting([old, locked], since, 162.0)

    assert [first, early, late, again] == [[locked], [locked], [old, locked], [locked]]
