"""The Redfish service, driven by the client library that fencing uses, over real TLS on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
import sushy
import uvicorn
from sushy.auth import BasicAuth

from lab.ground.certificates import Authority
from lab.ground.description import Host, Lab
from lab.ground.errors import LabError
from lab.ground.power import PowerState
from lab.rack.credentials import BmcCredentials
from lab.rack.redfish import Controller, Racked, application


@dataclass
class ScriptedPower:
    """Does at once what it is told, and remembers it."""

    states: dict[str, PowerState] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False

    def state(self, host: Host) -> PowerState:
        return self.states.get(host.name, PowerState.OFF)

    def power_on(self, host: Host) -> None:
        if self.broken:
            raise LabError("its disk is gone", "lab up")
        self._become("power_on", host, PowerState.ON)

    def force_off(self, host: Host) -> None:
        self._become("force_off", host, PowerState.OFF)

    def force_restart(self, host: Host) -> None:
        self._become("force_restart", host, PowerState.ON)

    def graceful_shutdown(self, host: Host) -> None:
        self._become("graceful_shutdown", host, PowerState.POWERING_OFF)

    def graceful_restart(self, host: Host) -> None:
        self._become("graceful_restart", host, PowerState.ON)

    def _become(self, call: str, host: Host, state: PowerState) -> None:
        self.calls.append((call, host.name))
        self.states[host.name] = state


@dataclass
class Bmc:
    """A controller that listens."""

    url: str
    ca: str
    power: ScriptedPower

    def connect(self, password: str = "right") -> sushy.Sushy:
        return sushy.Sushy(self.url, auth=BasicAuth("admin", password), verify=self.ca)

    def post(self, path: str, body: object) -> httpx2.Response:
        return httpx2.post(
            self.url + path, json=body, auth=("admin", "right"), verify=_trusting(self.ca), trust_env=False
        )


def _trusting(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)


@pytest.fixture
def bmc(small_lab: Lab, tmp_path: Path) -> Iterator[Bmc]:
    power = ScriptedPower()
    racked = Racked(power, ThreadPoolExecutor(max_workers=2))
    host = small_lab.host("compute-0")
    racked.controllers = {"127.0.0.1": Controller(host, BmcCredentials("admin", "right"))}
    authority = Authority.load_or_create(tmp_path / "ca")
    issued = authority.issue(tmp_path / "bmc", "bmc", ["127.0.0.1"])
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application(racked), ssl_certfile=issued.certificate, ssl_keyfile=issued.key, log_level="error", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield Bmc(f"https://127.0.0.1:{listening.getsockname()[1]}", str(authority.certificate), power)
    server.should_exit = True
    thread.join(10)
    listening.close()


def test_a_system_shows_its_power_and_what_can_be_asked_for(bmc: Bmc) -> None:
    system = bmc.connect().get_system("/redfish/v1/Systems/compute-0")

    assert system.power_state is sushy.PowerState.OFF
    assert {kind.value for kind in system.get_allowed_reset_system_values()} == {
        "On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "call", "state"),
    [
        (sushy.ResetType.ON, "power_on", sushy.PowerState.ON),
        (sushy.ResetType.FORCE_OFF, "force_off", sushy.PowerState.OFF),
        (sushy.ResetType.FORCE_RESTART, "force_restart", sushy.PowerState.ON),
        (sushy.ResetType.GRACEFUL_SHUTDOWN, "graceful_shutdown", sushy.PowerState.POWERING_OFF),
        (sushy.ResetType.GRACEFUL_RESTART, "graceful_restart", sushy.PowerState.ON),
    ],
)
def test_each_reset_type_does_its_own_thing(
    bmc: Bmc, asked: sushy.ResetType, call: str, state: sushy.PowerState
) -> None:
    system = bmc.connect().get_system_collection().get_members()[0]

    system.reset_system(asked)
    system.refresh(force=True)

    assert bmc.power.calls == [(call, "compute-0")]
    assert system.power_state is state


def test_a_wrong_password_is_refused_and_nothing_is_switched(bmc: Bmc) -> None:
    with pytest.raises(sushy.exceptions.AccessError):
        bmc.connect("wrong").get_system("/redfish/v1/Systems/compute-0").reset_system(sushy.ResetType.FORCE_OFF)

    assert bmc.power.calls == []


def test_without_a_password_only_the_service_root_is_shown(bmc: Bmc) -> None:
    trusting = _trusting(bmc.ca)
    assert httpx2.get(f"{bmc.url}/redfish/v1/", verify=trusting, trust_env=False).status_code == 200

    refused = httpx2.get(f"{bmc.url}/redfish/v1/Systems", verify=trusting, trust_env=False)

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert refused.json()["error"]["@Message.ExtendedInfo"][0]["Message"] == "user name or password is wrong"


@pytest.mark.parametrize("body", [{"ResetType": "Explode"}, {}, {"ResetType": "On", "Extra": 1}, [], "On"])
def test_a_reset_that_makes_no_sense_is_an_error_in_redfishs_words(bmc: Bmc, body: object) -> None:
    answer = bmc.post("/redfish/v1/Systems/compute-0/Actions/ComputerSystem.Reset", body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "Base.1.18.ActionParameterValueNotInList"
    assert bmc.power.calls == []


def test_another_hosts_system_is_not_to_be_found_here(bmc: Bmc) -> None:
    answer = bmc.post("/redfish/v1/Systems/compute-1/Actions/ComputerSystem.Reset", {"ResetType": "On"})

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "no system 'compute-1': this controller has compute-0"


def test_a_host_that_cannot_be_powered_on_says_why(bmc: Bmc) -> None:
    bmc.power.broken = True

    answer = bmc.post("/redfish/v1/Systems/compute-0/Actions/ComputerSystem.Reset", {"ResetType": "On"})

    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == "its disk is gone: lab up"
