"""Hosts of the lab become what the inventory says, by their agents and real Puppet, and OpenStack's switch is thrown.

OpenStack itself is not installed here: its rows and its Secret are made, and the fact is flipped as the application
engine does it, by a process that is not the one that serves.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from lab.ground.description import Lab
from sturnus import __version__
from sturnus.configuration.bare.programs import HOME
from sturnus.configuration.service import Presence
from tests.golden_vim_files import NFVI, Golden, Values, found
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.platform.flipping import PASSWORD, On, flip, passwords_of_pods
from tests.integration.platform.operator import Announced, System, await_applied, field, operator_of

CONTROLLER, WORKER = "controller-0", "compute-0"
PATIENCE = 180
"""Seconds for Puppet on a machine that tests share."""
SOON = 15.0
FAILED_ALARM = "200.011"
GONE = "not installed"
KEYSTONE = "http://keystone-api.openstack.svc.cluster.local:5000/v3"
OPENRC = '. /etc/platform/openstack-openrc && echo "$OS_USERNAME $OS_PASSWORD $OS_AUTH_URL"'
CLOUDS = "/etc/openstack/clouds.yaml"
SECRET_FILES = {
    "/etc/nfv/nfv_plugins/nfvi_plugins/openstack-password",
    "/etc/platform/openstack-admin-password",
    "/etc/sturnus/openstack-keystone-password",
    "/var/lib/sturnus/agent/puppet/hieradata/secure_system.yaml",
}

# Applies once more what a host was given last, as its agent does.
AGAIN = """
import asyncio, sys
from pathlib import Path
from sturnus.agent.puppet import Configuration, DataFile, apply, packaged_code

state = Path("/var/lib/sturnus/agent")
files = [DataFile(each.name, each.stat().st_mode & 0o077 == 0, each.read_text())
         for each in (state / "puppet" / "hieradata").iterdir()]
outcome = asyncio.run(apply(Configuration("", sys.argv[1], tuple(files)), state, packaged_code()))
print(outcome.changed, *outcome.failures)
"""


@pytest.fixture
def on(lab: Lab, lab_command: LabCommand) -> On:
    """Runs a command on a host; what it printed."""

    def run(host: str, *command: str) -> str:
        return lab_command("exec", host, "--name", lab.name, "--", *command).stdout

    return run


@pytest.fixture
def fm(system: System, lab_command: LabCommand, lab: Lab) -> System:
    """Runs `fm` with the credentials of the lab's openrc."""
    return operator_of(lab, lab_command, "fm")


@pytest.fixture
def named(system: System, announced: Announced) -> Callable[[str, str], None]:
    def name(host: str, personality: str) -> None:
        system("host-update", announced(host), f"personality={personality}", f"hostname={host}")

    return name


@pytest.fixture
def controller(system: System, named: Callable[[str, str], None]) -> str:
    """controller-0, which keeps its name: the last controller is not deleted."""
    named(CONTROLLER, "controller")
    await_applied(system, CONTROLLER)
    return CONTROLLER


@pytest.fixture
def worker(system: System, named: Callable[[str, str], None]) -> Iterator[str]:
    named(WORKER, "worker")
    yield WORKER
    system("host-delete", WORKER)


@pytest.fixture(scope="module")
def passwords(lab: Lab) -> Iterator[None]:
    with passwords_of_pods(lab):
        yield


def places_of(on: On, secret: str) -> set[str]:
    """Files of the platform, its logs and Puppet's included, that hold a secret."""
    search = f"grep -rlF {secret} /etc /var/log /var/lib/sturnus 2>/dev/null || true"
    return set(on(CONTROLLER, "sh", "-c", search).split())


def health(on: On, lab: Lab, port: int) -> str:
    """What a process of the controller says of OpenStack; nothing while it does not answer."""
    url = f"https://{lab.active_controller.address}:{port}/healthz"
    printed = on(CONTROLLER, "sh", "-c", f"curl --silent --insecure {url} || true")
    return str(json.loads(printed)["openstack"]) if printed else ""


def seconds_until_vim_says(what: str, flipped: float, on: On, lab: Lab) -> None:
    """Wait for it. The bound suits a machine that others load; bench/configuration.py measures it on a quiet one."""
    eventually(lambda: health(on, lab, 30001), lambda now: now.startswith(what), PATIENCE)
    took = time.time() - flipped
    print(f"the VIM says {what} after {took:.1f} s")
    assert took < SOON


def files(on: On) -> Values:
    return found(lambda file: on(CONTROLLER, "cat", file))


def second_run(on: On, host: str) -> str:
    """How many resources one more run of Puppet changes, and what fails."""
    return on(host, f"{HOME}/bin/python", "-c", AGAIN, host).splitlines()[-1]


def alarms_of(fm: System, host: str) -> str:
    return fm("alarm-list", "--query", f"entity_instance_id=host={host}", "--format", "value").stdout


def test_a_controller_and_a_worker_become_what_they_have_to_be_and_a_failure_is_named(
    system: System, fm: System, on: On, controller: str, worker: str
) -> None:
    await_applied(system, worker)
    assert "nodetype=worker" in on(worker, "cat", "/etc/platform/platform.conf")
    assert "nodetype=controller" in on(controller, "cat", "/etc/platform/platform.conf")
    assert on(controller, "stat", "-c", "%U:%G %a", "/etc/platform/openrc").strip() == "root:sys_protected 640"

    assert second_run(on, controller) == second_run(on, worker) == "0"

    on(worker, "sh", "-c", "rm /etc/platform/platform.conf; mkdir -p /etc/platform/platform.conf/taken")
    name = system("show", "--format", "value", "--column", "name").stdout.strip()
    system("modify", "--name", f"{name}-renamed")
    try:
        status = eventually(lambda: field(system, worker, "config_status"), lambda now: "File[" in now, PATIENCE)
        assert status.startswith("Config out-of-date: File[/etc/platform/platform.conf]: ")
        await_applied(system, controller)  # one host's failure is no other's
        eventually(lambda: alarms_of(fm, worker), lambda now: FAILED_ALARM in now, PATIENCE)

        on(worker, "rm", "-r", "/etc/platform/platform.conf")
        await_applied(system, worker)
        eventually(lambda: alarms_of(fm, worker), lambda now: FAILED_ALARM not in now, PATIENCE)
    finally:
        system("modify", "--name", name)
    await_applied(system, worker)


@pytest.mark.usefixtures("passwords")
def test_the_switch_reaches_both_programs_within_seconds_without_a_restart_and_goes_back(
    system: System, on: On, lab: Lab, controller: str
) -> None:
    golden = Golden(address=lab.active_controller.address, release=__version__)
    vim_process = on(controller, "sv", "status", "vim").split(")")[0]
    assert files(on) == golden.values(Presence.REMOVED)

    seconds_until_vim_says(KEYSTONE, flip(on, controller, Presence.INSTALLED), on, lab)
    eventually(lambda: health(on, lab, 6385), lambda now: now == KEYSTONE, PATIENCE)
    await_applied(system, controller)
    assert files(on) == golden.values(Presence.INSTALLED)
    assert on(controller, "cat", f"{NFVI.rpartition('/')[0]}/openstack-password") == PASSWORD
    assert PASSWORD not in on(controller, "sh", "-c", "cat /etc/nfv/*/config.ini /etc/nfv/*/*/config.ini")
    assert places_of(on, PASSWORD) == SECRET_FILES
    assert on(controller, "sh", "-c", OPENRC).split() == ["admin", PASSWORD, KEYSTONE]
    assert set(json.loads(on(controller, "cat", CLOUDS))["clouds"]) == {"platform", "openstack"}
    assert second_run(on, controller) == "0"

    seconds_until_vim_says(GONE, flip(on, controller, Presence.REMOVED), on, lab)
    eventually(lambda: health(on, lab, 6385), lambda now: now == GONE, PATIENCE)
    await_applied(system, controller)
    assert files(on) == golden.values(Presence.REMOVED)
    assert places_of(on, PASSWORD) == set()
    assert set(json.loads(on(controller, "cat", CLOUDS))["clouds"]) == {"platform"}
    assert second_run(on, controller) == "0"
    assert on(controller, "sv", "status", "vim").split(")")[0] == vim_process


@pytest.mark.usefixtures("passwords")
@pytest.mark.parametrize(
    "kill",
    [
        "sv kill /etc/service/inventory",
        "until pgrep -f '[p]uppet apply'; do sleep 0.1; done; cd /etc/service && sv kill agent inventory vim",
    ],
    ids=["the inventory at once", "everybody while Puppet runs"],
)
def test_a_switch_in_the_middle_of_which_programs_are_killed_completes_when_they_are_back(
    system: System, on: On, lab: Lab, controller: str, kill: str
) -> None:
    golden = Golden(address=lab.active_controller.address, release=__version__)
    try:
        flip(on, controller, Presence.INSTALLED)
        on(controller, "sh", "-c", kill)

        eventually(lambda: health(on, lab, 30001), lambda now: now.startswith(KEYSTONE), PATIENCE)
        eventually(lambda: health(on, lab, 6385), lambda now: now == KEYSTONE, PATIENCE)
        await_applied(system, controller)
        assert files(on) == golden.values(Presence.INSTALLED)
    finally:
        flip(on, controller, Presence.REMOVED)
        eventually(lambda: health(on, lab, 30001), lambda now: now == GONE, PATIENCE)
        await_applied(system, controller)
