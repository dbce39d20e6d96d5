"""The inventory and the VIM as two real processes: told by the outbox, over HTTP, whatever dies in between."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from json import loads
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.integration.inventory.conftest import WORKER
from tests.integration.inventory.server import TOKENS, Server
from tests.integration.lab.waiting import eventually
from tests.integration.program import PATIENCE, Process, Program
from tests.integration.vim.stand_in import TOKEN, kubeconfig_for, stand_in


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class VimServer(Program):
    """`sturnus serve vim`, with a database of its own."""

    home: Path
    port: int
    settings: Mapping[str, str]
    serves: ClassVar[str] = "vim"
    process: Process | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        return os.environ | self.settings

    def get(self, path: str, role: str = "reader") -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path, headers={"X-Auth-Token": TOKENS[role]})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, loads(content)

    def patch(self, token: str, body: str) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"X-Auth-Token": token, "Content-Type": "application/json"}
        connection.request("PATCH", "/nfvi-plugins/v1/hosts", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def states(self) -> dict[str, str]:
        return {host["hostname"]: host["state"] for host in self.get("/v1/sturnus/vim/hosts")[1]["hosts"]}


@dataclass
class Both:
    inventory: Server
    vim: VimServer
    north: int  # port

    def run(self, command: str, *arguments: str, role: str = "admin") -> subprocess.CompletedProcess[str]:
        """A command as an operator runs it, with a token of this role."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "SYSTEM_"))}
        urls = {"SYSTEM_URL": f"http://127.0.0.1:{self.inventory.port}", "VIM_URL": f"http://127.0.0.1:{self.north}"}
        return subprocess.run(
            [sys.executable, "-m", f"sturnus.cli.{command}.main", *arguments],
            env=clean | urls | {"OS_AUTH_TOKEN": TOKENS[role]},
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with stand_in() as outside:
        port, north = free_port(), free_port()
        password = tmp_path / "password"
        password.write_text("secret")
        common = {"STURNUS_KEYSTONE_URL": outside, "STURNUS_KEYSTONE_PASSWORD_FILE": str(password)}
        vim_url = {"STURNUS_VIM_URL": f"http://127.0.0.1:{port}", "STURNUS_LISTEN_PORT": str(free_port())}
        inventory = Server(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/inventory.db", common | vim_url)
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        with (tmp_path / "tokens.toml").open("a") as tokens:
            tokens.write(f'[[token]]\nsha256 = "{digest}"\nuser = "vim"\nroles = ["service", "reader"]\n')
        inventory.upgrade()
        inventory.start()
        environment = inventory.environment | {
            "STURNUS_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/vim.db",
            "STURNUS_VIM_PORT": str(port),
            "STURNUS_VIM_NORTHBOUND_PORT": str(north),
            "STURNUS_INVENTORY_URL": f"http://127.0.0.1:{inventory.port}",
            "STURNUS_KUBECONFIG": str(kubeconfig_for(outside, tmp_path)),
        }
        vim = VimServer(tmp_path, port, environment)
        vim.upgrade()
        vim.start()
        yield Both(inventory, vim, north)
        inventory.stop()
        vim.kill()


@pytest.fixture
def worker(both: Both) -> str:
    """A worker that is locked, online and ready to be unlocked."""
    uuid: str = both.inventory.request("POST", "/v1/ihosts", WORKER).body["uuid"]
    both.inventory.request("POST", f"/v1/sturnus/hosts/{uuid}/report", {"presence": "online", "hardware": {}})
    return uuid


def test_lock_and_unlock_go_through_the_vim_and_say_so(both: Both, worker: str) -> None:
    eventually(both.vim.states, lambda now: now == {"compute-0": "disabled"}, PATIENCE)

    both.inventory.action(worker, "unlock")
    found = both.inventory.settled(worker)
    assert (found["administrative"], found["vim_progress_status"]) == ("unlocked", "services-enabled")
    eventually(both.vim.states, lambda now: now == {"compute-0": "enabled"}, PATIENCE)

    both.inventory.action(worker, "lock")
    found = both.inventory.settled(worker)
    assert (found["administrative"], found["vim_progress_status"]) == ("locked", "services-disabled")

    both.inventory.request("DELETE", f"/v1/ihosts/{worker}")
    eventually(both.vim.states, lambda now: now == {}, PATIENCE)


def test_what_was_asked_while_the_vim_was_down_is_done_when_it_is_back(both: Both, worker: str) -> None:
    both.vim.kill()
    both.inventory.request("POST", f"/v1/labels/{worker}", {"rack": "one"})
    both.inventory.action(worker, "unlock")
    waiting = eventually(
        lambda: both.inventory.request("GET", "/v1/sturnus/outbox").body["outbox"],
        lambda now: any("the VIM does not answer" in notice["reason"] for notice in now),
        PATIENCE,
    )
    assert waiting[0]["host_uuid"] == worker

    both.vim.start()

    assert both.inventory.settled(worker)["administrative"] == "unlocked"


def test_an_action_is_finished_whenever_the_vim_is_killed(both: Both, worker: str) -> None:
    for number in range(4):
        action, state = (("unlock", "unlocked"), ("lock", "locked"))[number % 2]
        assert both.inventory.action(worker, action).status == 200
        time.sleep(0.05 * number)
        both.vim.kill()
        both.vim.start()

        assert both.inventory.settled(worker)["administrative"] == state


@pytest.mark.parametrize(
    ("token", "body", "status"),
    [
        ("nonsense", '{"uuid": "6b3dd953-b678-5f00-a950-31e30eafa015"}', 401),
        (TOKENS["admin"], '{"uuid": "6b3dd953-b678-5f00-a950-31e30eafa015", "hostname": "x"}', 200),
        (TOKENS["operator"], '{"uuid": "6b3dd953-b678-5f00-a950-31e30eafa015"}', 403),
        (TOKEN, "{}", 400),
        (TOKEN, '{"uuid": "../../etc"}', 400),
        (TOKEN, '{"uuid": "6b3dd953-b678-5f00-a950-31e30eafa015", "action": "explode"}', 400),
    ],
)
def test_only_the_platforms_programs_are_listened_to(both: Both, token: str, body: str, status: int) -> None:
    assert both.vim.patch(token, body) == status


def test_only_the_vim_may_say_how_an_action_went(both: Both, worker: str) -> None:
    assert both.inventory.action(worker, "services-disabled", role="operator").status == 403
    late = both.inventory.action(worker, "services-enabled")  # nobody asked: it changes nothing
    assert (late.status, late.body["administrative"]) == (200, "locked")
    eventually(lambda: both.vim.get("/healthz")[1]["inventory"], lambda now: now == "answers", PATIENCE)


def test_a_preview_goes_from_the_command_to_the_vim_and_changes_nothing(both: Both, worker: str) -> None:
    both.inventory.action(worker, "unlock")
    both.inventory.settled(worker)
    obstacle = "pod shop/db-0: budget db allows no disruption now: 1 healthy, 1 wanted"

    plain = both.run("system", "host-lock", "--preview", "compute-0", role="reader")
    forced = both.run("system", "host-lock", "-f", "--preview", "compute-0", role="reader")

    assert (plain.returncode, plain.stderr) == (2, "")
    assert plain.stdout.startswith("Servers: none.\n")
    assert plain.stdout.endswith(f"The lock would not go through:\n  {obstacle}\n")
    assert forced.returncode == 0
    assert forced.stdout.endswith("The lock would go through. To do it: system host-lock -f compute-0\n")
    found = both.inventory.request("GET", f"/v1/ihosts/{worker}").body
    assert (found["administrative"], found["ihost_action"], found["task"]) == ("unlocked", None, None)
    eventually(both.vim.states, lambda now: now == {"compute-0": "enabled"}, PATIENCE)


def test_a_preview_says_what_the_inventory_would_refuse(both: Both, worker: str) -> None:
    eventually(both.vim.states, lambda now: now == {"compute-0": "disabled"}, PATIENCE)

    found = both.inventory.request("GET", f"/v1/sturnus/hosts/{worker}/lock-preview").body

    assert found["goes_through"] is False
    assert found["obstacles"][0] == "Host compute-0 is already locked."


def test_who_may_not_see_servers_sees_no_preview(both: Both, worker: str) -> None:
    path = f"/v1/sturnus/hosts/{worker}/lock-preview"

    assert both.inventory.request("GET", path, role="stranger").status == 403
    assert both.vim.get(f"/v1/sturnus/vim/hosts/{worker}/lock-preview", role="stranger")[0] == 403
    assert both.inventory.request("GET", f"{path}?kind=unlock").status == 400


def test_there_are_no_strategies_and_the_commands_say_so(both: Both) -> None:
    shown = both.run("sw_manager", "kube-upgrade-strategy", "show", role="reader")
    created = both.run("sw_manager", "kube-upgrade-strategy", "create", "--to-version", "v1.36.2")
    applied = both.run("sw_manager", "kube-upgrade-strategy", "apply")
    deleted = both.run("sw_manager", "sw-deploy-strategy", "delete")

    assert (shown.returncode, shown.stdout) == (0, "No strategy available\n")
    assert (created.returncode, created.stdout) == (1, "")
    assert created.stderr == (
        "This version makes no strategies, so none of kind kube-upgrade either.\n"
        "To do: for each host: system host-lock --preview HOST, system host-lock --wait HOST, update it,"
        " system host-unlock --wait HOST\n"
    )
    assert (applied.returncode, applied.stderr.splitlines()[0]) == (1, "There is no strategy of kind kube-upgrade.")
    assert (deleted.returncode, deleted.stderr) == (1, "Nothing to delete\n")


def test_strategies_are_asked_for_with_a_token_of_the_platform(both: Both) -> None:
    refused = both.run("sw_manager", "kube-upgrade-strategy", "create", "--to-version", "v1.36.2", role="reader")

    assert both.run("sw_manager", "kube-upgrade-strategy", "show", role="stranger").returncode == 1
    assert "vim:strategies:change" in refused.stderr or "configurator" in refused.stderr
