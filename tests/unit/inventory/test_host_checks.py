from typing import Any

import pytest

from sturnus.core.states import HostAction, Personality, SystemMode, SystemType
from sturnus.inventory.host import Host
from sturnus.inventory.host_checks import (
    ADD_CHECKS,
    DELETE_CHECKS,
    UPDATE_CHECKS,
    AddFacts,
    UpdateFacts,
    name_for,
)
from sturnus.inventory.violations import Reason, violations
from tests.builders import a_controller, a_host, a_system, action_facts, in_service

CONTROLLER, WORKER, STORAGE = Personality.CONTROLLER, Personality.WORKER, Personality.STORAGE
ALL_IN_ONE = {"system_type": SystemType.ALL_IN_ONE}
FIRST, SECOND = a_controller("controller-0"), a_controller("controller-1", id=2)
WORKERS = tuple(in_service(f"compute-{n}", id=10 + n, mgmt_mac=None, mgmt_ip=None) for n in range(4))
A_WORKER = {"personality": WORKER, "hostname": "compute-9"}
R = Reason


@pytest.mark.parametrize(
    ("wanted", "system", "hosts", "reasons"),
    [
        (A_WORKER, {}, (FIRST,), []),
        ({}, {}, (FIRST,), []),  # announced itself: gets its personality later
        ({"personality": WORKER}, {}, (), [R.FIELD_MISSING]),
        ({"personality": CONTROLLER, "hostname": "controller-1"}, {}, (FIRST,), []),
        ({"personality": CONTROLLER, "hostname": "boss"}, {}, (FIRST,), [R.FIELD_INVALID]),
        ({"personality": CONTROLLER}, {}, (FIRST, SECOND), [R.NO_ROOM]),
        (A_WORKER, ALL_IN_ONE | {"system_mode": SystemMode.SIMPLEX}, (FIRST,), [R.NO_ROOM]),
        (A_WORKER, ALL_IN_ONE, (FIRST, *WORKERS[:3]), []),
        (A_WORKER, ALL_IN_ONE, (FIRST, *WORKERS), [R.NO_ROOM]),
        ({"personality": WORKER, "hostname": "compute-0"}, {}, WORKERS, [R.NAME_TAKEN]),
        (A_WORKER | {"mgmt_mac": FIRST.mgmt_mac}, {}, (FIRST,), [R.NAME_TAKEN]),
    ],
)
def test_adding(wanted: dict[str, Any], system: dict[str, Any], hosts: tuple[Host, ...], reasons: list[Reason]) -> None:
    found = violations(ADD_CHECKS, AddFacts(wanted, a_system(**system), hosts))

    assert [violation.reason for violation in found] == reasons


@pytest.mark.parametrize(
    ("personality", "hosts", "name"),
    [
        (CONTROLLER, (), "controller-0"),
        (CONTROLLER, (FIRST,), "controller-1"),
        (CONTROLLER, (SECOND,), "controller-0"),
        (CONTROLLER, (FIRST, SECOND), None),
        (STORAGE, (), "storage-0"),
        (STORAGE, (a_host("storage-0"), a_host("storage-2")), "storage-1"),
        (WORKER, (), None),
        (None, (), None),
    ],
)
def test_names_that_the_platform_gives(personality: Personality | None, hosts: tuple[Host, ...], name: str) -> None:
    assert name_for(personality, hosts) == name


NAMELESS = a_host(None, personality=None, subfunctions=None, invprovision=None)


@pytest.mark.parametrize(
    ("host", "changes", "others", "reasons"),
    [
        (NAMELESS, {"personality": WORKER, "hostname": "compute-0"}, (), []),
        (NAMELESS, {"personality": WORKER}, (), [R.FIELD_MISSING]),
        (NAMELESS, {"personality": CONTROLLER, "hostname": "boss"}, (), [R.NO_ROOM]),
        (a_host(), {"location": {"locn": "rack1"}}, (), []),
        (a_host(), {"hostname": "compute-7"}, (), []),
        (a_host(), {"hostname": "compute-7"}, (in_service("compute-7"),), [R.NAME_TAKEN]),
        (in_service(), {"hostname": "compute-7"}, (), [R.FIELD_FIXED, R.HOST_NOT_LOCKED]),
        (in_service(), {"console": "ttyS0"}, (), [R.HOST_NOT_LOCKED]),
        (in_service(), {"location": {"locn": "rack1"}}, (), []),
    ],
)
def test_updating(host: Host, changes: dict[str, Any], others: tuple[Host, ...], reasons: list[Reason]) -> None:
    found = violations(UPDATE_CHECKS, UpdateFacts(host, changes, others))

    assert [violation.reason for violation in found] == reasons


@pytest.mark.parametrize(
    ("host", "reasons"),
    [
        (a_host(), []),
        (in_service(), [R.HOST_NOT_LOCKED]),
        (a_host(ihost_action=HostAction.UNLOCK), [R.ACTION_RUNS]),
        (FIRST, [R.HOST_NOT_LOCKED, R.ACTIVE_CONTROLLER]),
    ],
)
def test_deleting(host: Host, reasons: list[Reason]) -> None:
    assert [each.reason for each in violations(DELETE_CHECKS, action_facts(host))] == reasons
