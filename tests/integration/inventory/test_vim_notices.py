"""What the VIM is told, and what becomes of an action that nobody carries out."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sturnus.core import signed_requests
from sturnus.core.clock import SystemClock, random_id
from sturnus.core.settings import Settings
from sturnus.core.states import HostAction
from sturnus.core.vault import Vault
from sturnus.inventory import systems
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import Host
from sturnus.inventory.service import Announcement, Inventory, Speaker
from sturnus.store import hosts, outbox
from sturnus.store.database import Database
from sturnus.store.outbox import Notice, Topic
from tests.builders import nothing_seen

pytestmark = pytest.mark.anyio


@dataclass
class ScriptedVim:
    """Keeps what it was told."""

    told: list[tuple[str | None, HostAction | None]] = field(default_factory=list)

    async def host_changed(self, host: Host) -> None:
        self.told.append((host.hostname, host.ihost_action))

    async def host_gone(self, uuid: str, hostname: str | None) -> None:
        raise AssertionError(uuid, hostname)


@pytest.fixture
async def inventory(database: Database) -> Inventory:
    ground = Ground(database, SystemClock(), random_id, "controller-0", Vault(Path("/nonexistent/key")))
    await systems.ensure(ground, Settings())
    return Inventory(ground, nothing_seen())


async def newest_notice(database: Database) -> Notice:
    async with database.read() as session:
        return [each for each in await outbox.waiting(session, 10) if each.topic is Topic.VIM][-1]


async def asked(database: Database, uuid: str, action: HostAction, task: str) -> None:
    """As an earlier version left it, or a check let it pass."""
    async with database.write() as session:
        row = await hosts.lock(session, uuid)
        assert row is not None
        row.ihost_action, row.task = action, task


async def test_a_host_whose_action_nobody_carries_out_is_free_again_and_says_why(
    inventory: Inventory, database: Database
) -> None:
    host = await inventory.add_host({"hostname": "controller-0", "personality": "controller"})
    await asked(database, host.uuid, HostAction.FORCE_SWACT, "Force-Swacting")
    vim = ScriptedVim()

    await inventory.tell(await newest_notice(database), vim)

    host = await inventory.host(host.uuid)
    assert (host.ihost_action, host.task) == (None, None)
    assert host.vim_progress_status == "force-swact of controller-0 was not done: nothing on this platform can do it"
    assert vim.told == [("controller-0", None)]


@pytest.mark.parametrize("action", [HostAction.LOCK, HostAction.REBOOT])
async def test_what_others_carry_out_stays_until_they_say_how_it_ended(
    inventory: Inventory, database: Database, action: HostAction
) -> None:
    host = await inventory.add_host({"hostname": "compute-0", "personality": "worker"})
    await asked(database, host.uuid, action, "...")
    vim = ScriptedVim()

    await inventory.tell(await newest_notice(database), vim)

    assert (await inventory.host(host.uuid)).ihost_action is action
    assert vim.told == [("compute-0", action)]


async def test_a_host_that_announces_another_address_is_told_of(inventory: Inventory, database: Database) -> None:
    key = b"k" * 32
    said = Announcement("compute-0", "08:00:27:00:00:03", "10.0.0.3", {})
    host = await inventory.enrol_agent(key, 1, said)
    event, notice = await inventory.newest_event(), await newest_notice(database)

    for stamp in (2, 3):  # the second time it is no news
        speaker = Speaker(signed_requests.key_id(key), stamp)
        await inventory.agent_announces(speaker, replace(said, mgmt_ip="10.0.0.4"), "digest")

    assert [(each.kind, each.subject) for each in await inventory.events_after(event, 10)] == [
        ("host.changed", host.uuid)
    ]
    assert (await newest_notice(database)).id == notice.id + 1
