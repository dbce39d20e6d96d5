"""Certificates of the platform's APIs, from the lab's authority. Each program has a pair that only its group reads."""

from __future__ import annotations

from collections.abc import Iterator

from lab.ground.description import FLOATING, Host, Lab
from lab.registry.service import authority
from sturnus.configuration.bare.accounts import USERS
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.programs import CA_FILE, certificate_of, key_of


def ca_file(lab: Lab) -> HostFile:
    """What clients on a host trust."""
    return HostFile(CA_FILE, authority(lab).certificate.read_text())


def certificate_files(lab: Lab, host: Host) -> Iterator[HostFile]:
    """The pairs, made anew a month before their end: servers take them over by themselves.

    They hold for the host as other hosts reach it, for itself, and for the relays by which the machine reaches it.
    """
    names = [host.name, host.address, FLOATING, lab.outside(host), "localhost", "127.0.0.1"]
    for program in USERS:
        issued = authority(lab).issue(lab.paths.secrets / f"platform-{program}", host.name, names)
        yield HostFile(certificate_of(program), issued.certificate.read_text())
        yield HostFile(key_of(program), issued.key.read_text(), 0o640, group=program)
