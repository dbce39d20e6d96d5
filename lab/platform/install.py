"""Puts the platform on the first controller, and its agent on every host. Safe to repeat; what is so is left alone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from lab.ground.commands import CommandFailed
from lab.ground.description import Host, Lab
from lab.ground.progress import Progress
from lab.ground.records import replace_file
from lab.ground.waiting import until
from lab.machine import disk, inside
from lab.machine.disk import HostFile
from lab.machine.supervised import service
from lab.platform.agents import DIGEST, digest_file, install_agents
from lab.platform.host_packages import HOME, PACKAGES, have_packages, restart
from lab.platform.packages import KEYSTONE_LOCK, PRODUCT_LOCK, locked_packages, product_package
from sturnus.identity.openrc import ClientFacts, Interface, render_openrc

STATE: Final = "/var/lib/sturnus"
KEYSTONE_STATE: Final = f"{STATE}/keystone"
BMC_CA: Final = "/etc/sturnus/bmc-ca.crt"
READY_DEADLINE: Final = timedelta(minutes=3)

INVENTORY_RUN: Final = f"{HOME}/bin/sturnus db upgrade || exit 1\nexec {HOME}/bin/sturnus serve inventory\n"


def install(lab: Lab, progress: Progress) -> None:
    """Have the platform of this checkout on the lab: wait until it answers, and until the hosts have enrolled."""
    controller = lab.active_controller
    with tempfile.TemporaryDirectory() as scratch:
        with progress.step("collect the platform's packages"):
            common, with_keystone = _packages(Path(scratch))
        have_packages(lab, controller, with_keystone, progress)
        files = list(_files(lab, controller))
        if changed := disk.differing(lab, controller, files):
            inside.put(lab, controller, changed)
            restart(lab, controller, "keystone", "inventory")
        with progress.step(f"{controller.name}: Keystone and the inventory answer"):
            _await_ready(lab, controller)
        _write_openrc(lab, controller)
        install_agents(lab, {host: with_keystone if host == controller else common for host in lab.hosts}, progress)


def _packages(scratch: Path) -> tuple[Path, Path]:
    """What every host gets, and what the controller gets: Keystone's packages besides."""
    common, controllers = scratch / "hosts", scratch / "controller"
    shutil.copytree(locked_packages(PRODUCT_LOCK), common)
    shutil.copy(PRODUCT_LOCK, common / "requirements.lock")
    product_package(common)
    shutil.copytree(common, controllers)
    shutil.copytree(locked_packages(KEYSTONE_LOCK), controllers, dirs_exist_ok=True)
    return common, controllers


def _files(lab: Lab, host: Host) -> Iterator[HostFile]:
    """Settings and services.

    Both listen on the node network without TLS, which is said to them explicitly: what reaches them comes from the
    lab's own switch.
    """
    keystone = (
        f"{HOME}/bin/python -m sturnus.identity.keystone --state {KEYSTONE_STATE} --cache {STATE}/programs"
        f" --listen {host.address} --public-host {lab.outside(host)}"
    )
    yield from service(
        "keystone",
        # The host reaches no index: the bootstrap's pip is shown the directory.
        f"export PIP_NO_INDEX=1 PIP_FIND_LINKS={PACKAGES}\n"
        f"{keystone} bootstrap || exit 1\n"
        f"{keystone} openrc >/etc/platform/.openrc && chmod 640 /etc/platform/.openrc"
        " && mv /etc/platform/.openrc /etc/platform/openrc\n"
        f"exec {keystone} run --plain-http anywhere\n",
    )
    settings = (
        f'listen_address = "{host.address}"\n'
        'plain_http = "anywhere"\n'
        f'database_url = "sqlite+aiosqlite:///{STATE}/sturnus.db"\n'
        f'keystone_url = "http://{host.address}:5000"\n'
        f'keystone_password_file = "{KEYSTONE_STATE}/passwords/sturnus"\n'
        'kubeconfig = "/etc/kubernetes/admin.conf"\n'
        f'enrolment_file = "{DIGEST}"\n'
        f'bmc_ca_file = "{BMC_CA}"\n'
        f'hostname = "{host.name}"\n'
        f'system_name = "{lab.name}"\n'
    )
    yield HostFile("/etc/sturnus/sturnus.toml", settings, 0o640)
    yield digest_file(lab)
    yield HostFile(BMC_CA, (lab.paths.secrets / "ca" / "ca.crt").read_text())
    yield from service("inventory", INVENTORY_RUN)


def _await_ready(lab: Lab, host: Host) -> None:
    listing = ["bash", "-c", ". /etc/platform/openrc && exec system host-list"]

    def missing() -> str | None:
        try:
            inside.run(lab, host, listing)
        except CommandFailed as failed:
            return failed.remedy
        return None

    until(
        missing,
        what="platform",
        deadline=READY_DEADLINE,
        remedy=f"lab logs {host.name} keystone, lab logs {host.name} inventory (--name {lab.name})",
        pause=timedelta(milliseconds=500),
    )


def _write_openrc(lab: Lab, host: Host) -> None:
    """The openrc for the machine itself: through the relays, by the catalog's public addresses."""
    password = lab.paths.secrets / "platform-admin"
    replace_file(password, inside.run(lab, host, ["cat", f"{KEYSTONE_STATE}/passwords/admin"]), 0o600)
    facts = ClientFacts(f"http://{lab.outside(host)}:5000/v3", password, interface=Interface.PUBLIC)
    replace_file(lab.paths.openrc, render_openrc(facts))
