"""Baseboard controllers: their passwords stay secret, and power is switched by a real Redfish service."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.ground.power import PowerState
from tests.integration.inventory.conftest import WORKER
from tests.integration.inventory.server import Server
from tests.loopback_rack import PASSWORD, LoopbackRack, loopback_rack


@pytest.fixture
def rack(tmp_path: Path) -> Iterator[LoopbackRack]:
    with loopback_rack(tmp_path) as started:
        started.state = PowerState.ON
        yield started


@pytest.fixture
def server(tmp_path: Path, rack: LoopbackRack) -> Iterator[Server]:
    started = Server(
        tmp_path,
        f"sqlite+aiosqlite:///{tmp_path}/sturnus.db",
        {"STURNUS_BMC_CA_FILE": str(rack.ca), "STURNUS_LOG_LEVEL": "debug"},
    )
    started.upgrade()
    started.start()
    yield started
    started.stop()


@pytest.fixture
def host(server: Server, rack: LoopbackRack) -> str:
    uuid: str = server.request("POST", "/v1/ihosts", WORKER | rack.description).body["uuid"]
    return uuid


def changed(server: Server, host: str, role: str = "admin", **fields: str) -> Any:
    patch = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in fields.items()]
    return server.request("PATCH", f"/v1/ihosts/{host}", patch, role=role)


def act(server: Server, host: str, action: str) -> dict[str, Any]:
    asked = server.action(host, action)
    assert asked.status == 200, asked.body
    return server.settled(host, seconds=60)


def test_a_password_is_nowhere_to_be_found(server: Server, host: str, rack: LoopbackRack, tmp_path: Path) -> None:
    shown = server.request("GET", f"/v1/ihosts/{host}").body
    assert (shown["bm_type"], shown["bm_ip"], shown["bm_username"]) == ("redfish", rack.address, "admin")
    assert "bm_password" not in shown
    act(server, host, "power-off")
    assert rack.power.calls  # so it was used
    refused = changed(server, host, bm_password=PASSWORD + "\x07")
    assert refused.status == 400
    listed = [
        server.request("GET", path).body
        for path in ("/v1/ihosts", f"/v1/sturnus/hosts/{host}/witnesses", "/v1/sturnus/outbox", "/metrics")
    ]
    database = sqlite3.connect(tmp_path / "sturnus.db")
    with database:
        rows = "\n".join(database.iterdump())
    database.close()
    files = b"".join(file.read_bytes() for file in tmp_path.glob("sturnus.db*"))

    for text in (str(listed), str(refused.body), rows, server.log.read_text()):
        assert PASSWORD not in text
    assert PASSWORD.encode() not in files


def test_only_an_administrator_says_where_a_password_goes(server: Server, host: str) -> None:
    for field, value in {"bm_ip": "10.0.0.9", "bm_username": "me", "bm_password": "x", "bm_type": "none"}.items():
        assert changed(server, host, "configurator", **{field: value}).status == 403
    assert server.request("POST", "/v1/ihosts", {"personality": "worker", "hostname": "compute-1", "bm_ip": "10.0.0.9"},
                          role="configurator").status == 403  # fmt: skip
    assert changed(server, host, "configurator", location="here").status == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("bm_type", "ipmi"), ("bm_ip", "https://10.0.0.1"), ("bm_ip", "10.0.0.1:99999"), ("bm_ip", "a/b"),
     ("bm_ip", "user@10.0.0.1"), ("bm_password", "x" * 256)],
)  # fmt: skip
def test_what_cannot_be_a_controller_is_refused(server: Server, host: str, field: str, value: str) -> None:
    refused = changed(server, host, **{field: value})

    assert refused.status == 400
    assert refused.fault["faultstring"].startswith(f"{field} cannot be ")


def test_a_host_is_switched_off_and_on_and_shows_it(server: Server, host: str, rack: LoopbackRack) -> None:
    off = act(server, host, "power-off")["availability"]
    assert (off, rack.state) == ("power-off", PowerState.OFF)
    assert server.request("GET", f"/v1/sturnus/hosts/{host}/witnesses").body["safely_down"] is True

    found = act(server, host, "power-on")

    assert rack.state is PowerState.ON
    assert (found["availability"], found["vim_progress_status"]) == ("offline", None)
    assert [call for call, _ in rack.power.calls] == ["force_off", "power_on"]


def test_a_host_is_reset_once(server: Server, host: str, rack: LoopbackRack) -> None:
    assert act(server, host, "reset")["vim_progress_status"] is None
    assert [call for call, _ in rack.power.calls] == ["force_restart"]


def test_a_reboot_without_an_agent_is_asked_of_the_controller(server: Server, host: str, rack: LoopbackRack) -> None:
    assert act(server, host, "reboot")["vim_progress_status"] is None
    assert [call for call, _ in rack.power.calls] == ["graceful_restart"]


def test_an_action_goes_on_where_a_killed_process_left_it(server: Server, host: str, rack: LoopbackRack) -> None:
    rack.power.broken = OSError
    assert act_only(server, host, "power-off") == 200
    server.kill()
    rack.power.broken = None
    server.start()

    assert server.settled(host, seconds=60)["availability"] == "power-off"


def act_only(server: Server, host: str, action: str) -> int:
    return server.action(host, action).status


@pytest.mark.parametrize("action", ["power-on", "power-off", "reset", "reboot"])
def test_without_a_controller_an_action_fails_and_says_what_is_missing(server: Server, action: str) -> None:
    uuid = server.request("POST", "/v1/ihosts", WORKER).body["uuid"]

    found = act(server, uuid, action)

    assert "it has no baseboard controller" in found["vim_progress_status"]


def test_a_wrong_key_file_is_named_where_the_password_is_needed(server: Server, host: str, tmp_path: Path) -> None:
    server.stop()
    (tmp_path / "secrets.key").write_bytes(b"x" * 32)
    server.start()

    found = act(server, host, "power-off")

    assert f"cannot be decrypted with the key in {tmp_path}/secrets.key" in found["vim_progress_status"]


def test_without_a_controller_its_password_is_forgotten(server: Server, host: str, tmp_path: Path) -> None:
    assert changed(server, host, bm_type="none").body["bm_type"] is None

    database = sqlite3.connect(tmp_path / "sturnus.db")
    assert database.execute("SELECT count(*) FROM bmc_secrets").fetchone() == (0,)
    database.close()
