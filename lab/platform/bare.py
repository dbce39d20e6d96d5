"""What an installer leaves on bare hosts. `config_controller` goes on from there.

That is: packages, an agent that waits for its platform, certificates, and how kubeadm configures machines of this kind.
Files are put where there are none, once, as an installer does: what was configured since is not gone over.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from lab.ground.description import Host, Lab
from lab.ground.progress import Progress
from lab.kubernetes import addons, kubeadm
from lab.machine import disk, inside
from lab.machine.power import init_process
from lab.platform.agents import agent_files_of
from lab.platform.certificates import ca_file, certificate_files
from lab.platform.host_packages import have_packages
from lab.platform.install import collected
from sturnus import __version__
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.programs import CLUSTER_PARTS, KUBEADM_INIT, KUBEADM_JOIN

EXAMPLE: Final = "/root/config.ini"
"""On the first controller: what to give to `config_controller --config-file`."""


def prepare(lab: Lab, progress: Progress) -> None:
    """Have it on every host that has power. The others get it the next time."""
    on = [host for host in lab.hosts if init_process(lab, host) is not None]
    with tempfile.TemporaryDirectory() as scratch:
        with progress.step("collect the platform's packages"):
            common, with_keystone = collected(Path(scratch))
        for host in on:
            have_packages(lab, host, with_keystone if host == lab.active_controller else common, progress)
    for host in on:
        inside.put(lab, host, disk.absent(lab, host, installer_files(lab, host)))


def is_bare(lab: Lab, controller: Host) -> bool:
    """Whether an installer left it for `config_controller`, which may have run since."""
    return inside.has(lab, controller, KUBEADM_INIT)


def installer_files(lab: Lab, host: Host) -> Iterator[HostFile]:
    """All of one host. Nobody has made the platform's users yet, so all is root's."""
    yield ca_file(lab)
    yield from agent_files_of(lab)
    yield HostFile(KUBEADM_JOIN, kubeadm.join_basis(host), 0o600)
    if host != lab.active_controller:
        return
    for file in certificate_files(lab, host):
        yield replace(file, mode=0o600 if file.group != "root" else file.mode, group="root")
    yield HostFile(EXAMPLE, (Path(__file__).parent / "config.ini").read_text().replace("@RELEASE@", __version__))
    yield HostFile(KUBEADM_INIT, kubeadm.init_configuration(lab, host), 0o600)
    yield HostFile(CLUSTER_PARTS, yaml.safe_dump_all(addons.manifests(lab), sort_keys=False))
