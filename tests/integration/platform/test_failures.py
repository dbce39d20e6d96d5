"""Hosts of the lab lose power, agents, kubelets and cables: what fails, what does not, and what is switched off."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from lab.ground.description import Lab
from lab.ground.power import PowerState
from lab.machine import power
from lab.rack import credentials
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.platform.operator import Announced, System

WORKERS = ("compute-0", "compute-1")
LONG = 180.0
"""Seconds: a shared machine may be slow. How fast it is meant to be, bench/failure.py measures."""

Shown = Callable[[str], dict[str, Any]]


@pytest.fixture
def shown(system: System) -> Shown:
    """All that `host-show` says of a host."""

    def show(host: str) -> dict[str, Any]:
        # On a machine that is busy Keystone may be late: looking again is no harm.
        done = eventually(
            lambda: system("host-show", host, "--format", "json", check=False), lambda seen: seen.returncode == 0, LONG
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return show


@pytest.fixture
def workers(
    system: System, lab: Lab, lab_command: LabCommand, announced: Announced, shown: Shown
) -> Iterator[tuple[str, ...]]:
    """Both workers in service, with their controllers. Afterwards they are deleted, and announce themselves anew."""
    for name in WORKERS:
        controller = lab.host(name).bmc_address
        login = credentials.ensure(lab, lab.host(name))
        fields = {
            "personality": "worker", "hostname": name, "bm_type": "redfish", "bm_ip": controller,
            "bm_username": login.user, "bm_password": login.password,
        }  # fmt: skip
        system("host-update", announced(name), *(f"{field}={value}" for field, value in fields.items()))
        await_online(shown, name)
        system("host-unlock", name, "--wait")
    in_service(shown)
    yield WORKERS
    for name in WORKERS:
        lab_command("power", "--name", lab.name, "on", name)
        lab_command("mend", "--name", lab.name, name)
        if shown(name)["administrative"] == "unlocked":
            system("host-lock", name, "--wait")
        await_online(shown, name)
        system("host-delete", name)
    lab_command("up", "--name", lab.name)


def await_online(shown: Shown, host: str) -> None:
    """Wait until a locked host is heard."""
    eventually(lambda: shown(host)["availability"], lambda now: now == "online", LONG)


def in_service(shown: Shown) -> None:
    """Wait until both workers are in service, and nothing is held against them."""

    def states() -> list[Any]:
        return [(found["availability"], found["availability_reason"]) for found in map(shown, WORKERS)]

    eventually(states, lambda now: now == [("available", None)] * len(WORKERS), LONG)


def seconds_since(witness: str, shown: Shown, host: str) -> float:
    """For how long a witness has not spoken for a host, as the reason says."""
    words = str(shown(host)["availability_reason"] or "").split(witness)
    if len(words) < 2 or " for " not in words[1]:
        return 0.0
    return float(words[1].split(" for ")[1].split()[0])


def boot(lab: Lab, lab_command: LabCommand, host: str) -> str:
    """When pid 1 of a host began."""
    stat = lab_command("exec", "--name", lab.name, host, "--", "cat", "/proc/1/stat").stdout
    return stat.rpartition(")")[2].split()[19]


def test_a_host_whose_power_goes_fails_on_two_witnesses_and_is_fenced(
    system: System, lab: Lab, lab_command: LabCommand, workers: tuple[str, ...], shown: Shown
) -> None:
    lab_command("power", "--name", lab.name, "off", "compute-1")
    cut = time.monotonic()

    failed = eventually(lambda: shown("compute-1"), lambda now: now["availability"] == "failed", LONG)
    print(f"failed {time.monotonic() - cut:.1f} s after the power went")
    assert "its agent is not heard" in failed["availability_reason"]
    assert "its node's lease is not renewed" in failed["availability_reason"]
    assert (failed["administrative"], failed["operational"]) == ("unlocked", "disabled")

    fenced = eventually(lambda: shown("compute-1"), lambda now: "fenced" in (now["fencing"] or ""), LONG)
    print(f"fenced {time.monotonic() - cut:.1f} s after the power went")
    assert fenced["fencing"].endswith("says that it is off")
    assert shown("compute-0")["availability"] == "available"

    system("host-power-on", "compute-1", "--wait")
    in_service(shown)


def test_a_host_that_hangs_is_switched_off(
    lab: Lab, lab_command: LabCommand, workers: tuple[str, ...], shown: Shown
) -> None:
    """It has power, so only fencing can tell that it does nothing any more."""
    lab_command("cut", "--name", lab.name, "compute-1")

    eventually(lambda: shown("compute-1"), lambda now: "fenced" in (now["fencing"] or ""), LONG)

    assert power.power_state(lab, lab.host("compute-1")) is PowerState.OFF
    lab_command("mend", "--name", lab.name, "compute-1")
    lab_command("power", "--name", lab.name, "on", "compute-1")
    in_service(shown)


def test_fencing_goes_on_where_a_killed_inventory_left_it(
    lab: Lab, lab_command: LabCommand, system: System, workers: tuple[str, ...]
) -> None:
    lab_command("cut", "--name", lab.name, "compute-1")
    end = time.monotonic() + LONG
    while power.power_state(lab, lab.host("compute-1")) is not PowerState.OFF:
        assert time.monotonic() < end
        found = system("host-show", "compute-1", "--format", "value", "--column", "availability", check=False)
        if found.stdout.strip() == "failed":
            lab_command("exec", "--name", lab.name, "controller-0", "--", "sv", "kill", "/etc/service/inventory")
            time.sleep(1)

    def fencing() -> str:
        return system("host-show", "compute-1", "--format", "value", "--column", "fencing", check=False).stdout

    eventually(fencing, lambda now: now.startswith("fenced"), LONG)


def test_a_host_whose_agent_stops_is_offline_and_never_fails(
    lab: Lab, lab_command: LabCommand, workers: tuple[str, ...], shown: Shown
) -> None:
    lab_command("exec", "--name", lab.name, "compute-1", "--", "sv", "stop", "/etc/service/agent")

    eventually(lambda: shown("compute-1")["availability"], lambda now: now == "offline", LONG)
    # Three times as long as the lease lasts, by the platform's own account of it.
    eventually(lambda: seconds_since("agent", shown, "compute-1"), lambda now: now > 24, LONG)

    found = shown("compute-1")
    assert (found["availability"], found["fencing"]) == ("offline", None)
    assert found["availability_reason"].endswith("its node's lease is renewed, so it has not failed")
    lab_command("exec", "--name", lab.name, "compute-1", "--", "sv", "start", "/etc/service/agent")
    in_service(shown)


def test_a_host_whose_kubelet_stops_is_degraded_and_never_fails(
    lab: Lab, lab_command: LabCommand, workers: tuple[str, ...], shown: Shown
) -> None:
    lab_command("exec", "--name", lab.name, "compute-1", "--", "sv", "stop", "/etc/service/kubelet")

    eventually(lambda: shown("compute-1")["availability"], lambda now: now == "degraded", LONG)
    eventually(lambda: seconds_since("lease", shown, "compute-1"), lambda now: now > 24, LONG)

    found = shown("compute-1")
    assert (found["operational"], found["availability"], found["fencing"]) == ("enabled", "degraded", None)
    lab_command("exec", "--name", lab.name, "compute-1", "--", "sv", "start", "/etc/service/kubelet")
    in_service(shown)


def test_when_most_hosts_are_lost_at_once_the_network_is_suspected_and_nothing_is_done(
    lab: Lab, lab_command: LabCommand, workers: tuple[str, ...], shown: Shown
) -> None:
    for name in workers:
        lab_command("cut", "--name", lab.name, name)

    for name in workers:
        eventually(partial(seconds_since, "agent", shown, name), lambda now: now > 24, LONG)
        found = shown(name)
        assert "the network is suspected, not the host" in found["availability_reason"]
        assert (found["operational"], found["availability"], found["fencing"]) == ("enabled", "available", None)
        assert power.power_state(lab, lab.host(name)) is PowerState.ON

    for name in workers:
        lab_command("mend", "--name", lab.name, name)
    in_service(shown)


def test_power_actions_have_real_effects(
    system: System, lab: Lab, lab_command: LabCommand, workers: tuple[str, ...], shown: Shown
) -> None:
    host = lab.host("compute-1")
    system("host-lock", "compute-1", "--wait")

    def online() -> None:
        eventually(lambda: shown("compute-1")["availability"], lambda now: now == "online", LONG)

    for action in ("host-reboot", "host-reset"):
        online()
        before = boot(lab, lab_command, "compute-1")
        system(action, "compute-1", "--wait")
        assert boot(lab, lab_command, "compute-1") != before

    online()
    system("host-power-off", "compute-1", "--wait")
    assert power.power_state(lab, host) is PowerState.OFF
    assert shown("compute-1")["availability"] == "power-off"

    system("host-power-on", "compute-1", "--wait")
    assert power.power_state(lab, host) is PowerState.ON
    online()


def test_a_reboot_is_asked_of_the_controller_when_the_agent_is_not_heard(
    system: System, lab: Lab, lab_command: LabCommand, workers: tuple[str, ...], shown: Shown
) -> None:
    lab_command("exec", "--name", lab.name, "compute-1", "--", "sv", "stop", "/etc/service/agent")
    system("host-lock", "compute-1", "--wait")
    eventually(lambda: shown("compute-1")["availability"], lambda now: now == "offline", LONG)
    before = boot(lab, lab_command, "compute-1")

    system("host-reboot", "compute-1", "--wait")

    assert boot(lab, lab_command, "compute-1") != before


def test_a_controllers_password_is_found_nowhere(
    lab: Lab, lab_command: LabCommand, workers: tuple[str, ...], system: System
) -> None:
    password = credentials.ensure(lab, lab.host("compute-1")).password
    system("host-update", "compute-1", f"bm_password={password}")
    script = f"grep -rl -e {password} /var/lib/sturnus /var/log /etc/sturnus /run 2>/dev/null; true"

    found = lab_command("exec", "--name", lab.name, "controller-0", "--", "sh", "-c", script).stdout

    assert found == ""
    for command in (("host-show", "compute-1"), ("host-list",)):
        assert password not in system(*command, "--format", "json").stdout
