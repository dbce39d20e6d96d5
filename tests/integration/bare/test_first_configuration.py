"""From a bare controller to a platform with a worker that is a node: killed on its way, finished by the next run."""

from __future__ import annotations

import json
import subprocess

import pytest

from lab.ground.description import Lab
from lab.machine import inside
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.platform.operator import System, announced_in, operator_of

WORKER = "compute-0"
PATIENCE = 120
OF_WORKER = ("host-show", WORKER, "--format", "value", "--column")
KILLED_AFTER = (3, 5, 10)
"""Steps; in the middle of the next one it dies: Keystone, kubeadm, waiting. Each run costs half a minute."""
BEFORE_KUBEADM = 5
KILL = ("pkill", "-9", "-f", "bin/config_controller")
KILL_KUBEADM = ("sh", "-c", "pkill -9 -f 'kubeadm [i]nit' || true")
"""It may have died by itself: nobody reads what it prints any more."""
WITH_A_TOKEN = "ls /etc/sturnus/node-admission /etc/kubernetes/kubeadm.yaml 2>/dev/null || true"
CREDENTIALS = "ls /etc/kubernetes/* /var/lib/kubelet/pki 2>/dev/null || true"


def command(lab: Lab) -> list[str]:
    public = lab.outside(lab.active_controller)
    run = ["config_controller", "--config-file", "/root/config.ini", "--public-host", public]
    return inside.command(lab, lab.active_controller, run)


def await_kubeadm(lab: Lab) -> None:
    """Wait until it is in the middle of it."""
    eventually(lambda: inside.has(lab, lab.active_controller, "/etc/kubernetes/pki/ca.key"), bool, PATIENCE)


def killed_after(lab: Lab, step: int) -> list[str]:
    """Run it, and kill it the moment it says that a step is done: in the middle of the next one."""
    said: list[str] = []
    with subprocess.Popen(command(lab), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            said.append(line)
            if line.startswith(f"{step}/11 "):
                if step == BEFORE_KUBEADM:
                    await_kubeadm(lab)
                inside.run(lab, lab.active_controller, KILL)
                if step == BEFORE_KUBEADM:  # which would go on: the next run has something to undo
                    inside.run(lab, lab.active_controller, KILL_KUBEADM)
                break
        running.stdout.read()
    return said


@pytest.fixture(scope="module")
def system(bare: Lab, lab_command: LabCommand) -> System:
    """Configure the controller, after it was killed on its way, and kubeadm with it; then be its operator."""
    for step in KILLED_AFTER:
        said = killed_after(bare, step)
        assert said[-1].startswith(f"{step}/11 "), f"it ended before step {step}: {said}"
    done = subprocess.run(command(bare), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("configured; try: system host-list\n")
    return operator_of(bare, lab_command)


def test_a_controller_that_was_killed_on_its_way_is_configured_unlocked_and_available(system: System) -> None:
    shown = json.loads(system("host-show", "controller-0", "--format", "json").stdout)

    states = [shown[field] for field in ("administrative", "operational", "availability", "config_status")]
    assert states == ["unlocked", "enabled", "available", None]


def test_a_configured_controller_refuses_to_be_configured_again(system: System, bare: Lab) -> None:
    assert system("host-list").returncode == 0

    again = subprocess.run(command(bare), capture_output=True, text=True, check=False, timeout=60)

    assert again.returncode == 1
    assert "configured already" in again.stderr


def test_no_secret_is_in_what_was_printed_or_logged(system: System, bare: Lab) -> None:
    assert system("host-list").returncode == 0
    password = inside.run(bare, bare.active_controller, ["cat", "/etc/platform/admin-password"]).strip()

    found = inside.run(
        bare, bare.active_controller, ["sh", "-c", f"grep -rlF '{password}' /var/log /etc/service || true"]
    )

    assert found == ""


def test_an_unlocked_worker_becomes_a_node_and_a_deleted_one_leaves_without_credentials(
    system: System, bare: Lab, lab_command: LabCommand
) -> None:
    host = bare.host(WORKER)
    becomes_a_node(system, bare, lab_command)
    assert inside.run(bare, host, ["sh", "-c", WITH_A_TOKEN]) == ""
    assert labelled(bare, lab_command) == system(*OF_WORKER, "uuid").stdout.strip()

    system("host-lock", WORKER, "--wait")
    system("host-delete", WORKER)

    eventually(lambda: WORKER in nodes(bare, lab_command), lambda there: not there, PATIENCE)
    eventually(lambda: inside.run(bare, host, ["sh", "-c", CREDENTIALS]), lambda now: now == "", PATIENCE)


def test_a_worker_that_is_deleted_while_it_is_off_is_no_node_at_once_and_leaves_when_it_is_back(
    system: System, bare: Lab, lab_command: LabCommand
) -> None:
    becomes_a_node(system, bare, lab_command)
    system("host-lock", WORKER, "--wait")
    lab_command("power", "--name", bare.name, "off", WORKER)
    eventually(lambda: system(*OF_WORKER, "availability").stdout, lambda now: "offline" in now, PATIENCE)

    system("host-delete", WORKER)
    eventually(lambda: WORKER in nodes(bare, lab_command), lambda there: not there, PATIENCE)

    lab_command("power", "--name", bare.name, "on", WORKER)
    left = ["sh", "-c", CREDENTIALS]
    eventually(lambda: inside.run(bare, bare.host(WORKER), left), lambda now: now == "", PATIENCE)
    eventually(lambda: WORKER in nodes(bare, lab_command), lambda there: not there, PATIENCE)


def becomes_a_node(system: System, lab: Lab, lab_command: LabCommand) -> None:
    """Name the worker and unlock it."""
    number = announced_in(lab, system)(WORKER)
    system("host-update", number, "personality=worker", f"hostname={WORKER}")
    assert WORKER not in nodes(lab, lab_command)
    system("host-unlock", WORKER, "--wait")
    eventually(lambda: nodes(lab, lab_command).get(WORKER), lambda now: now == "Ready", PATIENCE)


def labelled(lab: Lab, lab_command: LabCommand) -> str:
    """Which host the worker's node names as its own."""
    path = "jsonpath={.metadata.labels.sturnus\\.io/host}"
    return lab_command("kubectl", "--name", lab.name, "--", "get", "node", WORKER, "-o", path).stdout


def nodes(lab: Lab, lab_command: LabCommand) -> dict[str, str]:
    """Name to Ready or NotReady."""
    listed = lab_command("kubectl", "--name", lab.name, "--", "get", "nodes", "--no-headers").stdout
    return {line.split()[0]: line.split()[1] for line in listed.splitlines()}
