"""`config_controller` against a real server: it fills the inventory, is repeated, and refuses when it is done."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sturnus import __version__
from sturnus.cli.config_controller.main import main
from sturnus.configuration.first.reading import DEFAULT
from tests.integration.inventory.agent import TestAgent, serving_agents
from tests.integration.inventory.server import TOKENS, Server

FILE = DEFAULT.format(release=__version__).replace("TIMEZONE=UTC", "TIMEZONE=Europe/Bern")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving_agents(tmp_path) as started:
        yield started


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "config.ini"
    written.write_text(FILE)
    return written


@pytest.fixture
def short_of_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No agent applies anything here: it is cut off while it waits for that."""
    monkeypatch.setattr("sturnus.cli.config_controller.carrying_out.DEADLINE", 5.0)


@pytest.fixture
def agent(server: Server, tmp_path: Path) -> TestAgent:
    return TestAgent(server, tmp_path / "agent")


@pytest.fixture
def options(server: Server, agent: TestAgent, tmp_path: Path) -> list[str]:
    """Of every call: where the platform is, and which host this is."""
    uuid = agent.enrol().body["host_uuid"]
    port = {"name": "eth0", "mac": agent.announcement["mgmt_mac"], "mtu": 1500, "speed_mbps": None}
    agent.announcement["hardware"] = agent.announcement["hardware"] | {"ports": [port]}
    assert agent.announce().status == 200
    (tmp_path / "host").write_text(f"{uuid}\n")
    url = f"http://127.0.0.1:{server.port}"
    return ["--host-file", str(tmp_path / "host"), "--os-auth-token", TOKENS["admin"], "--system-url", url]


def names(server: Server, path: str, key: str) -> dict[str, Any]:
    return {each["name"]: each for each in server.request("GET", f"/v1/{path}").body[key]}


def test_a_file_that_is_wrong_is_refused_with_all_its_faults_and_nothing_is_changed(
    server: Server, options: list[str], file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(FILE.replace("duplex", "triplex").replace("GATEWAY=10.10.10.1", "GATEWAY=1.1.1.1"))

    assert main(["--config-file", str(file), *options], tmp_path / "flag") == 1

    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said] == ["[SYSTEM] SYSTEM_MODE", "[OAM_NETWORK] GATEWAY", "To do"]
    assert names(server, "addrpools", "addrpools") == {}


@pytest.mark.usefixtures("short_of_patience")
def test_the_inventory_is_filled_and_what_is_waited_for_is_named(
    server: Server, options: list[str], file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config-file", str(file), *options], tmp_path / "flag") == 1

    said = capsys.readouterr()
    assert "controller-0 is not there after 5 s: Config out-of-date" in said.err
    assert "2/7  network mgmt: done" in said.out
    assert not (tmp_path / "flag").exists()
    pools = names(server, "addrpools", "addrpools")
    assert (pools["oam"]["floating_address"], pools["oam"]["gateway_address"]) == ("10.10.10.2", "10.10.10.1")
    networks = names(server, "networks", "networks")
    assert {name: each["pool_uuid"] for name, each in networks.items()} == {
        "mgmt": pools["mgmt"]["uuid"], "cluster-host": pools["cluster-host"]["uuid"], "oam": pools["oam"]["uuid"],
    }  # fmt: skip
    host = server.request("GET", "/v1/ihosts/controller-0").body
    assert (host["personality"], host["administrative"]) == ("controller", "unlocked")
    assert server.request("GET", "/v1/isystems").body["isystems"][0]["timezone"] == "Europe/Bern"


@pytest.mark.usefixtures("short_of_patience")
def test_a_repetition_goes_on_and_a_configured_controller_is_refused(
    agent: TestAgent, options: list[str], file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["--config-file", str(file), *options]
    assert main(again, tmp_path / "flag") == 1
    capsys.readouterr()
    given = agent.send(agent.request("POST", "/v1/sturnus/agents/self/configuration", {})).body["configuration"]
    said = {"target": given["target"], "changed": 9, "failures": []}
    assert agent.send(agent.request("POST", "/v1/sturnus/agents/self/configuration/attempts", said)).status == 200

    assert main(again, tmp_path / "flag") == 0
    assert capsys.readouterr().out.count("was so already") == 7

    assert main(again, tmp_path / "flag") == 1
    assert "configured already" in capsys.readouterr().err


@pytest.mark.usefixtures("short_of_patience")
def test_where_images_come_from_is_kept_and_what_is_not_used_is_told(
    server: Server, options: list[str], file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Used to be called right, and used by nobody."""
    file.write_text(f"{FILE}[DOCKER_PROXY]\nDOCKER_HTTP_PROXY=http://p:3128\n[DNS]\nNAMESERVER_1=10.0.0.53\n")

    assert main(["--config-file", str(file), "--check", *options], tmp_path / "flag") == 0
    checked = capsys.readouterr().out.splitlines()
    assert main(["--config-file", str(file), *options], tmp_path / "flag") == 1

    assert checked[-2:] == [
        "not used: [DNS]: hosts keep the name servers that they have",
        "the file is right; nothing was changed",
    ]
    assert "5/8  where images come from: done" in capsys.readouterr().out
    assert names(server, "service_parameter", "parameters")["http_proxy"]["value"] == "http://p:3128"


def test_another_mode_than_the_platform_was_started_with_is_refused(
    options: list[str], file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(FILE.replace("SYSTEM_MODE=duplex", "SYSTEM_MODE=simplex"))

    assert main(["--config-file", str(file), *options], tmp_path / "flag") == 1

    assert "[SYSTEM] SYSTEM_MODE: the file says simplex" in capsys.readouterr().err


def test_kubernetes_is_no_option_and_says_why_in_one_line() -> None:
    command = [sys.executable, "-m", "sturnus.cli.config_controller.main", "--kubernetes", "--default"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "config_controller: there is no --kubernetes: Kubernetes is always configured, leave it out\n"
    )


def test_the_help_tells_of_every_section(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    said = capsys.readouterr().out
    assert "--config-file FILE" in said
    assert "LOGICAL_INTERFACE_n" in said
    assert "--kubernetes" not in said
