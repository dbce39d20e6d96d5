"""A host behaves like a server: files and limits of its own, services that are restarted, power, cables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sushy
from sushy.auth import BasicAuth

from lab.ground.description import Lab
from lab.ground.power import PowerState
from lab.machine import inside, power
from lab.rack import credentials
from lab.rack.process import BMC_OUTSIDE_PORT
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually

Nodes = Callable[[], dict[str, str]]


def test_a_file_of_one_host_is_not_on_another_nor_on_the_machine(lab: Lab, lab_command: LabCommand) -> None:
    def on(host: str, *argv: str) -> int:
        return lab_command("exec", host, "--name", lab.name, "--", *argv, check=False).returncode

    assert on("compute-0", "sh", "-c", "mkdir -p /etc/platform && echo mine >/etc/platform/x") == 0

    assert on("compute-0", "test", "-e", "/etc/platform/x") == 0
    assert on("compute-1", "test", "-e", "/etc/platform/x") == 1
    assert on("controller-0", "test", "-e", "/etc/platform/x") == 1
    with pytest.raises(FileNotFoundError):
        Path("/etc/platform/x").read_bytes()
    assert on("compute-0", "rm", "-r", "/etc/platform") == 0


def test_a_host_sees_its_own_name_memory_processes_and_nothing_of_the_machines_users(lab: Lab) -> None:
    host = lab.host("compute-0")

    seen = inside.run(lab, host, ["sh", "-c", "hostname; grep MemTotal /proc/meminfo; cat /proc/1/comm; ls -A /root"])

    assert seen.split("\n")[:3] == ["compute-0", f"MemTotal: {host.memory_mib * 1024} kB", "runit"]
    assert inside.run(lab, host, ["sh", "-c", "ls /home /opt/../srv"]).split() == ["/home:", "/opt/../srv:"]


def test_a_kubelet_that_crashes_is_started_again(lab: Lab) -> None:
    host = lab.host("compute-0")

    def kubelet() -> str:
        return inside.run(lab, host, ["sh", "-c", "pgrep -x kubelet || true"]).strip()

    before = kubelet()
    inside.run(lab, host, ["kill", "-9", before])

    eventually(kubelet, lambda now: now not in {"", before}, 10)


def test_power_off_makes_the_node_not_ready_and_power_on_brings_it_back(
    lab: Lab, nodes: Nodes, lab_command: LabCommand
) -> None:
    assert lab_command("power", "off", "compute-1", "--name", lab.name).stdout == "compute-1: Off\n"
    eventually(nodes, lambda now: now["compute-1"] == "NotReady", 30)
    assert lab_command("status", "--name", lab.name, check=False).returncode == 3

    assert lab_command("power", "on", "compute-1", "--name", lab.name).stdout == "compute-1: On\n"
    eventually(nodes, lambda now: now["compute-1"] == "Ready", 30)


def test_redfish_switches_a_host_off_and_on_as_in_a_data_centre(lab: Lab, nodes: Nodes) -> None:
    host = lab.host("compute-1")
    login = credentials.ensure(lab, host)
    root = sushy.Sushy(
        f"https://{lab.outside(host)}:{BMC_OUTSIDE_PORT}",
        auth=BasicAuth(login.user, login.password),
        verify=str(lab.paths.secrets / "ca" / "ca.crt"),
    )
    system = root.get_system("/redfish/v1/Systems/compute-1")
    assert system.power_state is sushy.PowerState.ON

    system.reset_system(sushy.ResetType.FORCE_OFF)
    system.refresh(force=True)
    assert system.power_state is sushy.PowerState.OFF
    assert power.power_state(lab, host) is PowerState.OFF
    eventually(nodes, lambda now: now["compute-1"] == "NotReady", 30)

    system.reset_system(sushy.ResetType.ON)
    system.refresh(force=True)
    assert system.power_state is sushy.PowerState.ON
    eventually(nodes, lambda now: now["compute-1"] == "Ready", 30)


def test_a_controller_reaches_the_baseboard_controllers_of_the_others(lab: Lab) -> None:
    bmc = lab.host("compute-1").bmc_address

    script = f"exec 3<>/dev/tcp/{bmc}/443 && echo open"

    assert inside.run(lab, lab.active_controller, ["bash", "-c", script]) == "open\n"


def test_a_cut_cable_makes_the_node_not_ready_and_a_mended_one_brings_it_back(
    lab: Lab, nodes: Nodes, lab_command: LabCommand
) -> None:
    lab_command("cut", "compute-1", "--name", lab.name)
    eventually(nodes, lambda now: now["compute-1"] == "NotReady", 40)
    assert "cut: eth0, eth1, eth2" in lab_command("status", "--name", lab.name, check=False).stdout

    lab_command("mend", "compute-1", "--name", lab.name)
    eventually(nodes, lambda now: now["compute-1"] == "Ready", 40)


def test_a_reboot_that_the_host_asks_for_itself_is_orderly_and_brings_it_back(lab: Lab, nodes: Nodes) -> None:
    host = lab.host("compute-1")
    before = power.init_process(lab, host)

    inside.run(lab, host, ["reboot"])

    eventually(lambda: power.init_process(lab, host), lambda now: now not in {None, before}, 40)
    eventually(nodes, lambda now: now["compute-1"] == "Ready", 40)


def test_a_plug_that_is_pulled_in_the_middle_of_a_reboot_stays_pulled(lab: Lab, nodes: Nodes) -> None:
    host = lab.host("compute-1")
    before = power.init_process(lab, host)
    power.graceful_restart(lab, host)
    eventually(lambda: power.init_process(lab, host) != before, bool, 40)

    power.force_off(lab, host)

    assert power.power_state(lab, host) is PowerState.OFF
    assert power.init_process(lab, host) is None
    power.power_on(lab, host)
    eventually(nodes, lambda now: now["compute-1"] == "Ready", 40)


def test_a_service_tells_its_story_through_logs(lab: Lab, lab_command: LabCommand) -> None:
    assert {"containerd", "kubelet"} <= set(lab_command("logs", "compute-0", "--name", lab.name).stdout.split())
    assert lab_command("logs", "compute-0", "kubelet", "-n", "5", "--name", lab.name).stdout.strip()
