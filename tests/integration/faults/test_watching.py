"""From what happens in the inventory to what the faults API says: two processes, one database."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.faults.test_fm import FaultsServer
from tests.integration.inventory.server import Server
from tests.integration.program import PATIENCE


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[tuple[Server, FaultsServer]]:
    url = f"sqlite+aiosqlite:///{tmp_path}/sturnus.db"
    inventory, faults = Server(tmp_path, url), FaultsServer(tmp_path, url, {"STURNUS_FAULTS_PORT": "0"})
    inventory.upgrade()
    inventory.start()
    faults.start()
    yield inventory, faults
    faults.stop()
    inventory.stop()


def test_a_locked_hosts_alarm_comes_and_goes_with_the_lock(platform: tuple[Server, FaultsServer]) -> None:
    inventory, faults = platform
    wanted = {"hostname": "compute-0", "personality": "worker", "mgmt_mac": "08:00:27:00:00:03", "mgmt_ip": "10.0.0.3"}
    inventory.request("POST", "/v1/ihosts", {"personality": "controller"})
    inventory.request("POST", "/v1/ihosts", wanted)
    inventory.request("POST", "/v1/sturnus/hosts/compute-0/report", {"presence": "online", "hardware": {}})

    _until(lambda: "host=compute-0" in _locked(faults))
    assert inventory.action("compute-0", "unlock").status < 300
    _until(lambda: "host=compute-0" not in _locked(faults))

    events = faults.request("GET", "/v1/event_log?q.field=entity_instance_id&q.value=host=compute-0").body["event_log"]
    assert [(each["event_log_id"], each["state"]) for each in reversed(events)] == [
        ("200.001", "set"),
        ("200.001", "clear"),
    ]


def _locked(faults: FaultsServer) -> list[str]:
    found = faults.request("GET", "/v1/alarms?q.field=alarm_id&q.value=200.001").body["alarms"]
    return [each["entity_instance_id"] for each in found]


def _until(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.1)
