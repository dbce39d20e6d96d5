"""Where servers may go: the room of each host, and the groups that keep servers together or apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sturnus.vim.servers.ranking import Ranking, Rule, minus, spread
from sturnus.vim.servers.view import CloudView, ComputeHost, Server, ServerGroup, Size
from sturnus.vim.servers.ways import REMOTE_STORAGE

NAMED: Final = 3
"""Hosts that a reason names."""


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
        self._rankings: dict[tuple[Size, bool, Rule], Ranking] = {}
        self._nearest: list[str] | None = None  # those first that lack least; None: to be sorted anew
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
        ranking = self._ranking(server, rule)
        # Those where members of its soft groups are count otherwise; there are as few of them as there are members.
        wished = {name for group in self._soft(server) for name in self._names[group.uuid]} & self.free.keys()
        others = ranking.best(lambda name: name in wished or self._refuses(server, name) is not None)
        possible = [name for name in wished if self._refuses(server, name) is None] + ([others] if others else [])
        judged = [
            (self._liked(server, name), quality, name)
            for name in possible
            if (quality := ranking.quality(name)) is not None
        ]
        return max(judged)[2] if judged else None

    def _ranking(self, server: Server, rule: Rule) -> Ranking:
        """The hosts for servers of its size whose disks are kept as its own."""
        key = server.size, server.boots_from_volume, rule
        if (ranking := self._rankings.get(key)) is None:
            names = [name for name in self.free if not self._keeps_disks_otherwise(server, name)]
            ranking = self._rankings[key] = Ranking(server.size, rule, self._others, self.free, names)
        return ranking

    def take(self, server: Server, name: str) -> None:
        """Book a server on a host."""
        self.free[name] = minus(self.free[name], server.size)
        self._enter(server, name)
        self._nearest = None
        for ranking in self._rankings.values():
            ranking.changed(name)

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
        if self._nearest is None:
            self._nearest = sorted(self._others, key=lambda name: (name not in self.free, -self._room(name), name))
        nearest = self._nearest
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
        if self._keeps_disks_otherwise(server, name):
            return f"keeps disks otherwise (label {REMOTE_STORAGE})"
        return None

    def _keeps_disks_otherwise(self, server: Server, name: str) -> bool:
        """Whether its disk is where hosts of the one kind look for it, and this one is of the other."""
        if server.boots_from_volume or self._leaving not in self._labels:
            return False
        return (REMOTE_STORAGE in self._labels[self._leaving]) is not (REMOTE_STORAGE in self._labels[name])

    def _soft(self, server: Server) -> list[ServerGroup]:
        return [group for group in self._groups.get(server.uuid, ()) if group.policy.startswith("soft-")]

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
