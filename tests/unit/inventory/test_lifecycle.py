import pytest

from sturnus.core.states import Administrative, Availability, HostAction, Operational, Provisioning
from sturnus.inventory.host import Host
from sturnus.inventory.lifecycle import Presence, States, after_action, after_report, states_of
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


@pytest.mark.parametrize("presence", Presence)
@pytest.mark.parametrize("action", HostAction)
def test_a_locked_host_is_never_enabled(presence: Presence, action: HostAction) -> None:
    for host in (a_host(), in_service(), OFFLINE, LOST):
        for states in (after_action(host, action), after_report(host, presence), states_of(host)):
            assert states.administrative is UNLOCKED or states.operational is DISABLED
