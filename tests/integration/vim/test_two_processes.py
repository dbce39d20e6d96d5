"""The inventory and the VIM as two real processes: told by the outbox, over HTTP, whatever dies in between."""

import hashlib
import os
import socket
import subprocess
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
from tests.integration.program import PATIENCE, Program
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
    process: subprocess.Popen[bytes] | None = None

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


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with stand_in() as outside:
        port = free_port()
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
            "STURNUS_INVENTORY_URL": f"http://127.0.0.1:{inventory.port}",
            "STURNUS_KUBECONFIG": str(kubeconfig_for(outside, tmp_path)),
        }
        vim = VimServer(tmp_path, port, environment)
        vim.upgrade()
        vim.start()
        yield Both(inventory, vim)
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
