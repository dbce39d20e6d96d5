"""Where servers may go: the room of each host, and the groups that keep servers together or apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sturnus.vim.servers.view import CloudView, ComputeHost, Server, ServerGroup, Size
from sturnus.vim.servers.ways import REMOTE_STORAGE

NAMED: Final = 3
"""Hosts that a reason names."""

Rule = Callable[[Size, Size], float]
"""How good a host is for a server: the room that would be left there, and what the host has in all. More is better."""


def spread(left: Size, total: Size) -> float:
    """Prefer the host that has most left of what it has least of."""
    return min(
        left.vcpus / max(1, total.vcpus),
        left.memory_mib / max(1, total.memory_mib),
        # Volumes make disks that nobody fills and that nobody has: they decide nothing then.
        left.disk_gib / total.disk_gib if total.disk_gib > 0 else 1.0,
    )


def pack(left: Size, total: Size) -> float:
    """Prefer the host that is filled best."""
    return -spread(left, total)


class Room:
    """The room of all hosts but the one that is left. `take` books a server; nothing else changes it."""

    def __init__(self, view: CloudView, hostname: str, hosts: Mapping[str, frozenset[str]]) -> None:
        self._others = {name: host for name, host in view.hosts.items() if name != hostname}
        self._labels = hosts
        self._leaving = hostname
        self.free = {
            name: minus(host.total, host.used)
            for name, host in self._others.items()
            if name in hosts and host.takes_servers
        }
        self._groups: dict[str, list[ServerGroup]] = {}
        for group in view.groups:
            for member in group.members:
                self._groups.setdefault(member, []).append(group)
        # Of each group, the hosts of its members; a host is named as often as it has one.
        self._names: dict[str, dict[str, list[str]]] = {group.uuid: {} for group in view.groups}
        for server in view.servers:
            if server.host is not None and server.host != hostname:
                self._enter(server, server.host)

    def find(self, server: Server, rule: Rule) -> str | None:
        """The best host for a server; None: there is none."""
        if self.bound(server) is not None:
            return None
        possible = [
            name for name in self.free if fits(server.size, self.free[name]) and not self._refuses(server, name)
        ]
        if not possible:
            return None

        def quality(name: str) -> tuple[int, float, str]:
            host = self._others[name]
            return self._liked(server, name), rule(minus(self.free[name], server.size), host.total), name

        return max(possible, key=quality)

    def take(self, server: Server, name: str) -> None:
        """Book a server on a host."""
        self.free[name] = minus(self.free[name], server.size)
        self._enter(server, name)

    def bound(self, server: Server) -> str | None:
        """Why no other host may ever have it, in words.

        Nova lets a member of an affinity group only go where members are, itself included: nowhere else than it is.
        """
        bound = any(group.policy == "affinity" for group in self._groups.get(server.uuid, ()))
        return "is in an affinity group, whose servers Nova leaves where they are" if bound else None

    def obstacles(self, server: Server) -> str:
        """What it needs, and what each host lacks: those first that lack least."""
        if (why := self.bound(server)) is not None:
            return why
        if not self._others:
            return "there is no other compute host"
        nearest = sorted(self._others, key=lambda name: (name not in self.free, -self._room(name), name))
        said = [f"{name} {self._lacks(server, name)}" for name in nearest[:NAMED]]
        if (more := len(nearest) - NAMED) > 0:
            said.append(f"{more} more host{'s' if more > 1 else ''} cannot have it either")
        return f"needs {said_size(server.size)}; {', '.join(said)}"

    def _room(self, name: str) -> float:
        return spread(self.free[name], self._others[name].total) if name in self.free else 0.0

    def _lacks(self, server: Server, name: str) -> str:
        if name not in self.free:
            return _out_of_service(self._others[name], name in self._labels)
        return self._refuses(server, name) or f"has {said_lack(server.size, self.free[name])} free"

    def _refuses(self, server: Server, name: str) -> str | None:
        """Why a host that has room may not have it."""
        for group in self._groups.get(server.uuid, ()):
            if group.policy == "anti-affinity" and (there := self._names[group.uuid].get(name)):
                return f"has {there[0]} of its anti-affinity group"
        # Its disk is where hosts of the one kind look for it, and those of the other do not.
        if server.boots_from_volume or self._leaving not in self._labels:
            return None
        if (REMOTE_STORAGE in self._labels[self._leaving]) is (REMOTE_STORAGE in self._labels[name]):
            return None
        return f"keeps disks otherwise (label {REMOTE_STORAGE})"

    def _liked(self, server: Server, name: str) -> int:
        """Members of its soft groups that are there: for, or against it."""
        liked = 0
        for group in self._groups.get(server.uuid, ()):
            there = len(self._names[group.uuid].get(name, ()))
            liked += there if group.policy == "soft-affinity" else 0
            liked -= there if group.policy == "soft-anti-affinity" else 0
        return liked

    def _enter(self, server: Server, name: str) -> None:
        for group in self._groups.get(server.uuid, ()):
            self._names[group.uuid].setdefault(name, []).append(server.name)


def minus(room: Size, taken: Size) -> Size:
    """What is left; below zero where more is taken than there is."""
    return Size(room.vcpus - taken.vcpus, room.memory_mib - taken.memory_mib, room.disk_gib - taken.disk_gib)


def fits(size: Size, room: Size) -> bool:
    """Whether there is room. What a server does not need may be overdrawn."""
    return (
        (size.vcpus <= room.vcpus or not size.vcpus)
        and (size.memory_mib <= room.memory_mib or not size.memory_mib)
        and (size.disk_gib <= room.disk_gib or not size.disk_gib)
    )


def said_size(size: Size) -> str:
    """In words: 8 vCPU, 32 GiB of memory and 20 GiB of disk."""
    said = [f"{size.vcpus} vCPU", f"{said_memory(size.memory_mib)} of memory"]
    if size.disk_gib:
        said.append(f"{size.disk_gib} GiB of disk")
    return f"{', '.join(said[:-1])} and {said[-1]}"


def said_lack(size: Size, room: Size) -> str:
    """What there is of that of which there is too little."""
    said = []
    if size.vcpus > room.vcpus:
        said.append(f"{max(0, room.vcpus)} vCPU")
    if size.memory_mib > room.memory_mib:
        said.append(f"{said_memory(max(0, room.memory_mib))} of memory")
    if size.disk_gib > max(0, room.disk_gib):
        said.append(f"{max(0, room.disk_gib)} GiB of disk")
    return " and ".join(said)


def said_memory(mib: int) -> str:
    """GiB where it is so many, MiB otherwise."""
    return f"{mib // 1024} GiB" if mib % 1024 == 0 else f"{mib / 1024:.1f} GiB" if mib > 1024 else f"{mib} MiB"


def _out_of_service(host: ComputeHost, in_service: bool) -> str:  # noqa: FBT001 -- a fact like the others
    if not in_service:
        return "is locked or not enabled"
    if host.forced_down:
        return "is marked as down in Nova"
    return "is disabled in Nova" if not host.enabled else "is not heard by Nova"
