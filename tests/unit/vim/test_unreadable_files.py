"""Files of which the VIM can make no sense: OpenStack may be there or not, and hosts go on all the same."""

import pytest

from sturnus.core.states import Administrative, HostAction, ServicesReport
from sturnus.vim.machine import HostState
from sturnus.vim.ports import Alarm
from tests.scripted_vim import COMPUTE, OTHER, UUID, ScriptedVim, a_host

pytestmark = pytest.mark.anyio

WHY = "/etc/nfv/vim/config.ini cannot be read: no section"


async def test_a_pure_worker_is_locked(vim: ScriptedVim) -> None:
    await vim.in_service()
    vim.openstack.unreadable = WHY
    await vim.asks(HostAction.LOCK)

    await vim.settle()

    assert vim.inventory.reports[-1] == (ServicesReport.DISABLED, None)
    assert vim.openstack.calls == []


async def test_the_lock_of_a_compute_host_says_so_and_fails_in_time(vim: ScriptedVim) -> None:
    await vim.in_service(labels=COMPUTE)
    vim.openstack.unreadable = WHY
    await vim.asks(HostAction.LOCK)

    await vim.runs(60)
    assert (ServicesReport.DISABLE_EXTEND, WHY) in vim.inventory.reports
    assert vim.faults.raised[Alarm.OPENSTACK_SILENT, "service=nova"] == WHY

    await vim.runs(70)
    assert (ServicesReport.DISABLE_FAILED, WHY) in vim.inventory.reports
    assert vim.inventory.known[UUID].action is None


async def test_a_forced_lock_goes_on_without_openstack(vim: ScriptedVim) -> None:
    await vim.in_service(labels=COMPUTE)
    vim.openstack.unreadable = WHY
    await vim.asks(HostAction.FORCE_LOCK)

    await vim.runs(120)

    assert vim.inventory.reports[-1] == (ServicesReport.DISABLED, None)


async def test_the_audit_goes_on_and_forgets_nothing_of_openstack(vim: ScriptedVim) -> None:
    await vim.in_service(labels=COMPUTE)
    new = a_host(uuid="new", hostname="compute-2", administrative=Administrative.LOCKED)
    vim.inventory.put(new)
    await vim.faults.raise_(Alarm.OPENSTACK_SILENT, "service=nova", "it was silent before")
    vim.openstack.unreadable = WHY

    await vim.driver.audit()

    assert "new" in await vim.places.with_work()
    place = await vim.place()
    assert place is not None
    assert place.has_services
    assert vim.faults.raised[Alarm.OPENSTACK_SILENT, "service=nova"] == WHY


async def test_a_host_at_rest_stays_there_until_somebody_knows_whether_it_is_to_have_services(vim: ScriptedVim) -> None:
    await vim.knows_of(a_host(uuid=OTHER, hostname="compute-1"))
    vim.inventory.put(a_host(administrative=Administrative.LOCKED))
    await vim.hears()
    await vim.settle()
    vim.openstack.unreadable = WHY
    await vim.becomes(labels=COMPUTE)
    await vim.settle()
    assert await vim.state() is HostState.DISABLED
    await vim.driver.audit()
    assert UUID not in await vim.places.with_work()

    vim.openstack.unreadable = ""
    vim.openstack.installed = True
    await vim.driver.audit()
    await vim.settle()

    place = await vim.place()
    assert place is not None
    assert place.has_services
    assert place.place.state is HostState.DISABLED
