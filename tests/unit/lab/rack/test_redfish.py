"""The Redfish service, driven by the client library that fencing uses, over real TLS on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
import sushy
from sushy.auth import BasicAuth

from lab.ground.certificates import Authority
from lab.ground.description import Host, Lab
from lab.ground.errors import LabError
from lab.ground.power import PowerState
from lab.rack.controllers import Controller, Racked
from lab.rack.credentials import BmcCredentials
from lab.rack.listening import server_of
from lab.rack.redfish import MAX_BODY, application

RESET = "/redfish/v1/Systems/compute-0/Actions/ComputerSystem.Reset"


@dataclass
class ScriptedPower:
    """Does at once what it is told, and remembers it."""

    states: dict[str, PowerState] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    broken: type[Exception] | None = None

    def state(self, host: Host) -> PowerState:
        return self.states.get(host.name, PowerState.OFF)

    def power_on(self, host: Host) -> None:
        if self.broken:
            raise self.broken("its disk is gone", "lab up")
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
    racked = Racked(power)
    host = small_lab.host("compute-0")
    racked.controllers = {"127.0.0.1": Controller(host, BmcCredentials("admin", "right"))}
    authority = Authority.load_or_create(tmp_path / "ca")
    issued = authority.issue(tmp_path / "bmc", "bmc", ["127.0.0.1"])
    listening = socket.create_server(("127.0.0.1", 0))
    server = server_of(application(racked), issued)
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
    ("before", "asked", "call", "state"),
    [
        (PowerState.OFF, sushy.ResetType.ON, "power_on", sushy.PowerState.ON),
        (PowerState.ON, sushy.ResetType.ON, "power_on", sushy.PowerState.ON),
        (PowerState.ON, sushy.ResetType.FORCE_OFF, "force_off", sushy.PowerState.OFF),
        (PowerState.OFF, sushy.ResetType.FORCE_OFF, "force_off", sushy.PowerState.OFF),
        (PowerState.POWERING_OFF, sushy.ResetType.FORCE_OFF, "force_off", sushy.PowerState.OFF),
        (PowerState.POWERING_OFF, sushy.ResetType.FORCE_RESTART, "force_restart", sushy.PowerState.ON),
        (PowerState.ON, sushy.ResetType.GRACEFUL_SHUTDOWN, "graceful_shutdown", sushy.PowerState.POWERING_OFF),
        (PowerState.ON, sushy.ResetType.GRACEFUL_RESTART, "graceful_restart", sushy.PowerState.ON),
    ],
)
def test_each_reset_type_does_its_own_thing(
    bmc: Bmc, before: PowerState, asked: sushy.ResetType, call: str, state: sushy.PowerState
) -> None:
    bmc.power.states["compute-0"] = before
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


def test_a_client_that_prefers_sessions_falls_back_to_its_password(bmc: Bmc) -> None:
    root = sushy.Sushy(bmc.url, username="admin", password="right", verify=bmc.ca)

    assert root.get_system().power_state is sushy.PowerState.OFF


def test_a_wrong_password_is_told_before_anything_about_what_was_sent(bmc: Bmc) -> None:
    trusting = _trusting(bmc.ca)

    refused = httpx2.post(bmc.url + RESET, content=b"{", auth=("admin", "wrong"), verify=trusting, trust_env=False)

    assert refused.status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ResetType": "Explode"}, "ActionParameterValueNotInList"),
        ({}, "ActionParameterMissing"),
        ({"ResetType": "On", "Extra": 1}, "ActionParameterUnknown"),
        ([], "MalformedJSON"),
        ("On", "MalformedJSON"),
    ],
)
def test_a_reset_that_makes_no_sense_is_an_error_in_redfishs_words(bmc: Bmc, body: object, code: str) -> None:
    answer = bmc.post(RESET, body)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == f"Base.1.18.{code}"
    assert error["@Message.ExtendedInfo"][0]["Message"] == error["message"]
    assert error["message"].endswith(
        'expected is {"ResetType": ...} with one of On, ForceOff, GracefulShutdown, GracefulRestart, ForceRestart'
    )
    assert bmc.power.calls == []


def test_a_body_that_is_far_too_long_is_not_read(bmc: Bmc) -> None:
    assert bmc.post(RESET, {"ResetType": "O" * MAX_BODY}).status_code == 413


@pytest.mark.parametrize(
    ("state", "asked", "message"),
    [
        (
            PowerState.POWERING_OFF,
            "On",
            "On of compute-0: it is shutting down: ask again when PowerState is Off, or ask for ForceRestart",
        ),
        (
            PowerState.POWERING_OFF,
            "GracefulRestart",
            "GracefulRestart of compute-0: it is shutting down: ask for On when PowerState is Off, "
            "or for ForceRestart now",
        ),
        (PowerState.OFF, "GracefulRestart", "GracefulRestart of compute-0: it has no power: ask for On"),
    ],
)
def test_what_the_state_does_not_allow_is_a_conflict_that_says_what_to_do(
    bmc: Bmc, state: PowerState, asked: str, message: str
) -> None:
    bmc.power.states["compute-0"] = state

    answer = bmc.post(RESET, {"ResetType": asked})

    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == message
    assert bmc.power.calls == []


def test_a_fault_of_our_own_is_told_without_its_insides(bmc: Bmc) -> None:
    bmc.power.broken = ValueError

    answer = bmc.post(RESET, {"ResetType": "On"})

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "Base.1.18.InternalError"
    assert "disk" not in answer.text


def test_answers_name_the_protocols_version(bmc: Bmc) -> None:
    assert bmc.post(RESET, {"ResetType": "On"}).headers["odata-version"] == "4.0"


def test_another_hosts_system_is_not_to_be_found_here(bmc: Bmc) -> None:
    answer = bmc.post("/redfish/v1/Systems/compute-1/Actions/ComputerSystem.Reset", {"ResetType": "On"})

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "no system 'compute-1': this controller has compute-0"


def test_a_host_that_cannot_be_powered_on_says_why(bmc: Bmc) -> None:
    bmc.power.broken = LabError

    answer = bmc.post(RESET, {"ResetType": "On"})

    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == "its disk is gone: lab up"
