"""Puts the platform on the first controller, and its agent on every host. Safe to repeat; what is so is left alone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
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
from lab.platform.accounts import (
    INVENTORY,
    INVENTORY_STATE,
    KEYSTONE,
    KEYSTONE_STATE,
    STATE,
    VIM,
    VIM_STATE,
    as_user,
    make_accounts,
)
from lab.platform.agents import DIGEST, digest_file, install_agents
from lab.platform.certificates import CA_FILE, DIRECTORY, ca_file, certificate_files, certificate_of, key_of
from lab.platform.host_packages import HOME, PACKAGES, have_packages, restart
from lab.platform.packages import KEYSTONE_LOCK, PRODUCT_LOCK, locked_packages, product_package
from lab.registry.service import authority
from sturnus.identity.openrc import ClientFacts, Interface, render_openrc

PROGRAMS: Final = f"{STATE}/programs"
KUBECONFIG: Final = "/etc/sturnus/kubeconfig"
APPLICATIONS_KUBECONFIG: Final = "/etc/sturnus/applications-kubeconfig"
VIM_KUBECONFIG: Final = "/etc/sturnus/vim-kubeconfig"
SETTINGS: Final = "/etc/sturnus/sturnus.toml"
VIM_SETTINGS: Final = "/etc/sturnus/vim.toml"
VIM_PORT: Final = 30001
FAULTS_PORT: Final = 18002
READY_DEADLINE: Final = timedelta(minutes=3)
ADMINISTRATOR: Final = "/etc/kubernetes/admin.conf"

TAKEN_OVER: Final = (DIGEST, f"{DIRECTORY}/")
"""Paths that the programs read anew by themselves: for these nothing is restarted."""


def install(lab: Lab, progress: Progress) -> None:
    """Have the platform of this checkout on the lab: wait until it answers, and until the hosts have enrolled."""
    controller = lab.active_controller
    with tempfile.TemporaryDirectory() as scratch:
        with progress.step("collect the platform's packages"):
            common, with_keystone = _packages(Path(scratch))
        make_accounts(lab, controller)
        have_packages(lab, controller, with_keystone, progress)
        _have_kubeconfig(lab, controller)
        files = list(_files(lab, controller))
        if changed := disk.differing(lab, controller, files):
            inside.put(lab, controller, changed)
            if any(not file.path.startswith(TAKEN_OVER) for file in changed):
                restart(lab, controller, "keystone", "inventory", "vim", "faults")
        with progress.step(f"{controller.name}: Keystone and the inventory answer"):
            _await_ready(lab, controller)
        _write_openrc(lab, controller)
        install_agents(lab, {host: with_keystone if host == controller else common for host in lab.hosts}, progress)


def _have_kubeconfig(lab: Lab, host: Host) -> None:
    """An account of the inventory's own in the cluster. Renewed when a good part of its time is over."""
    command = [f"{HOME}/bin/sturnus", "kubeconfig-create", "--admin-kubeconfig", ADMINISTRATOR]
    for account, output, owner in (
        ("inventory", KUBECONFIG, INVENTORY),
        ("applications", APPLICATIONS_KUBECONFIG, INVENTORY),
        ("vim", VIM_KUBECONFIG, VIM),
    ):
        inside.run(lab, host, [*command, "--account", account, "--output", output, "--owner", owner])


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
    """Settings, certificates and services."""
    yield ca_file(lab)
    yield from certificate_files(lab, host)
    yield digest_file(lab)
    yield HostFile(SETTINGS, _settings(lab, host), 0o640, group=INVENTORY)
    yield HostFile(VIM_SETTINGS, _vim_settings(host), 0o640, group=VIM)
    yield from service("keystone", _run_keystone(lab, host))
    own = f"{as_user(INVENTORY)} {HOME}/bin/sturnus"
    yield from service("inventory", f"{own} db upgrade || exit 1\nexec {own} serve inventory\n")
    # Its tables are the inventory's, which brings them to this version.
    yield from service("faults", f"exec {own} serve faults\n")
    vim = f"{as_user(VIM)} {HOME}/bin/sturnus"
    yield from service(
        "vim", f"export STURNUS_CONFIG={VIM_SETTINGS}\n{vim} db upgrade || exit 1\nexec {vim} serve vim\n"
    )


def _run_keystone(lab: Lab, host: Host) -> str:
    """Root installs its programs and hands out what others need of it; all else is done by Keystone's own user."""
    keystone = (
        f"{HOME}/bin/python -m sturnus.identity.keystone --state {KEYSTONE_STATE} --cache {PROGRAMS}"
        f" --listen {host.address} --public-host {lab.outside(host)}"
        f" --tls-certificate {certificate_of(KEYSTONE)} --tls-key {key_of(KEYSTONE)} --ca-file {CA_FILE}"
    )
    return (
        # The host reaches no index: pip is shown the directory.
        f"PIP_NO_INDEX=1 PIP_FIND_LINKS={PACKAGES} {keystone} install || exit 1\n"
        f"{as_user(KEYSTONE)} {keystone} bootstrap || exit 1\n"
        f"{keystone} deliver || exit 1\n"
        f"exec {as_user(KEYSTONE)} {keystone} run\n"
    )


def _settings(lab: Lab, host: Host) -> str:
    settings = {
        "listen_address": host.address,
        "tls_certificate": certificate_of(INVENTORY),
        "tls_key": key_of(INVENTORY),
        "database_url": f"sqlite+aiosqlite:///{INVENTORY_STATE}/sturnus.db",
        "keystone_url": f"https://{host.address}:5000",
        "keystone_ca_file": CA_FILE,
        "keystone_password_file": "/etc/sturnus/keystone-password",
        "kubeconfig": KUBECONFIG,
        "applications_kubeconfig": APPLICATIONS_KUBECONFIG,
        "state_directory": INVENTORY_STATE,
        "enrolment_file": DIGEST,
        "bmc_ca_file": CA_FILE,
        "secrets_key_file": f"{INVENTORY_STATE}/secrets.key",
        "hostname": host.name,
        "system_name": lab.name,
        "vim_url": f"https://{host.address}:{VIM_PORT}",
    }
    return _toml(settings)


def _vim_settings(host: Host) -> str:
    settings = {
        "listen_address": host.address,
        "tls_certificate": certificate_of(VIM),
        "tls_key": key_of(VIM),
        "database_url": f"sqlite+aiosqlite:///{VIM_STATE}/vim.db",
        "keystone_url": f"https://{host.address}:5000",
        "keystone_ca_file": CA_FILE,
        "keystone_user": "vim",
        "keystone_password_file": "/etc/sturnus/vim-password",
        "inventory_url": f"https://{host.address}:6385",
        "faults_url": f"https://{host.address}:{FAULTS_PORT}",
        "kubeconfig": VIM_KUBECONFIG,
        "hostname": host.name,
    }
    return _toml(settings)


def _toml(settings: Mapping[str, str]) -> str:
    return "".join(f'{name} = "{value}"\n' for name, value in settings.items())


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
    facts = ClientFacts(
        f"https://{lab.outside(host)}:5000/v3",
        password,
        interface=Interface.PUBLIC,
        ca_file=authority(lab).certificate,
    )
    replace_file(lab.paths.openrc, render_openrc(facts))
