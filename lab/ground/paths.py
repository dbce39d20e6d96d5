"""Where the lab keeps things. Nothing is ever written into the checkout."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def cache() -> Path:
    """Programs and images, by version and content: shared by all labs, safe to delete."""
    return Path(os.environ.get("STURNUS_LAB_CACHE", "/var/cache/sturnus-lab"))


def labs() -> Path:
    """The disks and descriptions of all labs. Has to be on a real file system: overlays lie on it."""
    return Path(os.environ.get("STURNUS_LAB_STATE", "/var/lib/sturnus-lab"))


def runtime() -> Path:
    """What ends with the machine's power: process records and namespaces."""
    return Path(os.environ.get("STURNUS_LAB_RUN", "/run/sturnus-lab"))


@dataclass(frozen=True, slots=True)
class LabPaths:
    """One lab's files."""

    name: str

    @property
    def state(self) -> Path:
        """Survives `lab down --keep-disks`."""
        return labs() / self.name

    @property
    def run(self) -> Path:
        """Gone with `lab down`."""
        return runtime() / self.name

    @property
    def description(self) -> Path:
        """The lab as it was asked for, JSON (`lab.ground.description.Lab`)."""
        return self.state / "lab.json"

    @property
    def lock(self) -> Path:
        """Held by whoever changes the lab. Outside of `state`, which `lab down` removes."""
        return runtime() / f"{self.name}.lock"

    @property
    def secrets(self) -> Path:
        """Keys and passwords; mode 0700."""
        return self.state / "secrets"

    @property
    def kubeconfig(self) -> Path:
        """An administrator's kubeconfig that works on the machine itself."""
        return self.secrets / "kubeconfig"

    @property
    def openrc(self) -> Path:
        """The platform's openrc, as it works on the machine itself."""
        return self.secrets / "openrc"

    @property
    def rack_log(self) -> Path:
        """What the rack process printed."""
        return self.run / "rack.log"

    def network(self, name: str) -> Path:
        """The file that keeps a network namespace alive."""
        return self.run / "net" / name

    def host_state(self, hostname: str) -> Path:
        """A host's disk and volumes."""
        return self.state / "hosts" / hostname

    def host_run(self, hostname: str) -> Path:
        """A host's power supply: its records while it has power."""
        return self.run / "hosts" / hostname
