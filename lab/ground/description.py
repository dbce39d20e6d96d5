"""What a lab consists of: hosts, their addresses and sizes. Everything else is derived from this.

All labs use the same addresses inside: each lives in network namespaces of its own, and so a snapshot of one can be
brought up as another. Only the loopback network by which the machine reaches a lab is the lab's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from lab.ground.errors import LabError
from lab.ground.paths import LabPaths

MAX_CONTROLLERS: Final = 9
MAX_WORKERS: Final = 60

NODE_NETWORK: Final = "172.31.77"
"""The hosts' management network (a /24): Kubernetes, the registry, the platform, and the baseboard controllers."""
TUNNEL_NETWORK: Final = "172.31.78"
"""Carries the tenants' tunnels; a /24, each host has an address on it."""
PROVIDER_NETWORK: Final = "172.31.79"
"""The network outside, which data networks are mapped to: the router and the client have addresses on it, no host."""

ROUTER: Final = f"{NODE_NETWORK}.1"
SWITCH: Final = f"{NODE_NETWORK}.2"
"""The switch's own address: relays dial the hosts from here."""
FLOATING: Final = f"{NODE_NETWORK}.5"
"""Reserved for the address that follows the active controller."""
OUTSIDE_ROUTER: Final = f"{PROVIDER_NETWORK}.1"
"""The gateway of the provider network."""
OUTSIDE_CLIENT: Final = f"{PROVIDER_NETWORK}.2"
"""Somebody out there, who wants something of the servers in the cloud."""
BMC_OFFSET: Final = 100


class Role(StrEnum):
    """What a host is made for; what runs on it is decided later, by its labels."""

    CONTROLLER = "controller"
    WORKER = "compute"


class Nic(StrEnum):
    """A host's network ports, in the order of their cables."""

    NODE = "eth0"
    TUNNEL = "eth1"
    PROVIDER = "eth2"


class Host(BaseModel):
    """One machine of the lab."""

    model_config = ConfigDict(frozen=True)

    role: Role
    index: int = Field(ge=0)
    memory_mib: int = Field(gt=0, description="limit of the host's cgroup, and what it sees in /proc/meminfo")

    @property
    def name(self) -> str:
        """`controller-0`, `compute-1`."""
        return f"{self.role}-{self.index}"

    @property
    def number(self) -> int:
        """The last octet of its addresses: controllers from 10, workers from 20."""
        return (10 if self.role is Role.CONTROLLER else 20) + self.index

    @property
    def address(self) -> str:
        """On the node network; also where the API server and the registry of a controller listen."""
        return f"{NODE_NETWORK}.{self.number}"

    @property
    def tunnel_address(self) -> str:
        """Where its tunnels end, on the tunnel network."""
        return f"{TUNNEL_NETWORK}.{self.number}"

    @property
    def bmc_address(self) -> str:
        """The baseboard controller's, on the node network: it answers while the host has no power."""
        return f"{NODE_NETWORK}.{self.number + BMC_OFFSET}"

    def mac(self, nic: Nic) -> str:
        """Fixed, as of real ports: peers keep their neighbour entries over a power cycle."""
        return f"52:54:00:4d:{self.number:02x}:{list(Nic).index(nic):02x}"

    def cable(self, nic: Nic) -> str:
        """The switch's side of a cable, named after the host's number: `n10-eth0`."""
        return f"n{self.number}-{nic}"


class Lab(BaseModel):
    """A whole lab, as asked for by `lab up`."""

    model_config = ConfigDict(frozen=True)

    name: str
    loopback: int = Field(ge=1, le=254, description="the lab is seen from the machine at 127.0.<loopback>.0/24")
    hosts: tuple[Host, ...]

    @property
    def paths(self) -> LabPaths:
        """Where this lab keeps things."""
        return LabPaths(self.name)

    @property
    def controllers(self) -> tuple[Host, ...]:
        """In order; the first one holds the control plane and the registry."""
        return tuple(host for host in self.hosts if host.role is Role.CONTROLLER)

    @property
    def workers(self) -> tuple[Host, ...]:
        """In order."""
        return tuple(host for host in self.hosts if host.role is Role.WORKER)

    @property
    def active_controller(self) -> Host:
        """controller-0."""
        return self.controllers[0]

    def outside(self, host: Host) -> str:
        """The loopback address by which the machine reaches a host."""
        return f"127.0.{self.loopback}.{host.number}"

    def host(self, name: str) -> Host:
        """A host by name.

        Raises:
            LabError: no such host; lists those that there are.

        """
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(f"lab {self.name} has no host {name!r}", f"it has {', '.join(h.name for h in self.hosts)}")


def hosts_of(controllers: int, workers: int, *, controller_memory: int, worker_memory: int) -> tuple[Host, ...]:
    """The hosts of a lab of that size. Memory in MiB.

    Raises:
        LabError: a number that the address plan has no room for.

    """
    if not 1 <= controllers <= MAX_CONTROLLERS:
        raise LabError(f"{controllers} controllers", f"a lab has 1 to {MAX_CONTROLLERS}: --controllers N")
    if not 0 <= workers <= MAX_WORKERS:
        raise LabError(f"{workers} workers", f"a lab has 0 to {MAX_WORKERS}: --workers N")
    return (
        *(Host(role=Role.CONTROLLER, index=i, memory_mib=controller_memory) for i in range(controllers)),
        *(Host(role=Role.WORKER, index=i, memory_mib=worker_memory) for i in range(workers)),
    )


def checked_name(name: str) -> str:
    """A lab's name, which becomes a directory and part of cgroup paths.

    Raises:
        LabError: it would not do as a file name everywhere.

    """
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", name):
        raise LabError(f"{name!r} cannot name a lab", "use 1 to 32 of a-z, 0-9 and '-', not at either end")
    return name


def free_loopback(taken: Iterable[int]) -> int:
    """The lowest loopback network, from 127.0.77.0/24 on, that no other lab has.

    Raises:
        LabError: none is left.

    """
    used = set(taken)
    for candidate in range(77, 255):
        if candidate not in used:
            return candidate
    raise LabError("all loopback networks from 127.0.77.0 on are taken by labs", "take one down: lab down --name NAME")
