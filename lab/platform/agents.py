"""The platform's agent on every host of a lab: what it needs to enrol, and its service."""

from __future__ import annotations

import secrets
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
from lab.machine.power import init_process
from lab.machine.supervised import service
from lab.platform.accounts import INVENTORY
from lab.platform.certificates import CA_FILE, ca_file
from lab.platform.host_packages import HOME, have_packages, restart
from sturnus.core.signed_requests import secret_digest

SECRET: Final = "/etc/sturnus/enrolment-secret"  # noqa: S105 -- where it is
DIGEST: Final = "/etc/sturnus/enrolment-digest"
STATE: Final = "/var/lib/sturnus/agent"
INVENTORY_PORT: Final = 6385
ENROL_DEADLINE: Final = timedelta(seconds=60)


def enrolment_secret(lab: Lab) -> str:
    """The lab's own, made once."""
    file = lab.paths.secrets / "enrolment"
    if not file.exists():
        replace_file(file, secrets.token_hex(32), 0o600)
    return file.read_text()


def digest_file(lab: Lab) -> HostFile:
    """What the inventory knows of the secret."""
    return HostFile(DIGEST, secret_digest(enrolment_secret(lab)) + "\n", 0o640, group=INVENTORY)


def install_agents(lab: Lab, packages: Mapping[Host, Path], progress: Progress) -> None:
    """Have the agent on every host that has power. The others get it the next time."""
    for host in lab.hosts:
        if init_process(lab, host) is not None:
            have_packages(lab, host, packages[host], progress)
            if changed := disk.differing(lab, host, _files(lab)):
                inside.put(lab, host, changed)
                restart(lab, host, "agent")
    with progress.step("the hosts' agents enrol"):
        for host in lab.hosts:
            if init_process(lab, host) is not None:
                _await_enrolled(lab, host)


def _files(lab: Lab) -> Iterator[HostFile]:
    yield HostFile(SECRET, enrolment_secret(lab), 0o600)
    yield ca_file(lab)
    platform = f"https://{lab.active_controller.address}:{INVENTORY_PORT}"
    yield from service(
        "agent",
        f"exec {HOME}/bin/sturnus agent --platform {platform} --ca-file {CA_FILE}"
        f" --enrolment-file {SECRET} --state {STATE}\n",
    )


def _await_enrolled(lab: Lab, host: Host) -> None:
    """The agent keeps the uuid that its host has in the inventory."""

    def missing() -> str | None:
        try:
            inside.run(lab, host, ["test", "-s", f"{STATE}/host"])
        except CommandFailed:
            return "it has not enrolled"
        return None

    until(
        missing,
        what=f"agent of {host.name}",
        deadline=ENROL_DEADLINE,
        remedy=f"lab logs {host.name} agent (--name {lab.name})",
        pause=timedelta(milliseconds=500),
    )
