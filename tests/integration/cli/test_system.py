"""The command as users run it: a process, a server, an exit status."""

import http.server
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.inventory.server import TOKENS, Server


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


def system(environment: dict[str, str], *arguments: str, given: str | None = None) -> Result:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "SYSTEM_"))}
    done = subprocess.run(
        [sys.executable, "-m", "sturnus.cli.system.main", *arguments],
        env=clean | environment, capture_output=True, text=True, timeout=120, check=False, input=given,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


class Shell:
    """A shell whose openrc names a token and the server."""

    def __init__(self, server: Server) -> None:
        self.environment = {"OS_AUTH_TOKEN": TOKENS["admin"], "SYSTEM_URL": f"http://127.0.0.1:{server.port}"}

    def __call__(self, *arguments: str) -> Result:
        return system(self.environment, *arguments)


@pytest.fixture
def shell(server: Server) -> Shell:
    server.request("POST", "/v1/ihosts", {"personality": "controller"})
    server.request(
        "POST",
        "/v1/ihosts",
        {"hostname": "compute-0", "personality": "worker", "mgmt_mac": "08:00:27:00:00:03", "mgmt_ip": "10.0.0.3"},
    )
    server.request("POST", "/v1/sturnus/hosts/compute-0/report", {"presence": "online", "hardware": {}})
    return Shell(server)


def test_hosts_are_listed_as_starlingx_lists_them(shell: Shell) -> None:
    assert shell("host-list") == Result(
        0,
        "+----+--------------+-------------+----------------+-------------+--------------+\n"
        "| id | hostname     | personality | administrative | operational | availability |\n"
        "+----+--------------+-------------+----------------+-------------+--------------+\n"
        "| 1  | controller-0 | controller  | locked         | disabled    | offline      |\n"
        "| 2  | compute-0    | worker      | locked         | disabled    | online       |\n"
        "+----+--------------+-------------+----------------+-------------+--------------+\n",
        "",
    )


def test_a_host_is_unlocked_and_waited_for(shell: Shell) -> None:
    done = shell("host-unlock", "compute-0", "--wait", "--format", "value", "--column", "operational")

    assert (done.status, done.out) == (0, "enabled\n")


def test_waiting_for_what_fails_fails(shell: Shell) -> None:
    done = shell("host-reboot", "--wait", "compute-0")

    assert done.status == 1
    assert done.err.endswith("bm_type=... bm_ip=... bm_username=... bm_password=...\n")


def test_labels_come_and_go(shell: Shell) -> None:
    assert shell("host-label-assign", "compute-0", "openstack-compute-node", "sriov=enabled").out.count("Property") == 2
    assert shell("host-label-list", "2").out == (
        "+-----------+------------------------+-------------+\n"
        "| hostname  | label key              | label value |\n"
        "+-----------+------------------------+-------------+\n"
        "| compute-0 | openstack-compute-node | enabled     |\n"
        "| compute-0 | sriov                  | enabled     |\n"
        "+-----------+------------------------+-------------+\n"
    )
    assert shell("host-label-remove", "compute-0", "sriov", "nosuch") == Result(
        0,
        "Deleted host label sriov for host compute-0\nHost label not found: host compute-0, label key nosuch\n",
        "",
    )


def test_a_guard_is_passed_on_word_for_word(shell: Shell) -> None:
    shell("host-unlock", "compute-0", "--wait")

    assert shell("host-label-assign", "compute-0", "openstack-compute-node=enabled") == Result(
        1, "", "Host compute-0 must be locked.\nTo do: system host-lock compute-0\n"
    )


@pytest.mark.parametrize(
    ("arguments", "status", "err"),
    [
        (("host-show", "nosuch"), 1, "host not found: nosuch\n"),
        (("host-update", "compute-0", "console"), 1, "Attributes must be a list of PATH=VALUE, not 'console'.\n"),
        (("host-label-assign", "compute-0", "a=1", "a=2"), 1, "Label a was given twice.\n"),
        (("modify",), 1, "Nothing to change.\n"),
        (("host-list", "--column", "x"), 1, "There is no column 'x'.\n"),
        (("host-dance",), 2, "usage: system"),
        (("host-list", "--format", "xml"), 2, "usage: system host-list"),
        (("--os-auth-token", "wrong", "host-list"), 1, "The request requires authentication.\n"),
        (("--system-url", "http://127.0.0.1:1", "host-list"), 1, "Cannot reach http://127.0.0.1:1: Connection refused"),
        (("--system-url", "ftp://x", "host-list"), 1, "'ftp://x' is not an address.\n"),
    ],
)
def test_refusals(shell: Shell, arguments: tuple[str, ...], status: int, err: str) -> None:
    done = shell(*arguments)

    assert done.status == status
    assert done.err.startswith(err)
    assert done.out == ""


def test_without_credentials_it_says_which_are_missing() -> None:
    assert system({"OS_USERNAME": "admin"}, "host-list") == Result(
        1,
        "",
        "You must provide credentials: OS_PASSWORD, OS_AUTH_URL, OS_PROJECT_NAME, or OS_AUTH_TOKEN and SYSTEM_URL.\n"
        "To do: source /etc/platform/openrc\n",
    )


def test_debugging_shows_requests_and_no_token(shell: Shell) -> None:
    done = shell("--debug", "host-list")

    assert "> GET http://127.0.0.1" in done.err
    assert TOKENS["admin"] not in done.err


@dataclass
class Keystone:
    """Keystone's side of the conversation, scripted: what it was asked, and the token that it gives next."""

    platform: str
    token: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    def answer(self) -> dict[str, Any]:
        endpoints = [
            {"interface": "public", "region": "RegionOne", "url": "http://192.0.2.1:6385/v1"},
            {"interface": "internal", "region": "RegionOne", "url": f"{self.platform}/v1"},
        ]
        catalog = [{"type": "identity", "endpoints": []}, {"type": "platform", "endpoints": endpoints}]
        return {"token": {"expires_at": "2099-01-01T00:00:00.000000Z", "catalog": catalog}}


@pytest.fixture
def keystone(server: Server) -> Iterator[Keystone]:
    script = Keystone(f"http://127.0.0.1:{server.port}", TOKENS["admin"])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.asked.append(body)
            good = body["auth"]["identity"]["password"]["user"]["password"] == "right"
            refusal = {"error": {"code": 401, "message": "The request you have made requires authentication."}}
            content = json.dumps(script.answer() if good else refusal).encode()
            self.send_response(201 if good else 401)
            self.send_header("X-Subject-Token", script.token)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield script
    listening.shutdown()
    thread.join()
    listening.server_close()


def openrc(keystone: Keystone, home: Path, **changes: str) -> dict[str, str]:
    return {
        "OS_AUTH_URL": f"http://127.0.0.1:{keystone.port}/v3",
        "OS_USERNAME": "admin",
        "OS_PASSWORD": "right",
        "OS_PROJECT_NAME": "admin",
        "OS_REGION_NAME": "RegionOne",
        "OS_ENDPOINT_TYPE": "internalURL",
        "XDG_CACHE_HOME": str(home / "cache"),
    } | changes


def test_a_token_is_asked_for_once_and_kept_where_only_its_owner_reads_it(keystone: Keystone, tmp_path: Path) -> None:
    for _ in range(3):
        assert system(openrc(keystone, tmp_path), "host-list").status == 0

    assert len(keystone.asked) == 1
    assert keystone.asked[0]["auth"]["scope"] == {"project": {"name": "admin", "domain": {"name": "Default"}}}
    (kept,) = (tmp_path / "cache" / "sturnus").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "right" not in kept.read_text()


def test_a_kept_token_that_is_refused_is_replaced(keystone: Keystone, tmp_path: Path) -> None:
    keystone.token = "revoked-later"
    assert system(openrc(keystone, tmp_path), "host-list").status == 1
    keystone.token = TOKENS["admin"]

    assert system(openrc(keystone, tmp_path), "host-list").status == 0


def test_a_wrong_password_says_so(keystone: Keystone, tmp_path: Path) -> None:
    done = system(openrc(keystone, tmp_path, OS_PASSWORD="wrong"), "host-list")

    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("The request you have made requires authentication. (HTTP 401)\n")


def test_a_region_that_is_not_in_the_catalog_says_so(keystone: Keystone, tmp_path: Path) -> None:
    done = system(openrc(keystone, tmp_path, OS_REGION_NAME="Elsewhere"), "host-list")

    assert done.err.startswith("The catalog has no internal endpoint of type platform in region Elsewhere.\n")


def test_a_password_is_read_from_standard_input_and_never_shown(shell: Shell) -> None:
    fields = ("bm_type=redfish", "bm_ip=10.0.0.9:8443", "bm_username=root", "bm_password=-")

    done = system(shell.environment, "host-update", "compute-0", *fields, "--format", "json", given="squirrel\n")

    assert done.status == 0, done.err
    shown = json.loads(done.out)
    assert (shown["bm_ip"], shown["bm_username"]) == ("10.0.0.9:8443", "root")
    assert (shown["fencing"], shown["availability_reason"]) == (None, None)
    assert "bm_password" not in shown
    assert "squirrel" not in done.out + done.err


def test_an_action_that_nobody_can_carry_out_says_what_is_missing(shell: Shell) -> None:
    done = shell("host-power-off", "compute-0", "--wait")

    assert done.status == 1
    assert "it has no baseboard controller" in done.err
