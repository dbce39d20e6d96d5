"""Hosts of the lab become what the inventory says, by their agents and real Puppet, and OpenStack's switch is thrown.

OpenStack itself is not installed here: its rows and its Secret are made, and the fact is flipped as the application
engine does it, by a process that is not the one that serves.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from configparser import ConfigParser

import pytest
from lightkube import Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace, Secret

from lab.ground.description import Lab
from sturnus.configuration.bare.accounts import INVENTORY, as_user
from sturnus.configuration.bare.programs import HOME
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.platform.operator import Announced, System

CONTROLLER, WORKER = "controller-0", "compute-0"
PATIENCE = 180
"""Seconds for Puppet on a machine that tests share."""
KEYSTONE = "http://keystone-api.openstack.svc.cluster.local:5000/v3"
VIM_FILE = "/etc/nfv/vim/config.ini"
NFVI_FILE = "/etc/nfv/nfv_plugins/nfvi_plugins/config.ini"
PASSWORD = "of-the-pods-admin"
SECRET_FILES = {
    "/etc/nfv/nfv_plugins/nfvi_plugins/openstack-password",
    "/etc/platform/openstack-admin-password",
    "/etc/sturnus/openstack-keystone-password",
    "/var/lib/sturnus/agent/puppet/hieradata/secure_system.yaml",
}

FLIP = """
import asyncio, sys
from datetime import UTC, datetime
from sqlalchemy import delete
from sturnus.configuration.gathering import site_from
from sturnus.configuration.ports import NoSecrets
from sturnus.configuration.service import Configuration, Presence
from sturnus.core.application_states import ApplicationStatus
from sturnus.core.clock import SystemClock
from sturnus.core.settings import Settings
from sturnus.store.application_models import ApplicationReleaseRow, ApplicationRow
from sturnus.store.database import Database

async def main():
    settings, presence = Settings(), Presence(sys.argv[1])
    database = Database(settings.database_url)
    async with database.write() as session:
        await session.execute(delete(ApplicationRow).where(ApplicationRow.name == "openstack"))
        if presence is Presence.INSTALLED:
            row = ApplicationRow(name="openstack", app_version="1", manifest_name="m", manifest_file="f", active=True,
                                 status=ApplicationStatus.APPLIED, app_metadata={}, created_at=datetime.now(UTC))
            session.add(row)
            await session.flush()
            for chart in ("keystone", "glance", "nova", "neutron"):
                session.add(ApplicationReleaseRow(application_id=row.id, release=chart, namespace="openstack",
                                                  chart=chart, helm_revision=1))
        configuration = Configuration(database, SystemClock(), site_from(settings), NoSecrets())
        await configuration.openstack_changed(session, "openstack", presence)
    await database.close()

asyncio.run(main())
"""

On = Callable[..., str]


@pytest.fixture
def on(lab: Lab, lab_command: LabCommand) -> On:
    """Runs a command on a host; what it printed."""

    def run(host: str, *command: str) -> str:
        return lab_command("exec", host, "--name", lab.name, "--", *command).stdout

    return run


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


@pytest.fixture
def passwords(client: Client) -> Iterator[None]:
    client.create(Namespace(metadata=ObjectMeta(name="openstack")))
    made = Secret(
        metadata=ObjectMeta(name="openstack-passwords", namespace="openstack"), stringData={"keystone-admin": PASSWORD}
    )
    client.create(made)
    yield
    client.delete(Namespace, "openstack")


def field(system: System, host: str, name: str) -> str:
    return system("host-show", host, "--format", "value", "--column", name).stdout.strip()


def await_applied(system: System, host: str) -> None:
    def both() -> tuple[str, str]:
        return field(system, host, "config_target"), field(system, host, "config_applied")

    eventually(both, lambda now: now[0] == now[1] and now[0] not in {"", "None"}, PATIENCE)


def section_of(on: On, file: str, name: str) -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    parser.read_string(on(CONTROLLER, "cat", file))
    return dict(parser[name]) if parser.has_section(name) else {}


def places_of(on: On, secret: str) -> set[str]:
    """Files of the platform, its logs and Puppet's included, that hold a secret."""
    search = f"grep -rlF {secret} /etc /var/log /var/lib/sturnus 2>/dev/null || true"
    return set(on(CONTROLLER, "sh", "-c", search).split())


def health(on: On, lab: Lab, port: int) -> str:
    """What a process of the controller says of OpenStack; nothing while it does not answer."""
    url = f"https://{lab.active_controller.address}:{port}/healthz"
    printed = on(CONTROLLER, "sh", "-c", f"curl --silent --insecure {url} || true")
    return str(json.loads(printed)["openstack"]) if printed else ""


def test_a_controller_and_a_worker_become_what_they_have_to_be_and_a_failure_is_named(
    system: System, on: On, controller: str, worker: str
) -> None:
    await_applied(system, worker)
    assert "nodetype=worker" in on(worker, "cat", "/etc/platform/platform.conf")
    assert "nodetype=controller" in on(controller, "cat", "/etc/platform/platform.conf")
    assert section_of(on, VIM_FILE, "nfvi")["compute_plugin_disabled"] == "True"
    assert section_of(on, NFVI_FILE, "openstack") == {}
    assert on(controller, "stat", "-c", "%U:%G %a", "/etc/platform/openrc").strip() == "root:sys_protected 640"

    on(worker, "sh", "-c", "rm /etc/platform/platform.conf; mkdir -p /etc/platform/platform.conf/taken")
    name = system("show", "--format", "value", "--column", "name").stdout.strip()
    system("modify", "--name", f"{name}-renamed")
    try:
        status = eventually(lambda: field(system, worker, "config_status"), lambda now: "File[" in now, PATIENCE)
        assert status.startswith("Config out-of-date: File[/etc/platform/platform.conf]: ")
        await_applied(system, controller)  # one host's failure is no other's

        on(worker, "rm", "-r", "/etc/platform/platform.conf")
        await_applied(system, worker)
    finally:
        system("modify", "--name", name)
    await_applied(system, worker)


def test_the_switch_reaches_both_programs_without_a_restart_also_when_the_inventory_is_killed_on_the_way(
    system: System, on: On, lab: Lab, controller: str, passwords: None
) -> None:
    vim_process = on(controller, "sv", "status", "vim").split(")")[0]

    def flip(presence: str) -> float:
        python = f'cd / && {as_user(INVENTORY)} {HOME}/bin/python -c "$1" {presence}'
        on(controller, "sh", "-c", python, "sh", FLIP)
        return time.monotonic()

    flipped = flip("installed")
    on(controller, "sv", "kill", "/etc/service/inventory")
    eventually(lambda: health(on, lab, 30001), lambda now: now.startswith(KEYSTONE), PATIENCE)
    print(f"VIM took it over after {time.monotonic() - flipped:.1f} s, inventory killed on the way")
    eventually(lambda: health(on, lab, 6385), lambda now: now == KEYSTONE, PATIENCE)
    await_applied(system, controller)
    nfvi = section_of(on, VIM_FILE, "nfvi")
    assert (nfvi["compute_plugin_disabled"], nfvi["block_storage_plugin_disabled"]) == ("False", "True")
    assert section_of(on, NFVI_FILE, "openstack")["authorization_ip"] == "keystone-api.openstack.svc.cluster.local"
    assert on(controller, "cat", f"{NFVI_FILE.rpartition('/')[0]}/openstack-password") == PASSWORD
    assert PASSWORD not in on(controller, "sh", "-c", "cat /etc/nfv/*/config.ini /etc/nfv/*/*/config.ini")
    assert places_of(on, PASSWORD) == SECRET_FILES

    flipped = flip("removed")
    eventually(lambda: health(on, lab, 30001), lambda now: now == "not installed", PATIENCE)
    print(f"VIM let go of it after {time.monotonic() - flipped:.1f} s")
    eventually(lambda: health(on, lab, 6385), lambda now: now == "not installed", PATIENCE)
    await_applied(system, controller)
    assert section_of(on, NFVI_FILE, "openstack") == {}
    assert section_of(on, VIM_FILE, "nfvi")["compute_plugin_disabled"] == "True"
    assert places_of(on, PASSWORD) == set()
    assert on(controller, "sv", "status", "vim").split(")")[0] == vim_process
