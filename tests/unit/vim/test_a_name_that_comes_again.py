"""A host that was deleted, and whose name another one has before all that was its own is gone."""

import asyncio
from dataclasses import replace

import pytest

from sturnus.core.states import Administrative, Availability, HostAction
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.machine import HostState
from sturnus.vim.ports import Alarm
from sturnus.vim.servers.view import ServerStatus
from tests.scripted_vim import COMPUTE, UUID, ScriptedVim, a_host

pytestmark = pytest.mark.anyio

AGAIN = "11111111-2222-5f00-a950-31e30eafa018"


async def goes_on(vim: ScriptedVim, action: HostAction | None = None) -> HostState:
    """The new host, after somebody asked for something to be done with it, until it rests."""
    vim.inventory.put(replace(vim.inventory.known[AGAIN], action=action))
    await vim.places.look_at({AGAIN: "compute-0"})
    while (pause := await vim.driver.step(AGAIN, asyncio.Event())) is not None:
        vim.clock.passes(seconds=pause)
    place = await vim.places.find(AGAIN)
    assert place is not None
    return place.place.state


@pytest.fixture
async def again(vim: ScriptedVim) -> ScriptedVim:
    """Nova keeps the service of the one that was deleted until the new one is in service."""
    await vim.in_service(labels=COMPUTE)
    await vim.asks(HostAction.LOCK)
    await vim.runs()
    nova = vim.openstack.known[ServiceKind.COMPUTE]
    nova.keeps = "nova-compute of compute-0 still has servers: old"
    del vim.inventory.known[UUID]
    await vim.hears()
    place = await vim.runs(30)
    assert place is not None
    assert (place.place.state, place.reason) == (HostState.DELETING, nova.keeps)
    locked = {"administrative": Administrative.LOCKED, "availability": Availability.ONLINE}
    vim.inventory.put(a_host(uuid=AGAIN, labels=COMPUTE, **locked))
    assert await goes_on(vim) is HostState.DISABLED
    nova.keeps = ""
    assert await goes_on(vim, HostAction.UNLOCK) is HostState.ENABLED
    return vim


async def test_a_deleted_host_takes_nothing_from_the_one_that_has_its_name_now(again: ScriptedVim) -> None:
    assert await goes_on(again, HostAction.LOCK) is HostState.DISABLED
    changes = len(again.openstack.changes)

    assert await again.runs() is None

    assert again.cluster.node is not None
    assert again.cluster.node.effects == {"NoSchedule", "NoExecute"}
    assert {service.state for service in again.openstack.known.values()} == {ServiceState.DISABLED}
    assert len(again.openstack.changes) == changes


async def test_nor_does_it_clear_the_alarms_of_that_one(again: ScriptedVim) -> None:
    again.inventory.put(replace(again.inventory.known[AGAIN], availability=Availability.AVAILABLE))
    again.cloud.has("db", status=ServerStatus.SUSPENDED)
    assert await goes_on(again, HostAction.LOCK) is HostState.ENABLED
    assert again.faults.ids == {Alarm.LOCK_FAILED}

    assert await again.runs() is None

    assert again.faults.ids == {Alarm.LOCK_FAILED}
