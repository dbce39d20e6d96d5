"""When a service of a host counts as brought to a state."""

import pytest

from sturnus.vim.facts import HostFacts, ServiceKind, ServiceState
from sturnus.vim.steps import BringService
from tests.scripted_vim import RecordedService

ABSENT, DISABLED, ENABLED = ServiceState.ABSENT, ServiceState.DISABLED, ServiceState.ENABLED
DEAD, DOWN = ServiceState.DEAD, ServiceState.DOWN
ALL = frozenset(ServiceState) - {DOWN}


@pytest.mark.parametrize(
    ("wanted", "or_else", "found", "reachable", "done"),
    [
        (ENABLED, None, ENABLED, ALL, "yes"),
        (ENABLED, None, DOWN, ALL, "no"),
        (ENABLED, None, DEAD, ALL, "no"),
        (DISABLED, None, DISABLED, ALL, "yes"),
        (DISABLED, None, DEAD, ALL, "yes"),
        (DISABLED, ABSENT, ABSENT, ALL, "yes"),
        (DISABLED, ABSENT, DOWN, ALL, "no"),
        (DISABLED, None, ENABLED, frozenset({ABSENT, ENABLED}), "yes"),
        (ENABLED, None, DOWN, frozenset({ABSENT, ENABLED}), "no"),
        (DEAD, None, DISABLED, ALL, "no"),
    ],
)
def test_a_service_is_brought(
    wanted: ServiceState,
    or_else: ServiceState | None,
    found: ServiceState,
    reachable: frozenset[ServiceState],
    done: str,
) -> None:
    service = RecordedService(ServiceKind.NETWORK, [], states=reachable)
    facts = HostFacts(host=None, hostname="compute-0", node=None, services={ServiceKind.NETWORK: found})

    step = BringService(ServiceKind.NETWORK, wanted, service, or_else)

    assert ("yes" if step.done(facts) else "no") == done
