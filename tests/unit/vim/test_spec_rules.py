"""The spec's rules for the VIM, one test each: OpenStack is recorded behind the protocol."""

from dataclasses import replace

import pytest

from sturnus.core.states import Administrative, HostAction
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.machine import HostState
from sturnus.vim.ports import Alarm
from sturnus.vim.servers.view import ServerStatus
from tests.scripted_vim import COMPUTE, UUID, ScriptedVim, a_host

pytestmark = pytest.mark.anyio

LOCKED = {"administrative": Administrative.LOCKED}


async def state_of(vim: ScriptedVim) -> HostState:
    place = await vim.settle()
    assert place is not None
    return place.place.state


async def test_pure_kubernetes_worker_causes_no_openstack_call(vim: ScriptedVim) -> None:
    vim.openstack.installed = True
    vim.inventory.put(a_host(**LOCKED))
    await vim.hears()
    assert await state_of(vim) is HostState.DISABLED

    for action in (HostAction.UNLOCK, HostAction.LOCK, HostAction.FORCE_UNLOCK, HostAction.FORCE_LOCK):
        vim.inventory.ask(action)
        await vim.hears()
        await vim.settle()
    del vim.inventory.known[UUID]
    await vim.hears()

    assert await vim.settle() is None
    assert vim.openstack.calls == []


async def test_no_openstack_call_while_openstack_is_not_installed(vim: ScriptedVim) -> None:
    vim.inventory.put(a_host(labels=COMPUTE, **LOCKED))
    await vim.hears()
    await vim.settle()
    for action in (HostAction.UNLOCK, HostAction.LOCK):
        vim.inventory.ask(action)
        await vim.hears()
        await vim.settle()

    assert vim.openstack.calls == []


async def test_host_add_creates_nothing_in_openstack(vim: ScriptedVim) -> None:
    vim.openstack.installed = True
    vim.inventory.put(a_host(**LOCKED))
    await vim.hears()

    assert await state_of(vim) is HostState.DISABLED
    assert vim.openstack.calls == []
    assert vim.cluster.node is not None
    assert vim.cluster.node.effects == frozenset()  # nor is anything changed in Kubernetes


async def test_label_add_ensures_services_disabled_until_unlock(vim: ScriptedVim) -> None:
    vim.openstack.installed = True
    vim.inventory.put(a_host(**LOCKED))
    await vim.hears()
    await vim.settle()

    vim.inventory.put(a_host(labels=COMPUTE, **LOCKED))
    await vim.hears()
    assert await state_of(vim) is HostState.DISABLED
    assert {service.state for service in vim.openstack.known.values()} == {ServiceState.DISABLED}

    vim.inventory.ask(HostAction.UNLOCK)
    await vim.hears()
    assert await state_of(vim) is HostState.ENABLED
    assert {service.state for service in vim.openstack.known.values()} == {ServiceState.ENABLED}


async def test_label_remove_deletes_services(vim: ScriptedVim) -> None:
    vim.openstack.installed = True
    vim.inventory.put(a_host(labels=COMPUTE, **LOCKED))
    await vim.hears()
    await vim.settle()

    vim.inventory.put(a_host(**LOCKED))
    await vim.hears()
    await vim.settle()

    assert {service.state for service in vim.openstack.known.values()} == {ServiceState.ABSENT}


@pytest.mark.parametrize("labels", [COMPUTE, {}], ids=["label is applied", "label was applied"])
async def test_host_delete_removes_services_if_label_is_or_was_applied(
    vim: ScriptedVim, labels: dict[str, str]
) -> None:
    vim.openstack.installed = True
    vim.inventory.put(a_host(labels=COMPUTE, **LOCKED))
    await vim.hears()
    await vim.settle()
    vim.inventory.put(a_host(labels=labels, **LOCKED))  # nobody is told: the VIM is down
    del vim.inventory.known[UUID]
    await vim.hears()

    assert await vim.settle() is None
    assert {service.state for service in vim.openstack.known.values()} == {ServiceState.ABSENT}


async def test_label_change_while_vim_is_down_arrives_later(vim: ScriptedVim) -> None:
    """Even if its notice were lost: the first thing that a new process does is to look at all hosts."""
    vim.openstack.installed = True
    vim.inventory.put(a_host(**LOCKED))
    await vim.hears()
    await vim.settle()
    vim.inventory.put(a_host(labels=COMPUTE, **LOCKED))

    vim.start()
    await vim.driver.audit()
    await vim.settle()

    assert vim.openstack.known[ServiceKind.COMPUTE].state is ServiceState.DISABLED


async def test_openstack_that_comes_later_gets_the_services_of_labelled_hosts(vim: ScriptedVim) -> None:
    vim.inventory.put(a_host(labels=COMPUTE, **LOCKED))
    await vim.hears()
    await vim.settle()

    vim.openstack.installed = True
    await vim.driver.audit()
    await vim.settle()

    assert {service.state for service in vim.openstack.known.values()} == {ServiceState.DISABLED}


async def test_openstack_that_comes_later_gets_the_services_of_hosts_that_are_in_service(vim: ScriptedVim) -> None:
    vim.inventory.put(a_host(labels=COMPUTE))
    await vim.hears()
    assert await state_of(vim) is HostState.ENABLED
    vim.cloud.has("a", status=ServerStatus.ERROR, fault="disk is gone")

    vim.openstack.installed = True
    await vim.driver.audit()
    assert vim.faults.ids == {Alarm.SERVER_FAILED}

    assert await state_of(vim) is HostState.ENABLED
    assert {service.state for service in vim.openstack.known.values()} == {ServiceState.ENABLED}
    changes = len(vim.openstack.changes)
    await vim.driver.audit()
    await vim.settle()
    assert len(vim.openstack.changes) == changes


async def test_openstack_that_comes_later_is_not_asked_about_pure_kubernetes_workers_in_service(
    vim: ScriptedVim,
) -> None:
    vim.inventory.put(a_host())
    await vim.hears()
    await vim.settle()

    vim.openstack.installed = True
    await vim.driver.audit()

    assert await state_of(vim) is HostState.ENABLED
    assert (vim.openstack.calls, vim.faults.ids) == ([], set())


async def test_a_lock_with_openstack_away_ends_in_time_and_says_why(vim: ScriptedVim) -> None:
    vim.openstack.installed = True
    vim.inventory.put(a_host(labels=COMPUTE))
    await vim.hears()
    assert await state_of(vim) is HostState.ENABLED
    vim.openstack.known[ServiceKind.COMPUTE].down = True

    vim.inventory.ask(HostAction.LOCK)
    await vim.hears()
    for _ in range(5):
        await vim.step()
    vim.clock.passes(minutes=3)
    vim.openstack.known[ServiceKind.COMPUTE].down = False
    for _ in range(5):
        await vim.step()

    host = replace(vim.inventory.known[UUID])
    assert (host.action, host.administrative) == (None, Administrative.UNLOCKED)
    assert ("services-disable-failed", "compute does not answer") in vim.inventory.reports


async def test_services_that_went_with_openstack_are_forgotten_and_ensured_anew_when_it_comes_again(
    vim: ScriptedVim,
) -> None:
    vim.openstack.installed = True
    vim.inventory.put(a_host(labels=COMPUTE, **LOCKED))
    await vim.hears()
    await vim.settle()
    made = len(vim.openstack.changes)
    assert made > 0

    vim.openstack.installed = False
    await vim.driver.audit()
    place = await vim.settle()
    assert place is not None
    assert not place.has_services
    for service in vim.openstack.known.values():
        service.state = ServiceState.ABSENT
    vim.openstack.installed = True
    await vim.driver.audit()
    await vim.settle()

    assert len(vim.openstack.changes) == 2 * made
