"""A host that failed: nothing of it is started elsewhere before it surely is off, and then all of it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sturnus.core.states import Administrative, Availability, HostAction
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.machine import HostState
from sturnus.vim.ports import Alarm
from sturnus.vim.servers.view import ServerStatus
from tests.cloud_builders import size
from tests.scripted_vim import COMPUTE, OTHER, UUID, ScriptedVim, a_host

pytestmark = pytest.mark.anyio

THIRD = "0d2b1c3a-0000-5f00-a950-31e30eafa017"
WANTED = "wanted: its baseboard controller is being told to switch it off"


@pytest.fixture
async def cloud(vim: ScriptedVim) -> ScriptedVim:
    """A compute host in service beside another one."""
    await vim.in_service(labels=COMPUTE)
    return vim


async def fails(vim: ScriptedVim) -> None:
    await vim.becomes(availability=Availability.FAILED, fencing=WANTED)


def compute(vim: ScriptedVim) -> ServiceState:
    return vim.openstack.known[ServiceKind.COMPUTE].state


async def test_nothing_is_done_before_the_host_surely_is_off_and_the_reason_is_said(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    changes = len(cloud.openstack.changes)
    await fails(cloud)

    await cloud.runs(300, pace=10)

    place = await cloud.place()
    assert place is not None
    assert (place.place.state, place.place.step) == (HostState.FAILING, "AwaitFencing")
    assert place.reason == f"host compute-0 is not surely off: {WANTED}"
    assert len(cloud.openstack.changes) == changes
    assert cloud.cloud.orders == []
    assert cloud.cluster.node is not None
    assert not cloud.cluster.node.out_of_service
    assert cloud.faults.ids == {Alarm.HOST_FAILED, Alarm.HOST_NOT_FENCED}


async def test_a_fenced_host_is_marked_dead_and_its_servers_start_elsewhere(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", "b", "c")
    await fails(cloud)
    await cloud.runs(5)
    await cloud.is_fenced()

    await cloud.runs()

    assert await cloud.state() is HostState.FAILED
    assert compute(cloud) is ServiceState.DEAD
    assert cloud.cloud.where() == {"a": "compute-1", "b": "compute-1", "c": "compute-1"}
    assert set(cloud.cloud.status().values()) == {ServerStatus.ACTIVE}
    assert cloud.cluster.node is not None
    assert cloud.cluster.node.out_of_service
    assert cloud.cloud.violations == []
    assert cloud.faults.ids == {Alarm.HOST_FAILED}


async def test_the_first_server_is_ordered_within_a_second_of_the_news(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    await fails(cloud)
    await cloud.runs(30)
    await cloud.is_fenced()
    began = cloud.clock.now()

    for _ in range(20):
        pause = await cloud.step()
        if cloud.cloud.orders:
            break
        cloud.clock.passes(seconds=pause or 0)

    assert cloud.cloud.orders == ["evacuation a"]
    assert cloud.clock.now() - began < timedelta(seconds=0.5)  # of our own waiting


async def test_an_alarm_that_is_deleted_by_hand_comes_back_with_the_next_audit(cloud: ScriptedVim) -> None:
    await fails(cloud)
    await cloud.runs(120, pace=10)
    raised = dict(cloud.faults.raised)
    assert cloud.faults.ids == {Alarm.HOST_FAILED, Alarm.HOST_NOT_FENCED}
    cloud.faults.raised.clear()

    await cloud.driver.audit()

    assert cloud.faults.raised == raised


async def test_an_audit_that_finds_all_alarms_as_they_are_writes_none(cloud: ScriptedVim) -> None:
    await fails(cloud)
    await cloud.runs(120, pace=10)
    writes = cloud.faults.writes

    await cloud.driver.audit()
    await cloud.runs(30, pace=10)
    await cloud.driver.audit()

    assert cloud.faults.writes == writes


async def test_an_alarm_that_is_over_and_raised_by_somebody_else_is_cleared(cloud: ScriptedVim) -> None:
    await fails(cloud)
    await cloud.runs(5)
    await cloud.becomes(availability=Availability.AVAILABLE, fencing=None)
    await cloud.runs()
    assert cloud.faults.ids == set()
    await cloud.faults.raise_(Alarm.HOST_FAILED, "host=compute-0", "as somebody says")

    await cloud.driver.audit()

    assert cloud.faults.ids == set()


async def test_an_audit_tells_of_a_server_in_error_until_it_runs_again(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", status=ServerStatus.ERROR, fault="disk is gone")
    await cloud.driver.audit()
    assert cloud.faults.ids == {Alarm.SERVER_FAILED}

    cloud.cloud.servers_["uuid-of-a"] = replace(cloud.cloud.named("a"), status=ServerStatus.ACTIVE)
    await cloud.driver.audit()

    assert cloud.faults.ids == set()


async def test_servers_start_elsewhere_by_priority_then_by_size(cloud: ScriptedVim) -> None:
    cloud.cloud.has("small")
    cloud.cloud.has("large", size=size(4, 8))
    cloud.cloud.has("first", metadata={"recovery_priority": "1"})
    await cloud.is_fenced()

    await cloud.runs()

    assert cloud.cloud.orders == ["evacuation first", "evacuation large", "evacuation small"]


async def test_one_servers_failure_keeps_nobody_else_waiting_and_is_named(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", metadata={"recovery_priority": "1"})
    cloud.cloud.has("b")
    cloud.cloud.broken.add("evacuation a")
    await cloud.is_fenced()

    await cloud.runs()

    assert await cloud.state() is HostState.FAILED
    assert cloud.cloud.named("b").host == "compute-1"
    assert cloud.cloud.orders.count("evacuation a") == 3
    place = await cloud.place()
    assert place is not None
    assert place.failure is not None
    assert place.failure.startswith("cannot move: a because it is still there after its evacuation: ERROR, No valid h")
    assert cloud.faults.ids == {Alarm.HOST_FAILED, Alarm.SERVERS_NOT_RECOVERED}


async def test_what_could_not_be_started_elsewhere_is_tried_again_later(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cloud.broken.add("evacuation a")
    await cloud.is_fenced()
    await cloud.runs()
    cloud.cloud.broken.clear()

    cloud.clock.passes(minutes=11)
    await cloud.driver.audit()
    await cloud.runs()
    await cloud.driver.audit()

    assert await cloud.state() is HostState.FAILED
    assert cloud.cloud.named("a").host == "compute-1"
    assert cloud.faults.ids == {Alarm.HOST_FAILED}


async def test_servers_that_went_with_openstack_are_missed_no_more(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cloud.broken.add("evacuation a")
    await cloud.is_fenced()
    await cloud.runs()

    cloud.openstack.installed = False
    await cloud.driver.audit()
    await cloud.runs()

    assert await cloud.state() is HostState.FAILED
    assert cloud.faults.ids == {Alarm.HOST_FAILED}


async def test_more_than_the_set_share_of_hosts_at_once_starts_nothing_until_it_is_fewer(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    other = cloud.inventory.known[OTHER]
    await cloud.knows_of(
        replace(other, availability=Availability.FAILED), a_host(uuid=THIRD, hostname="compute-2", labels=COMPUTE)
    )
    await cloud.is_fenced()

    await cloud.runs(60)

    place = await cloud.place()
    assert place is not None
    assert place.place.step == "AwaitFewerFailures"
    assert place.reason == (
        "2 of 3 unlocked hosts have failed at once: nothing is started elsewhere until it is no more than 1"
    )
    assert cloud.cloud.orders == []
    assert cloud.faults.ids == {Alarm.HOST_FAILED, Alarm.EVACUATION_HELD_BACK}

    await cloud.knows_of(other)
    await cloud.runs()
    assert await cloud.state() is HostState.FAILED
    assert cloud.cloud.named("a").host == "compute-1"
    assert cloud.faults.ids == {Alarm.HOST_FAILED}


async def test_a_host_that_comes_back_takes_servers_again_and_its_node_opens_last(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    await cloud.is_fenced()
    await cloud.runs()

    await cloud.is_back()
    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    assert compute(cloud) is ServiceState.ENABLED
    assert cloud.cluster.node is not None
    assert not cloud.cluster.node.out_of_service
    assert cloud.cloud.where() == {"a": "compute-1"}
    assert cloud.faults.ids == set()


async def test_a_host_that_is_heard_again_before_it_was_fenced_is_left_as_it_is(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    await fails(cloud)
    await cloud.runs(5)
    await cloud.becomes(availability=Availability.AVAILABLE, fencing=None)

    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    assert cloud.cloud.orders == []
    assert cloud.cloud.where() == {"a": "compute-0"}


async def test_a_host_that_comes_back_between_two_looks_loses_no_server(cloud: ScriptedVim) -> None:
    """No notice has arrived yet: it is asked once more before anything is started elsewhere."""
    cloud.cloud.has("a")
    await cloud.is_fenced()
    for _ in range(20):
        if compute(cloud) is not ServiceState.DEAD:
            await cloud.step()

    cloud.cloud.power(on=True)
    cloud.inventory.put(replace(cloud.inventory.known[UUID], fencing=None, is_surely_down=False))
    await cloud.runs(30)

    assert cloud.cloud.orders == []
    place = await cloud.place()
    assert place is not None
    assert place.reason == "host compute-0 is not surely down any more: nothing of it is started elsewhere"


@pytest.mark.parametrize("availability", [Availability.OFFLINE, Availability.POWER_OFF])
@pytest.mark.parametrize("administrative", list(Administrative))
async def test_a_planned_stop_is_never_a_failure(
    vim: ScriptedVim, availability: Availability, administrative: Administrative
) -> None:
    await vim.in_service(labels=COMPUTE, administrative=administrative)
    vim.cloud.has("a")
    before = await vim.state()

    await vim.becomes(availability=availability, is_surely_down=availability is Availability.POWER_OFF)
    await vim.runs()

    assert await vim.state() is before
    assert vim.cloud.orders == []


async def test_a_pure_kubernetes_worker_that_failed_causes_no_openstack_call(vim: ScriptedVim) -> None:
    await vim.in_service()
    await vim.is_fenced()
    await vim.runs()

    assert await vim.state() is HostState.FAILED
    assert vim.cluster.node is not None
    assert vim.cluster.node.out_of_service
    assert (vim.openstack.calls, vim.cloud.looks) == ([], 0)


async def test_a_cluster_that_is_away_keeps_no_server_waiting(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cluster.down = True
    await cloud.is_fenced()
    await cloud.runs(60)
    assert cloud.cloud.named("a").host == "compute-1"
    assert await cloud.state() is HostState.FAILING

    cloud.cluster.down = False
    await cloud.runs()

    assert await cloud.state() is HostState.FAILED
    assert cloud.cluster.node is not None
    assert cloud.cluster.node.out_of_service


async def test_nova_that_is_away_is_said_and_waited_for(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cloud.down = cloud.openstack.known[ServiceKind.COMPUTE].down = True
    await cloud.is_fenced()
    await cloud.runs(200, pace=10)
    place = await cloud.place()
    assert place is not None
    assert (place.place.state, place.reason) == (HostState.FAILING, "compute does not answer")

    cloud.cloud.down = cloud.openstack.known[ServiceKind.COMPUTE].down = False
    await cloud.runs()

    assert await cloud.state() is HostState.FAILED
    assert cloud.cloud.named("a").host == "compute-1"


async def test_a_failed_host_can_be_locked_and_its_servers_start_elsewhere(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cloud.power(on=False)
    await cloud.becomes(availability=Availability.POWER_OFF, is_surely_down=True, action=HostAction.FORCE_LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert cloud.cloud.named("a").host == "compute-1"
    assert compute(cloud) is ServiceState.DEAD


@pytest.mark.parametrize("steps", range(0, 24, 2))
async def test_a_vim_that_dies_while_servers_start_elsewhere_starts_none_twice(cloud: ScriptedVim, steps: int) -> None:
    cloud.cloud.has("a", "b", "c")
    await cloud.is_fenced()
    for _ in range(steps):
        cloud.clock.passes(seconds=await cloud.step() or 0)

    cloud.start()
    await cloud.runs()

    assert await cloud.state() is HostState.FAILED
    assert sorted(cloud.cloud.orders) == ["evacuation a", "evacuation b", "evacuation c"]
    assert cloud.cloud.violations == []
