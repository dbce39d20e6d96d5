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
from lab.machine.power import init_process
from lab.platform.certificates import ca_file
from lab.platform.host_packages import have_packages, restart
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.programs import (
    AGENT_STATE,
    ENROLMENT_SECRET,
    INVENTORY_PORT,
    agent_files,
    digest_file,
)

ENROL_DEADLINE: Final = timedelta(seconds=60)


def enrolment_secret(lab: Lab) -> str:
    """The lab's own, made once."""
    file = lab.paths.secrets / "enrolment"
    if not file.exists():
        replace_file(file, secrets.token_hex(32), 0o600)
    return file.read_text()


def enrolment_digest(lab: Lab) -> HostFile:
    """What the inventory knows of the secret."""
    return digest_file(enrolment_secret(lab))


def install_agents(lab: Lab, packages: Mapping[Host, Path], progress: Progress) -> None:
    """Have the agent on every host that has power. The others get it the next time."""
    for host in lab.hosts:
        if init_process(lab, host) is not None:
            have_packages(lab, host, packages[host], progress)
            if changed := disk.differing(lab, host, agent_files_of(lab)):
                inside.put(lab, host, changed)
                restart(lab, host, "agent")
    with progress.step("the hosts' agents enrol"):
        for host in lab.hosts:
            if init_process(lab, host) is not None:
                _await_enrolled(lab, host)


def agent_files_of(lab: Lab) -> Iterator[HostFile]:
    """What an agent needs to enrol, and its service; the same on every host."""
    yield HostFile(ENROLMENT_SECRET, enrolment_secret(lab), 0o600)
    yield ca_file(lab)
    yield from agent_files(f"https://{lab.active_controller.address}:{INVENTORY_PORT}")


def _await_enrolled(lab: Lab, host: Host) -> None:
    """The agent keeps the uuid that its host has in the inventory."""

    def missing() -> str | None:
        try:
            inside.run(lab, host, ["test", "-s", f"{AGENT_STATE}/host"])
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
