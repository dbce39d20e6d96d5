"""`sturnus agent` as a host runs it, over a made tree, against a real server."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, SOCK_STREAM, SocketKind, socket

import pytest

from tests.integration.inventory.agent import SECRET, serving_agents
from tests.integration.inventory.server import Server
from tests.unit.agent.made_tree import make_tree


def free_port(kind: SocketKind) -> str:
    with socket(AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    # As at a site, where both are fixed: an agent knows no others after a restart of the inventory.
    ports = {"STURNUS_LISTEN_PORT": free_port(SOCK_STREAM), "STURNUS_HEARTBEAT_PORT": free_port(SOCK_DGRAM)}
    with serving_agents(tmp_path, settings=ports) as started:
        yield started


@pytest.fixture
def agent(server: Server, tmp_path: Path) -> Iterator[Path]:
    """Runs the program; the file of its log."""
    with running_agent(server, tmp_path) as log:
        yield log


@contextmanager
def running_agent(server: Server, tmp_path: Path) -> Iterator[Path]:
    """The program, with what it kept when it ran last; the file of its log."""
    secret, log, root = tmp_path / "secret", tmp_path / "agent.log", make_tree(tmp_path / "root")
    secret.write_text(SECRET)
    secret.chmod(0o600)
    command = [
        sys.executable, "-m", "sturnus.cli.sturnus.main", "agent", "--platform", f"http://127.0.0.1:{server.port}",
        "--enrolment-file", str(secret), "--state", str(tmp_path / "agent"), "--root", str(root),
    ]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=server.environment, stdout=out, stderr=out)
    yield log
    process.terminate()
    process.wait(10)


def test_the_program_enrols_announces_and_sends_only_changes(server: Server, agent: Path, tmp_path: Path) -> None:
    await_that(lambda: '"announced"' in agent.read_text(), agent)

    (host,) = server.request("GET", "/v1/ihosts").body["ihosts"]
    assert (host["mgmt_ip"], host["availability"], host["uptime"]) == ("172.31.77.20", "online", 7876)
    assert (tmp_path / "agent" / "host").read_text().strip() == host["uuid"]

    make_tree(tmp_path / "root", proc__sys__kernel__random__boot_id="another", proc__uptime="8000.1 1")
    await_that(lambda: server.request("GET", "/v1/ihosts/1").body["uptime"] == 8000, agent)
    assert agent.read_text().count('"announced"') == 1

    make_tree(tmp_path / "root", sys__class__net__eth0__mtu="9000")
    await_that(lambda: agent.read_text().count('"announced"') == 2, agent)
    assert SECRET not in agent.read_text()


def test_the_program_enrols_again_when_a_full_disk_left_nothing_of_who_it_is(server: Server, tmp_path: Path) -> None:
    kept = tmp_path / "agent" / "host"
    with running_agent(server, tmp_path) as log:
        await_that(lambda: '"announced"' in log.read_text(), log)
    enrolled = kept.read_text()
    kept.write_text("")

    with running_agent(server, tmp_path) as log:
        await_that(lambda: kept.read_text() == enrolled, log)


def test_the_program_is_heard_each_second_and_again_soon_after_the_inventory_was_killed(
    server: Server, agent: Path
) -> None:
    await_that(lambda: witness(server) == ("heard", True), agent)

    server.kill()
    server.start()

    await_that(lambda: witness(server) == ("heard", True), agent)
    assert agent.read_text().count('"heard from now on"') == 2
    assert server.request("GET", "/v1/ihosts/1").body["availability"] == "online"


def test_the_programs_guest_service_is_what_was_wanted_and_stays_so(
    server: Server, agent: Path, tmp_path: Path
) -> None:
    path, kept = "/v1/sturnus/hosts/1/guest-services", tmp_path / "agent" / "guest-services"
    await_that(lambda: witness(server) == ("heard", True), agent)

    for wanted in ("disabled", "enabled", "absent"):
        began = time.monotonic()
        assert server.request("PUT", path, {"wanted": wanted}).status == 200
        await_that(partial(is_found, server, path, wanted), agent)
        print(f"{wanted} after {time.monotonic() - began:.2f} s")
        assert (kept.read_text().strip() if kept.exists() else "absent") == wanted


def is_found(server: Server, path: str, wanted: str) -> bool:
    """Whether what the agent last told is what was wanted."""
    found: str | None = server.request("GET", path).body["found"]
    return found == wanted


def witness(server: Server) -> tuple[str, bool] | None:
    """What the first witness says of the host, and whether datagrams of it were accepted."""
    found = server.request("GET", "/v1/sturnus/hosts/1/witnesses")
    if found.status != 200 or not found.body["witnesses"]:
        return None
    metrics = server.request("GET", "/metrics").body
    return found.body["witnesses"][0]["says"], 'sturnus_heartbeats_total{result="accepted"}' in metrics


def await_that(holds: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)
