"""An audit takes its time: what it read at its beginning may be otherwise at its end."""

from collections.abc import Sequence

import pytest

from sturnus.vim.deciding import Go
from sturnus.vim.facts import InventoryHost
from sturnus.vim.machine import HostEvent, HostState
from sturnus.vim.ports import Alarm
from tests.scripted_vim import COMPUTE, ScriptedVim

pytestmark = pytest.mark.anyio


@pytest.fixture
async def cloud(vim: ScriptedVim) -> ScriptedVim:
    """A compute host in service beside another one."""
    await vim.in_service(labels=COMPUTE)
    return vim


async def comes_back_during_an_audit(vim: ScriptedVim, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the inventory's answer is on its way, and after the audit has read where the hosts are."""
    hosts = vim.inventory.hosts

    async def slow() -> Sequence[InventoryHost]:
        found = await hosts()
        await vim.is_back()
        await vim.runs()
        assert await vim.state() is HostState.ENABLED
        return found

    with monkeypatch.context() as patch:
        patch.setattr(vim.inventory, "hosts", slow)
        await vim.driver.audit()


async def test_a_host_that_comes_back_during_an_audit_is_not_said_to_have_failed(
    cloud: ScriptedVim, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cloud.is_fenced()
    await cloud.runs()
    assert cloud.faults.ids == {Alarm.HOST_FAILED}

    await comes_back_during_an_audit(cloud, monkeypatch)

    assert cloud.faults.ids == set()


async def test_a_host_that_comes_back_during_an_audit_is_not_tried_again(
    cloud: ScriptedVim, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.cloud.has("a")
    cloud.cloud.broken.add("evacuation a")
    await cloud.is_fenced()
    await cloud.runs()
    cloud.clock.passes(minutes=11)

    await comes_back_during_an_audit(cloud, monkeypatch)

    assert await cloud.state() is HostState.ENABLED


async def test_a_state_that_somebody_else_has_changed_stays(cloud: ScriptedVim) -> None:
    place = await cloud.place()
    assert place is not None
    await cloud.places.go(place, Go(HostState.DISABLING, HostEvent.LOCK), has_services=True)

    await cloud.places.go(place, Go(HostState.FAILING, HostEvent.FAILURE), has_services=True)

    assert await cloud.state() is HostState.DISABLING
