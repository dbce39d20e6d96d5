from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.core.states import Administrative, Fencing, HostAction, Verdict
from sturnus.inventory.witnesses import (
    STOPPING,
    Crowd,
    Evidence,
    FencingFacts,
    Heartbeat,
    HostFacts,
    Lease,
    crowd_of,
    decide,
    fencing_after,
    network_suspected,
)

LOCKED, UNLOCKED = Administrative.LOCKED, Administrative.UNLOCKED
HEARD, SILENT, UNSURE = Heartbeat.HEARD, Heartbeat.SILENT, Heartbeat.UNSURE
SUSPICION = "3 of 4 unlocked hosts are not heard at once"


def told(heartbeat: Heartbeat, lease: Lease) -> Evidence:
    return Evidence(heartbeat, 7.0, lease, 9.0, "the cluster is away" if lease is Lease.UNSURE else None)


def facts(heartbeat: Heartbeat, lease: Lease, **changes: Any) -> HostFacts:
    values: dict[str, Any] = {
        "administrative": UNLOCKED, "was_enabled": True, "before": Verdict.PRESENT, "is_off": False, "action": None,
        "evidence": told(heartbeat, lease),
    }  # fmt: skip
    return HostFacts(**values | changes)


@pytest.mark.parametrize(
    ("heartbeat", "lease", "changes", "verdict"),
    [
        (HEARD, Lease.RENEWED, {}, Verdict.PRESENT),
        (HEARD, Lease.ABSENT, {}, Verdict.PRESENT),
        (HEARD, Lease.UNSURE, {}, Verdict.PRESENT),
        (HEARD, Lease.STALE, {}, Verdict.SUSPECT),
        (SILENT, Lease.RENEWED, {}, Verdict.OFFLINE),
        (SILENT, Lease.ABSENT, {}, Verdict.OFFLINE),
        (SILENT, Lease.UNSURE, {}, Verdict.OFFLINE),
        (SILENT, Lease.STALE, {}, Verdict.FAILED),
        (SILENT, Lease.STALE, {"before": Verdict.OFFLINE}, Verdict.FAILED),
        (SILENT, Lease.STALE, {"administrative": LOCKED}, Verdict.OFFLINE),
        (SILENT, Lease.STALE, {"was_enabled": False}, Verdict.OFFLINE),
        (SILENT, Lease.STALE, {"is_off": True}, Verdict.OFFLINE),
        (SILENT, Lease.STALE, {"action": HostAction.LOCK}, Verdict.OFFLINE),
        (SILENT, Lease.STALE, {"action": HostAction.POWER_ON}, Verdict.OFFLINE),
        (SILENT, Lease.STALE, {"action": HostAction.SWACT}, Verdict.FAILED),
        (SILENT, Lease.RENEWED, {"before": Verdict.FAILED}, Verdict.OFFLINE),
        (SILENT, Lease.UNSURE, {"before": Verdict.FAILED}, Verdict.FAILED),
        (SILENT, Lease.ABSENT, {"before": Verdict.FAILED}, Verdict.FAILED),
        (SILENT, Lease.STALE, {"before": Verdict.RETURNING}, Verdict.FAILED),
        (HEARD, Lease.STALE, {"before": Verdict.FAILED}, Verdict.RETURNING),
        (HEARD, Lease.STALE, {"before": Verdict.RETURNING}, Verdict.RETURNING),
        (HEARD, Lease.RENEWED, {"before": Verdict.FAILED}, Verdict.PRESENT),
        (HEARD, Lease.STALE, {"before": Verdict.FAILED, "administrative": LOCKED}, Verdict.SUSPECT),
        (UNSURE, Lease.STALE, {}, Verdict.UNDECIDED),
        (UNSURE, Lease.STALE, {"before": Verdict.FAILED}, Verdict.UNDECIDED),
    ],
)
def test_two_witnesses_together_say(
    heartbeat: Heartbeat, lease: Lease, changes: dict[str, object], verdict: Verdict
) -> None:
    decision = decide(facts(heartbeat, lease, **changes), None)

    assert decision.verdict is verdict
    assert decision.reason


@pytest.mark.parametrize(
    ("lease", "changes", "reason"),
    [
        (Lease.STALE, {}, "its agent is not heard for 7 s, its node's lease is not renewed for 9 s"),
        (Lease.RENEWED, {}, "its agent is not heard for 7 s; its node's lease is renewed, so it has not failed"),
        (Lease.ABSENT, {}, "its agent is not heard for 7 s; it is no node of the cluster, so it has not failed"),
        (Lease.UNSURE, {}, "its agent is not heard for 7 s; the cluster is no witness now (the cluster is away), "
         "so it has not failed"),
        (Lease.STALE, {"administrative": LOCKED}, "its agent is not heard for 7 s; it is locked"),
        (Lease.STALE, {"action": HostAction.REBOOT}, "its agent is not heard for 7 s; reboot is under way"),
    ],
)  # fmt: skip
def test_a_decision_says_why(lease: Lease, changes: dict[str, object], reason: str) -> None:
    assert decide(facts(SILENT, lease, **changes), None).reason == reason


def test_while_the_network_is_suspected_no_host_that_is_missed_changes() -> None:
    for lease in Lease:
        decision = decide(facts(SILENT, lease), SUSPICION)
        assert decision.verdict is Verdict.NETWORK_SUSPECTED
        assert SUSPICION in decision.reason


@given(
    lease=st.sampled_from(Lease),
    heartbeat=st.sampled_from(Heartbeat),
    administrative=st.sampled_from(Administrative),
    was_enabled=st.booleans(),
    before=st.sampled_from(sorted(set(Verdict) - {Verdict.FAILED})),
    is_off=st.booleans(),
    action=st.none() | st.sampled_from(HostAction),
    suspicion=st.none() | st.just(SUSPICION),
)
def test_a_host_fails_only_in_service_on_both_witnesses_and_with_the_network_trusted(
    lease: Lease, heartbeat: Heartbeat, suspicion: str | None, **changes: object
) -> None:
    decision = decide(facts(heartbeat, lease, **changes), suspicion)

    if decision.verdict is Verdict.FAILED:
        assert (heartbeat, lease) == (SILENT, Lease.STALE)
        assert changes["administrative"] is UNLOCKED
        assert changes["was_enabled"]
        assert changes["action"] not in STOPPING
        assert suspicion is None


@pytest.mark.parametrize(
    ("crowd", "suspected"),
    [
        (Crowd(hosts=0, missing=0, leases=0, stale=0), False),
        (Crowd(hosts=1, missing=1, leases=1, stale=1), False),
        (Crowd(hosts=2, missing=1, leases=2, stale=1), False),
        (Crowd(hosts=2, missing=2, leases=2, stale=2), True),
        (Crowd(hosts=3, missing=2, leases=3, stale=0), True),
        (Crowd(hosts=1000, missing=500, leases=1000, stale=500), False),
        (Crowd(hosts=1000, missing=501, leases=1000, stale=0), True),
        (Crowd(hosts=1000, missing=1, leases=1000, stale=501), True),
        (Crowd(hosts=1000, missing=1, leases=0, stale=0), False),
    ],
    ids=["nobody", "one host is no crowd", "half", "both", "two of three", "half of many", "more than half",
         "leases: it is the cluster that does not answer", "no cluster"],
)  # fmt: skip
def test_the_network_is_suspected_when_too_many_are_lost_at_once(crowd: Crowd, *, suspected: bool) -> None:
    assert (network_suspected(crowd, 0.5) is not None) is suspected


def test_a_crowd_counts_leases_that_say_something() -> None:
    hosts = [(True, Lease.STALE), (False, Lease.RENEWED), (True, Lease.UNSURE), (False, Lease.ABSENT)]

    assert crowd_of(hosts) == Crowd(hosts=4, missing=2, leases=2, stale=1)


@pytest.mark.parametrize(
    ("verdict", "lives", "fencing", "lacks", "expected"),
    [
        (Verdict.FAILED, False, Fencing.NOT_WANTED, None, Fencing.WANTED),
        (Verdict.FAILED, False, Fencing.NOT_WANTED, "it has none", Fencing.IMPOSSIBLE),
        (Verdict.FAILED, False, Fencing.WANTED, None, Fencing.WANTED),
        (Verdict.FAILED, False, Fencing.IMPOSSIBLE, None, Fencing.IMPOSSIBLE),
        (Verdict.FAILED, False, Fencing.FENCED, None, Fencing.FENCED),
        (Verdict.OFFLINE, False, Fencing.FENCED, None, Fencing.FENCED),
        (Verdict.OFFLINE, False, Fencing.NOT_WANTED, None, Fencing.NOT_WANTED),
        (Verdict.OFFLINE, True, Fencing.FENCED, None, Fencing.NOT_WANTED),
        (Verdict.RETURNING, True, Fencing.FENCED, None, Fencing.NOT_WANTED),
        (Verdict.PRESENT, True, Fencing.WANTED, None, Fencing.NOT_WANTED),
        (Verdict.UNDECIDED, False, Fencing.FENCED, None, Fencing.FENCED),
    ],
)
def test_a_failed_host_is_fenced_and_one_that_lives_is_not_fenced_any_more(
    verdict: Verdict, fencing: Fencing, lacks: str | None, expected: Fencing, *, lives: bool
) -> None:
    assert fencing_after(FencingFacts(verdict, lives, fencing, lacks))[0] is expected
