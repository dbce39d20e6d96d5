import pytest

from sturnus.core.states import Administrative, Availability, Fencing, HostAction, Operational, Provisioning, Verdict
from sturnus.inventory.host import Host
from sturnus.inventory.lifecycle import (
    Presence,
    States,
    after_action,
    after_report,
    after_sign_of_life,
    after_silence,
    after_verdict,
    states_of,
)
from tests.builders import a_host, in_service

LOCKED, UNLOCKED = Administrative.LOCKED, Administrative.UNLOCKED
DISABLED, ENABLED = Operational.DISABLED, Operational.ENABLED
A, P = Availability, Provisioning

OFFLINE = a_host(availability=A.OFFLINE)
LOST = in_service(operational=DISABLED, availability=A.OFFLINE)


@pytest.mark.parametrize(
    ("host", "action", "states"),
    [
        (a_host(), HostAction.UNLOCK, States(UNLOCKED, ENABLED, A.AVAILABLE, P.PROVISIONED)),
        (OFFLINE, HostAction.FORCE_UNLOCK, States(UNLOCKED, DISABLED, A.OFFLINE, P.PROVISIONING)),
        (in_service(), HostAction.LOCK, States(LOCKED, DISABLED, A.ONLINE, P.PROVISIONED)),
        (LOST, HostAction.FORCE_LOCK, States(LOCKED, DISABLED, A.OFFLINE, P.PROVISIONED)),
        (a_host(), HostAction.REBOOT, States(LOCKED, DISABLED, A.ONLINE, P.UNPROVISIONED)),
        (a_host(), HostAction.POWER_OFF, States(LOCKED, DISABLED, A.POWER_OFF, P.UNPROVISIONED)),
        (a_host(availability=A.POWER_OFF), HostAction.POWER_ON, States(LOCKED, DISABLED, A.OFFLINE, P.UNPROVISIONED)),
        (a_host(), HostAction.POWER_ON, States(LOCKED, DISABLED, A.ONLINE, P.UNPROVISIONED)),
    ],
)
def test_states_after_an_action(host: Host, action: HostAction, states: States) -> None:
    assert after_action(host, action) == states


@pytest.mark.parametrize(
    ("host", "presence", "states"),
    [
        (OFFLINE, Presence.ONLINE, States(LOCKED, DISABLED, A.ONLINE, P.UNPROVISIONED)),
        (in_service(), Presence.OFFLINE, States(UNLOCKED, DISABLED, A.OFFLINE, P.PROVISIONED)),
        (LOST, Presence.ONLINE, States(UNLOCKED, ENABLED, A.AVAILABLE, P.PROVISIONED)),
        (in_service(), Presence.DEGRADED, States(UNLOCKED, ENABLED, A.DEGRADED, P.PROVISIONED)),
        (a_host(), Presence.DEGRADED, States(LOCKED, DISABLED, A.ONLINE, P.UNPROVISIONED)),
        (a_host(), Presence.POWER_OFF, States(LOCKED, DISABLED, A.POWER_OFF, P.UNPROVISIONED)),
    ],
)
def test_states_after_a_report(host: Host, presence: Presence, states: States) -> None:
    assert after_report(host, presence) == states


DEGRADED = in_service(availability=A.DEGRADED)
FAILED = in_service(operational=DISABLED, availability=A.FAILED)
V, F = Verdict, Fencing


@pytest.mark.parametrize(
    ("host", "before", "verdict", "fencing", "availability"),
    [
        (in_service(), V.PRESENT, V.PRESENT, F.NOT_WANTED, A.AVAILABLE),
        (in_service(), V.PRESENT, V.OFFLINE, F.NOT_WANTED, A.OFFLINE),
        (in_service(), V.PRESENT, V.SUSPECT, F.NOT_WANTED, A.DEGRADED),
        (in_service(), V.PRESENT, V.NETWORK_SUSPECTED, F.NOT_WANTED, A.AVAILABLE),
        (in_service(), V.PRESENT, V.UNDECIDED, F.NOT_WANTED, A.AVAILABLE),
        (LOST, V.OFFLINE, V.FAILED, F.WANTED, A.FAILED),
        (LOST, V.OFFLINE, V.PRESENT, F.NOT_WANTED, A.AVAILABLE),
        (DEGRADED, V.SUSPECT, V.PRESENT, F.NOT_WANTED, A.AVAILABLE),
        (DEGRADED, V.PRESENT, V.PRESENT, F.NOT_WANTED, A.DEGRADED),
        (FAILED, V.FAILED, V.FAILED, F.FENCED, A.FAILED),
        (FAILED, V.FAILED, V.RETURNING, F.NOT_WANTED, A.FAILED),
        (FAILED, V.RETURNING, V.PRESENT, F.NOT_WANTED, A.AVAILABLE),
        (a_host(availability=A.FAILED), V.FAILED, V.OFFLINE, F.FENCED, A.POWER_OFF),
        (a_host(availability=A.FAILED), V.FAILED, V.OFFLINE, F.IMPOSSIBLE, A.OFFLINE),
        (a_host(availability=A.POWER_OFF), V.OFFLINE, V.OFFLINE, F.NOT_WANTED, A.POWER_OFF),
        (a_host(availability=A.POWER_OFF), V.OFFLINE, V.PRESENT, F.NOT_WANTED, A.ONLINE),
    ],
)
def test_states_after_the_witnesses_were_heard(
    host: Host, before: Verdict, verdict: Verdict, fencing: Fencing, availability: Availability
) -> None:
    states = after_verdict(host, verdict, before, fencing)

    assert states.availability is availability
    in_service_now = host.administrative is UNLOCKED and availability in {A.AVAILABLE, A.DEGRADED}
    assert (states.operational is ENABLED) is in_service_now


@pytest.mark.parametrize(
    ("host", "heard", "availability"),
    [
        (LOST, "silent", A.OFFLINE),
        (DEGRADED, "silent", A.OFFLINE),
        (a_host(availability=A.POWER_OFF), "silent", A.POWER_OFF),
        (DEGRADED, "heard", A.DEGRADED),
        (a_host(availability=A.POWER_OFF), "heard", A.ONLINE),
    ],
)
def test_one_witness_alone_makes_no_failure(host: Host, heard: str, availability: Availability) -> None:
    states = after_silence(host) if heard == "silent" else after_sign_of_life(host)

    assert states.availability is availability
    assert states.administrative is host.administrative


@pytest.mark.parametrize("presence", Presence)
@pytest.mark.parametrize("action", HostAction)
def test_a_locked_host_is_never_enabled(presence: Presence, action: HostAction) -> None:
    for host in (a_host(), in_service(), OFFLINE, LOST):
        for states in (after_action(host, action), after_report(host, presence), states_of(host)):
            assert states.administrative is UNLOCKED or states.operational is DISABLED
