"""Lock and unlock of a compute host: its servers leave it, and those that were stopped for it run again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sturnus.core.states import Administrative, HostAction, ServicesReport
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.machine import HostState
from sturnus.vim.ports import Alarm
from sturnus.vim.servers.view import ServerStatus
from tests.cloud_builders import size
from tests.scripted_vim import COMPUTE, UUID, ScriptedVim, a_host

pytestmark = pytest.mark.anyio


@pytest.fixture
async def cloud(vim: ScriptedVim) -> ScriptedVim:
    """A compute host in service beside another one."""
    place = await vim.in_service(labels=COMPUTE)
    assert place is not None
    assert place.place.state is HostState.ENABLED
    return vim


def said(vim: ScriptedVim) -> list[str]:
    return [reason for report, reason in vim.inventory.reports if report is ServicesReport.DISABLE_EXTEND and reason]


async def test_a_lock_moves_the_servers_two_at_a_time_and_says_how_far_it_is(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", "b", "c", size=size(gib=2))
    await cloud.asks(HostAction.LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert cloud.cloud.where() == {"a": "compute-1", "b": "compute-1", "c": "compute-1"}
    assert cloud.cloud.most_at_once == 2
    assert "0 of 3 servers moved, 6 GiB left; moving: a, b" in said(cloud)
    assert "2 of 3 servers moved, 2 GiB left; moving: c" in said(cloud)
    assert cloud.inventory.reports[-1] == (ServicesReport.DISABLED, None)
    assert cloud.cloud.violations == []


async def test_a_lock_takes_no_second_more_than_its_moves(cloud: ScriptedVim) -> None:
    cloud.cloud.has(*"abcdefghij")
    await cloud.asks(HostAction.LOCK)
    began = cloud.clock.now()

    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    moves = 5 * cloud.cloud.takes  # of ten, two at a time
    assert cloud.clock.now() - began < moves + timedelta(seconds=1)


async def test_servers_leave_before_pods_do_and_after_the_compute_service_is_closed(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cluster.runs("web-0")
    await cloud.asks(HostAction.LOCK)
    while "live-migration a" not in cloud.cloud.orders:
        await cloud.step()

    assert cloud.openstack.known[ServiceKind.COMPUTE].state is ServiceState.DISABLED
    assert cloud.cluster.evictions == []


async def test_a_server_that_cannot_move_makes_the_lock_fail_at_once_and_is_named(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cloud.has("db", status=ServerStatus.SUSPENDED)
    began = cloud.clock.now()
    await cloud.asks(HostAction.LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    report, why = cloud.inventory.reports[-1]
    assert report is ServicesReport.DISABLE_FAILED
    assert why is not None
    assert why.startswith("0 of 2 servers moved; cannot move: db because it is suspended")
    assert cloud.cloud.orders == []  # nobody is sent away for a lock that fails
    assert cloud.openstack.known[ServiceKind.COMPUTE].state is ServiceState.ENABLED
    assert cloud.clock.now() - began < timedelta(seconds=5)
    assert cloud.faults.ids == {Alarm.LOCK_FAILED}


async def test_that_a_lock_failed_is_said_again_when_somebody_deleted_it(cloud: ScriptedVim) -> None:
    cloud.cloud.has("db", status=ServerStatus.SUSPENDED)
    await cloud.asks(HostAction.LOCK)
    await cloud.runs()
    cloud.faults.raised.clear()

    await cloud.driver.audit()

    assert cloud.faults.ids == {Alarm.LOCK_FAILED}


async def test_what_moved_before_a_lock_failed_stays_where_it_is(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", metadata={"recovery_priority": "1"})
    cloud.cloud.has("b", metadata={"sturnus:on_lock": "live"})
    cloud.cloud.broken.add("live-migration b")
    await cloud.asks(HostAction.LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    assert cloud.cloud.where() == {"a": "compute-1", "b": "compute-0"}
    assert cloud.cloud.orders == ["live-migration a", "live-migration b", "live-migration b"]
    assert "b because it is still there after its live-migration" in str(cloud.inventory.reports[-1][1])


async def test_a_server_that_does_not_move_live_is_moved_cold_and_confirmed(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cloud.broken.add("live-migration a")
    await cloud.asks(HostAction.LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert cloud.cloud.orders == ["live-migration a", "cold-migration a"]
    assert cloud.cloud.named("a").status is ServerStatus.ACTIVE


async def test_a_live_migration_that_takes_too_long_is_aborted(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", metadata={"live_migration_timeout": "150", "sturnus:on_lock": "live"})
    cloud.cloud.takes = timedelta(hours=1)
    await cloud.asks(HostAction.LOCK)

    await cloud.runs(140, pace=5)
    assert "abort a" not in cloud.cloud.orders
    await cloud.runs(pace=5)

    assert cloud.cloud.orders.count("abort a") == 2
    assert await cloud.state() is HostState.ENABLED


async def test_what_is_stopped_for_a_lock_runs_again_after_the_unlock(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", metadata={"sturnus:on_lock": "stop"})
    cloud.cloud.has("b", status=ServerStatus.SHUTOFF)
    await cloud.asks(HostAction.LOCK)
    await cloud.runs()
    assert await cloud.state() is HostState.DISABLED
    assert cloud.cloud.status() == {"a": ServerStatus.SHUTOFF, "b": ServerStatus.SHUTOFF}

    cloud.start()
    await cloud.asks(HostAction.UNLOCK)
    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    assert cloud.cloud.status() == {"a": ServerStatus.ACTIVE, "b": ServerStatus.SHUTOFF}
    assert cloud.cloud.orders == ["stop a", "start a"]


async def test_a_nova_that_is_away_for_a_moment_makes_nobody_forget_what_was_stopped(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", metadata={"sturnus:on_lock": "stop"})
    await cloud.asks(HostAction.LOCK)
    await cloud.runs()
    cloud.cloud.down = True
    await cloud.asks(HostAction.UNLOCK)
    await cloud.runs(20)
    assert cloud.cloud.orders == ["stop a"]

    cloud.cloud.down = False
    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    assert cloud.cloud.orders == ["stop a", "start a"]


async def test_what_was_ordered_of_an_openstack_that_is_gone_is_forgotten_and_what_moves_took_is_not(
    cloud: ScriptedVim,
) -> None:
    cloud.cloud.has("a", metadata={"sturnus:on_lock": "stop"})
    cloud.cloud.has("b")
    await cloud.asks(HostAction.LOCK)
    await cloud.runs()
    began = cloud.clock.now() - timedelta(hours=1)
    assert {order.name for order in await cloud.orders.of_host("compute-0", began)} == {"a", "b"}

    cloud.openstack.installed = False
    await cloud.driver.audit()

    assert [order.name for order in await cloud.orders.of_host("compute-0", began)] == ["b"]


async def test_what_was_stopped_for_a_lock_that_fails_runs_again(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", metadata={"sturnus:on_lock": "stop", "recovery_priority": "1"})
    cloud.cloud.has("b", metadata={"sturnus:on_lock": "live"})
    cloud.cloud.refused["live-migration b"] = "no valid host was found"
    await cloud.asks(HostAction.LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    assert cloud.cloud.status() == {"a": ServerStatus.ACTIVE, "b": ServerStatus.ACTIVE}
    assert "b because it was refused by Nova: no valid host was found" in str(cloud.inventory.reports[-1][1])


async def test_what_was_stopped_for_a_lock_that_fails_with_nova_away_runs_again_when_nova_is_back(
    cloud: ScriptedVim,
) -> None:
    """Nobody has seen yet that it stopped: the order is still open."""
    cloud.cloud.has("a", metadata={"sturnus:on_lock": "stop"})
    await cloud.asks(HostAction.LOCK)
    while not cloud.cloud.orders:
        await cloud.step()
    cloud.cloud.down = True
    await cloud.runs(1100, pace=20)
    assert cloud.inventory.reports[-1] == (ServicesReport.DISABLE_FAILED, "Nova does not answer")
    cloud.cloud.down = False

    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    assert cloud.cloud.orders == ["stop a", "start a"]
    assert cloud.cloud.status() == {"a": ServerStatus.ACTIVE}


async def test_a_forced_lock_stops_what_cannot_move_and_leaves_the_rest_behind(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", metadata={"sturnus:on_lock": "live"})
    cloud.cloud.has("db", status=ServerStatus.SUSPENDED)
    cloud.cloud.broken.add("live-migration a")
    await cloud.asks(HostAction.FORCE_LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert cloud.cloud.orders == ["live-migration a", "stop a"]
    assert cloud.cloud.named("db").host == "compute-0"


async def test_a_plain_lock_without_nova_fails_in_time_and_says_so_while_nova_is_away(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cloud.down = cloud.openstack.known[ServiceKind.COMPUTE].down = True
    await cloud.asks(HostAction.LOCK)

    await cloud.runs(140, pace=2)

    assert (ServicesReport.DISABLE_FAILED, "compute does not answer") in cloud.inventory.reports
    cloud.cloud.down = cloud.openstack.known[ServiceKind.COMPUTE].down = False
    await cloud.runs(300, pace=2)
    assert await cloud.state() is HostState.ENABLED
    assert cloud.openstack.known[ServiceKind.COMPUTE].state is ServiceState.ENABLED


async def test_nova_that_goes_away_while_servers_move_makes_a_plain_lock_fail_in_time(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    await cloud.asks(HostAction.LOCK)
    await cloud.runs(3)
    cloud.cloud.down = True

    await cloud.runs(1200, pace=20)

    assert (ServicesReport.DISABLE_FAILED, "Nova does not answer") in cloud.inventory.reports


async def test_a_forced_lock_goes_on_without_nova(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    cloud.cloud.down = cloud.openstack.known[ServiceKind.COMPUTE].down = True
    await cloud.asks(HostAction.FORCE_LOCK)

    await cloud.runs(60)

    assert await cloud.state() is HostState.DISABLED
    assert cloud.inventory.known[UUID].administrative is Administrative.LOCKED


@pytest.mark.parametrize("steps", range(0, 30, 3))
async def test_a_vim_that_dies_while_servers_move_orders_nothing_twice(cloud: ScriptedVim, steps: int) -> None:
    cloud.cloud.has("a", "b", "c")
    await cloud.asks(HostAction.LOCK)
    for _ in range(steps):
        cloud.clock.passes(seconds=await cloud.step() or 0)

    cloud.start()
    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert sorted(cloud.cloud.orders) == ["live-migration a", "live-migration b", "live-migration c"]


async def test_an_order_that_nova_never_heard_is_given_again_once_that_is_sure(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    await cloud.asks(HostAction.LOCK)

    async def dies(server: str, target: str | None) -> None:
        raise RuntimeError("killed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cloud.cloud, "live_migrate", dies)
        with pytest.raises(RuntimeError):
            await cloud.runs()
    cloud.start()
    began = cloud.clock.now()
    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert cloud.cloud.orders == ["live-migration a"]
    assert cloud.clock.now() - began > timedelta(seconds=45)


async def test_a_server_that_somebody_else_moves_is_waited_for(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a", status=ServerStatus.MIGRATING, task="migrating")
    await cloud.asks(HostAction.LOCK)
    await cloud.runs(10)
    assert said(cloud)[-1].startswith("0 of 1 servers moved, 1 GiB left; waiting for: a (is being moved")

    server = cloud.cloud.named("a")
    cloud.cloud.servers_[server.uuid] = replace(server, host="compute-1", status=ServerStatus.ACTIVE, task=None)
    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert cloud.cloud.orders == []


async def test_a_pure_kubernetes_worker_is_locked_without_a_look_at_servers(vim: ScriptedVim) -> None:
    vim.openstack.installed = True
    vim.cloud.has("a")
    vim.inventory.put(a_host(action=HostAction.LOCK))
    await vim.hears()

    await vim.runs()

    assert await vim.state() is HostState.DISABLED
    assert vim.cloud.looks == 0
