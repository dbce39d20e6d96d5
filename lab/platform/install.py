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
from lab.platform.accounts import make_accounts
from lab.platform.agents import enrolment_digest, install_agents
from lab.platform.certificates import ca_file, certificate_files
from lab.platform.host_packages import have_packages, restart
from lab.platform.packages import KEYSTONE_LOCK, PRODUCT_LOCK, locked_packages, product_package
from lab.registry.service import authority
from sturnus.configuration.bare.accounts import KEYSTONE_STATE
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.programs import (
    ENROLMENT_DIGEST,
    KUBECONFIGS,
    SERVICES,
    TLS,
    ControllerFacts,
    account_command,
    service_files,
    settings_files,
)
from sturnus.identity.openrc import ClientFacts, Interface, render_openrc

READY_DEADLINE: Final = timedelta(minutes=3)

TAKEN_OVER: Final = (ENROLMENT_DIGEST, f"{TLS}/")
"""Paths that the programs read anew by themselves: for these nothing is restarted."""


def install(lab: Lab, progress: Progress) -> None:
    """Have the platform of this checkout on the lab: wait until it answers, and until the hosts have enrolled."""
    controller = lab.active_controller
    with tempfile.TemporaryDirectory() as scratch:
        with progress.step("collect the platform's packages"):
            common, with_keystone = collected(Path(scratch))
        make_accounts(lab, controller)
        have_packages(lab, controller, with_keystone, progress)
        _have_kubeconfig(lab, controller)
        files = list(_files(lab, controller))
        if changed := disk.differing(lab, controller, files):
            inside.put(lab, controller, changed)
            if any(not file.path.startswith(TAKEN_OVER) for file in changed):
                restart(lab, controller, *SERVICES)
        await_platform(lab, controller, progress)
        write_openrc(lab, controller)
        install_agents(lab, {host: with_keystone if host == controller else common for host in lab.hosts}, progress)


def _have_kubeconfig(lab: Lab, host: Host) -> None:
    """An account of the inventory's own in the cluster. Renewed when a good part of its time is over."""
    for account in KUBECONFIGS:
        inside.run(lab, host, account_command(*account))


def collected(scratch: Path) -> tuple[Path, Path]:
    """What every host gets, and what the controller gets: Keystone's packages besides."""
    common, controllers = scratch / "hosts", scratch / "controller"
    shutil.copytree(locked_packages(PRODUCT_LOCK), common)
    shutil.copy(PRODUCT_LOCK, common / "requirements.lock")
    product_package(common)
    shutil.copytree(common, controllers)
    shutil.copytree(locked_packages(KEYSTONE_LOCK), controllers, dirs_exist_ok=True)
    return common, controllers


def _files(lab: Lab, host: Host) -> Iterator[HostFile]:
    """Settings, certificates and services."""
    facts = ControllerFacts(host.name, host.address, lab.outside(host), {"system_name": lab.name})
    yield ca_file(lab)
    yield from certificate_files(lab, host)
    yield enrolment_digest(lab)
    yield from settings_files(facts)
    yield from service_files(facts)


def await_platform(lab: Lab, controller: Host, progress: Progress) -> None:
    """Wait until Keystone and the inventory answer."""
    listing = ["bash", "-c", ". /etc/platform/openrc && exec system host-list"]

    def missing() -> str | None:
        try:
            inside.run(lab, controller, listing)
        except CommandFailed as failed:
            return failed.remedy
        return None

    with progress.step(f"{controller.name}: Keystone and the inventory answer"):
        until(
            missing,
            what="platform",
            deadline=READY_DEADLINE,
            remedy=f"lab logs {controller.name} keystone, lab logs {controller.name} inventory (--name {lab.name})",
            pause=timedelta(milliseconds=500),
        )


def has_platform(lab: Lab, host: Host) -> bool:
    """Whether there is a Keystone that made its administrator, whoever installed it."""
    return all(inside.has(lab, host, path) for path in (f"{KEYSTONE_STATE}/passwords/admin", "/etc/platform/openrc"))


def write_openrc(lab: Lab, host: Host) -> None:
    """The openrc for the machine itself: through the relays, by the catalog's public addresses."""
    password = lab.paths.secrets / "platform-admin"
    replace_file(password, inside.run(lab, host, ["cat", f"{KEYSTONE_STATE}/passwords/admin"]), 0o600)
    facts = ClientFacts(
        f"https://{lab.outside(host)}:5000/v3",
        password,
        interface=Interface.PUBLIC,
        ca_file=authority(lab).certificate,
    )
    replace_file(lab.paths.openrc, render_openrc(facts))
