"""No server is placed on a host before all that it needs there works: Nova is told last."""

import pytest

from sturnus.core.states import Administrative, HostAction, ServicesReport
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.machine import HostState
from tests.scripted_vim import COMPUTE, WITH_OVN, ScriptedVim, a_host

pytestmark = pytest.mark.anyio

WAITS = "Neutron does not hear OVN Controller Gateway agent of compute-0"


@pytest.fixture
async def locked(vim: ScriptedVim) -> ScriptedVim:
    """A compute host that was locked, with OVN, and is being unlocked while its chassis is not heard yet."""
    vim.openstack.installed = True
    network = vim.openstack.known[ServiceKind.NETWORK]
    network.states = WITH_OVN
    vim.inventory.put(a_host(labels=COMPUTE, administrative=Administrative.LOCKED))
    await vim.hears()
    await vim.runs()
    assert vim.openstack.known[ServiceKind.COMPUTE].state is ServiceState.DISABLED
    network.state, network.keeps = ServiceState.DOWN, WAITS
    vim.openstack.calls.clear()
    vim.inventory.ask(HostAction.UNLOCK)
    await vim.hears()
    return vim


async def test_nova_is_told_when_the_chassis_is_heard_and_not_before(locked: ScriptedVim) -> None:
    await locked.runs(60)

    assert locked.openstack.known[ServiceKind.COMPUTE].state is ServiceState.DISABLED
    assert (ServicesReport.ENABLE_EXTEND, WAITS) in locked.inventory.reports

    network = locked.openstack.known[ServiceKind.NETWORK]
    network.state, network.keeps = ServiceState.ENABLED, ""
    place = await locked.runs()
    assert place is not None
    assert place.place.state is HostState.ENABLED
    assert locked.openstack.changes[-1] == "compute enabled compute-0"
    assert locked.inventory.reports[-1] == (ServicesReport.ENABLED, None)


async def test_an_unlock_that_fails_for_its_chassis_leaves_the_host_without_servers(locked: ScriptedVim) -> None:
    await locked.runs(400)

    assert (ServicesReport.ENABLE_FAILED, WAITS) in locked.inventory.reports
    assert "compute enabled compute-0" not in locked.openstack.changes
    assert locked.openstack.known[ServiceKind.COMPUTE].state is ServiceState.DISABLED
