"""A host that dies while a server migrates off it: what Nova was asked about that comes to nothing, and ends."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from sturnus.core.errors import Conflict
from sturnus.core.states import HostAction
from sturnus.vim.machine import HostState
from sturnus.vim.ports import Alarm
from sturnus.vim.servers.view import ServerStatus
from tests.scripted_vim import COMPUTE, ScriptedVim

pytestmark = pytest.mark.anyio

REFUSALS = [None, Conflict("not now", expected="", remedy="")]


@pytest.fixture
async def cloud(vim: ScriptedVim) -> ScriptedVim:
    """A compute host in service beside another one."""
    await vim.in_service(labels=COMPUTE)
    return vim


@dataclass
class NothingComesOfIt:
    """What Nova was asked, and took or refused, and never carried out."""

    refusal: Conflict | None
    asked: int = 0

    async def __call__(self, server: str) -> None:
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal


async def dies_while_a_server_leaves(vim: ScriptedVim, wish: str) -> None:
    """And says nothing any more of what Nova asks it to do about that."""
    vim.cloud.has("a", metadata={"sturnus:on_lock": wish})
    await vim.asks(HostAction.LOCK)
    while not vim.cloud.orders:
        vim.clock.passes(seconds=await vim.step() or 0)
    await vim.becomes(action=None)
    await vim.is_fenced()


@pytest.mark.parametrize("refusal", REFUSALS, ids=["abort is taken", "abort is refused"])
async def test_a_live_migration_that_died_with_its_host_ends_and_its_server_is_named(
    cloud: ScriptedVim, monkeypatch: pytest.MonkeyPatch, refusal: Conflict | None
) -> None:
    abort = NothingComesOfIt(refusal)
    monkeypatch.setattr(cloud.cloud, "abort_live_migration", abort)
    cloud.cloud.takes = timedelta(days=1)
    await dies_while_a_server_leaves(cloud, "live")

    await cloud.runs(1200, pace=30)

    assert await cloud.state() is HostState.FAILED
    assert cloud.faults.raised[Alarm.SERVERS_NOT_RECOVERED, "host=compute-0"] == (
        "cannot move: a because it is being moved (Nova: migrating) since before its host died, and Nova waits for that"
        ": openstack server set --state active uuid-of-a"
    )
    assert await cloud.orders.open() == []
    assert abort.asked > 1


@pytest.mark.parametrize("refusal", REFUSALS, ids=["confirmation is taken", "confirmation is refused"])
async def test_a_cold_migration_that_a_dead_host_cannot_confirm_ends_for_its_server_runs_elsewhere(
    cloud: ScriptedVim, monkeypatch: pytest.MonkeyPatch, refusal: Conflict | None
) -> None:
    monkeypatch.setattr(cloud.cloud, "confirm", NothingComesOfIt(refusal))
    await dies_while_a_server_leaves(cloud, "cold")

    await cloud.runs(1200, pace=30)

    assert await cloud.state() is HostState.FAILED
    assert await cloud.orders.open() == []
    assert cloud.cloud.runs_on["uuid-of-a"] == {"compute-1"}
    assert cloud.faults.ids == {Alarm.HOST_FAILED}


async def test_a_confirmation_for_which_nobody_was_there_in_time_is_asked_for_all_the_same(cloud: ScriptedVim) -> None:
    await dies_while_a_server_leaves(cloud, "cold")
    cloud.clock.passes(hours=1)

    await cloud.runs()

    assert cloud.cloud.named("a").status is ServerStatus.ACTIVE
    assert await cloud.state() is HostState.FAILED
