"""With OVN: the gateways of routers leave a host that fails or is locked, and nothing waits for them for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sturnus.core.states import Availability, HostAction, ServicesReport
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.machine import HostState
from tests.scripted_vim import COMPUTE, UUID, WITH_OVN, RecordedService, ScriptedVim

pytestmark = pytest.mark.anyio

FREED = "network dead compute-0"
MARKED = "compute dead compute-0"


@pytest.fixture
async def cloud(vim: ScriptedVim) -> ScriptedVim:
    """A compute host in service beside another one."""
    network(vim).states = WITH_OVN
    await vim.in_service(labels=COMPUTE)
    vim.openstack.calls.clear()
    return vim


def network(vim: ScriptedVim) -> RecordedService:
    return vim.openstack.known[ServiceKind.NETWORK]


async def runs_until(vim: ScriptedVim, step: str) -> None:
    for _ in range(100):
        place = await vim.place()
        if place is not None and place.place.step == step:
            return
        vim.clock.passes(seconds=await vim.step() or 0)
    raise AssertionError(f"{step} does not come: {await vim.place()}")


async def test_a_failed_hosts_gateways_are_freed_before_its_servers_start_elsewhere(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    await cloud.is_fenced()
    while not cloud.cloud.orders:
        await cloud.step()

    assert cloud.openstack.changes == [FREED, MARKED]
    await cloud.runs()
    assert await cloud.state() is HostState.FAILED
    assert network(cloud).state is ServiceState.ABSENT
    assert cloud.openstack.changes.count(FREED) == 1


async def test_nothing_is_freed_before_the_host_surely_is_off(cloud: ScriptedVim) -> None:
    await cloud.becomes(availability=Availability.FAILED, fencing="wanted")

    await cloud.runs(300, pace=10)

    assert cloud.openstack.changes == []


async def test_servers_do_not_wait_for_a_neutron_that_is_away_but_their_host_does(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    network(cloud).down = True
    await cloud.is_fenced()
    await cloud.runs(60)
    assert cloud.cloud.named("a").host == "compute-1"
    assert await cloud.state() is HostState.FAILING

    network(cloud).down = False
    await cloud.runs()

    assert await cloud.state() is HostState.FAILED
    assert network(cloud).state is ServiceState.ABSENT


async def test_servers_wait_two_minutes_for_a_neutron_that_lets_go_of_nothing(cloud: ScriptedVim) -> None:
    cloud.cloud.has("a")
    network(cloud).keeps = "OVN's database is away"
    await cloud.is_fenced()
    began = cloud.clock.now()
    while not cloud.cloud.orders:
        cloud.clock.passes(seconds=await cloud.step() or 0)

    assert timedelta(minutes=2) < cloud.clock.now() - began < timedelta(minutes=2, seconds=5)
    place = await cloud.runs(60)
    assert place is not None
    assert (place.place.state, place.place.step) == (HostState.FAILING, "FreeGateways")
    assert place.reason == "OVN's database is away"


async def test_a_host_that_is_back_is_a_candidate_again_as_soon_as_its_chassis_is_heard(cloud: ScriptedVim) -> None:
    await cloud.is_fenced()
    await cloud.runs()
    await cloud.is_back()
    await cloud.runs()

    assert await cloud.state() is HostState.ENABLED
    assert network(cloud).state is ServiceState.ENABLED


async def test_a_lock_frees_the_gateways_when_all_pods_are_told_to_end_and_is_done_when_none_is_left(
    cloud: ScriptedVim,
) -> None:
    cloud.cluster.tied("nova-compute-x", "ovn-controller-y")
    await cloud.asks(HostAction.LOCK)
    await runs_until(cloud, "FreeGatewaysOfLocked")
    assert FREED not in cloud.openstack.changes  # its chassis would be made anew at once

    assert cloud.cluster.node is not None
    ending = tuple(replace(each, terminating=True) for each in cloud.cluster.node.shut_out)
    cloud.cluster.node = replace(cloud.cluster.node, shut_out=ending)
    await cloud.runs(5)
    assert cloud.openstack.changes.count(FREED) == 5
    assert await cloud.state() is HostState.DISABLING
    said = "pods end: openstack/nova-compute-x, openstack/ovn-controller-y"
    assert (ServicesReport.DISABLE_EXTEND, said) in cloud.inventory.reports

    network(cloud).state = ServiceState.ENABLED  # made anew by ovn-controller as the last thing that it did
    cloud.cluster.node = replace(cloud.cluster.node, shut_out=())
    await cloud.runs()
    assert await cloud.state() is HostState.DISABLED
    assert network(cloud).state is ServiceState.ABSENT
    assert cloud.inventory.reports[-1] == (ServicesReport.DISABLED, None)


async def test_a_lock_whose_gateways_do_not_leave_fails_and_says_why(cloud: ScriptedVim) -> None:
    network(cloud).keeps = "OVN's database is away"
    await cloud.asks(HostAction.LOCK)
    await runs_until(cloud, "FreeGatewaysOfLocked")

    network(cloud).keeps = ""
    network(cloud).down = True
    await cloud.runs(125)

    assert (ServicesReport.DISABLE_FAILED, "network does not answer") in cloud.inventory.reports
    assert cloud.cluster.node is not None
    assert cloud.cluster.node.effects == frozenset()


@pytest.mark.parametrize("trouble", ["is away", "lets go of nothing", "pods do not end"])
async def test_a_forced_lock_goes_on_without(cloud: ScriptedVim, trouble: str) -> None:
    if trouble == "pods do not end":
        cloud.cluster.tied("nova-compute-x")
    network(cloud).down = trouble == "is away"
    network(cloud).keeps = trouble
    began = cloud.clock.now()
    await cloud.asks(HostAction.FORCE_LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert cloud.clock.now() - began < timedelta(seconds=70)


async def test_the_only_controller_keeps_its_pods_and_its_chassis(cloud: ScriptedVim) -> None:
    cloud.cluster.tied("ovn-controller-y")
    await cloud.becomes(hostname="controller-0")
    await cloud.places.look_at({UUID: "controller-0"})
    await cloud.runs()
    await cloud.asks(HostAction.LOCK)

    await cloud.runs()

    assert await cloud.state() is HostState.DISABLED
    assert not any("dead" in each for each in cloud.openstack.changes)


async def test_agents_of_its_own_are_disabled_as_before(cloud: ScriptedVim) -> None:
    network(cloud).states = frozenset(ServiceState) - {ServiceState.DEAD}
    await cloud.is_fenced()

    await cloud.runs()

    assert await cloud.state() is HostState.FAILED
    assert network(cloud).state is ServiceState.DISABLED
    assert FREED not in cloud.openstack.changes
