"""From what was typed to the lab that shall be: a pure decision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from lab.ground.description import Host, Lab, Role, checked_name, free_loopback, hosts_of
from lab.ground.errors import LabError

CONTROLLERS: Final = 1
WORKERS: Final = 2
CONTROLLER_MEMORY_MIB: Final = 10 * 1024
WORKER_MEMORY_MIB: Final = 6 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What `lab up` was asked for; None means: as it is, or the default."""

    name: str
    controllers: int | None = None
    workers: int | None = None
    controller_memory_mib: int | None = None
    worker_memory_mib: int | None = None


def wanted_lab(request: Request, known: Lab | None, others: Collection[Lab]) -> Lab:
    """The lab that shall be: a new one, or the known one with more hosts.

    Raises:
        LabError: it would lose hosts, or its hosts would change.

    """
    hosts = hosts_of(
        _number(request.controllers, known, Role.CONTROLLER, CONTROLLERS),
        _number(request.workers, known, Role.WORKER, WORKERS),
        controller_memory=_memory(request.controller_memory_mib, known, Role.CONTROLLER, CONTROLLER_MEMORY_MIB),
        worker_memory=_memory(request.worker_memory_mib, known, Role.WORKER, WORKER_MEMORY_MIB),
    )
    if known is None:
        loopback = free_loopback(lab.loopback for lab in others)
        return Lab(name=checked_name(request.name), loopback=loopback, hosts=hosts)
    if lost := {host.name for host in known.hosts} - {host.name for host in hosts}:
        names = ", ".join(sorted(lost))
        raise LabError(f"lab {known.name} would lose {names}", f"lab down --name {known.name} first; labs only grow")
    return known.model_copy(update={"hosts": hosts})


def _number(asked: int | None, known: Lab | None, role: Role, default: int) -> int:
    if asked is not None:
        return asked
    return len(_hosts(known, role)) if known else default


def _memory(asked: int | None, known: Lab | None, role: Role, default: int) -> int:
    if asked is not None:
        return asked
    hosts = _hosts(known, role)
    return hosts[0].memory_mib if hosts else default


def _hosts(lab: Lab | None, role: Role) -> list[Host]:
    return [host for host in lab.hosts if host.role is role] if lab else []
