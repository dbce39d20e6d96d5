"""`system host-lock --preview`: what a lock would do to a host's servers and pods."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sturnus.cli import output
from sturnus.cli.platform import Platform

REFUSED = 2
"""Exit status if the lock would not go through."""
MOST_ROOM = 10
"""Hosts whose room is listed; those that get servers come first."""

IDLE = frozenset({"stays", "cannot"})
"""Ways that take no time."""

Json = Mapping[str, Any]


def show(platform: Platform, given: argparse.Namespace, kind: str) -> int:
    """Print it; 0 if the lock would go through, 2 if it would not."""
    found = platform.get(f"/sturnus/hosts/{quote(given.host, safe='')}/lock-preview?kind={kind}")
    if given.format == "json":
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(found))
    return 0 if found["goes_through"] else REFUSED


def lines(found: Json) -> Sequence[str]:
    """All of it, for people."""
    return [*_servers(found), *_pods(found), *_end(found)]


def _servers(found: Json) -> Sequence[str]:
    if found["servers_missing"] is not None:
        return [f"Servers are not known: {found['servers_missing']}"]
    servers = found["servers"]
    if not servers:
        return ["Servers: none."]
    rows = [
        [
            each["name"],
            each["status"],
            _size(each),
            each["way"],
            each["target"] or "-",
            _time(each["estimate_seconds"]) if each["way"] not in IDLE else "-",
            each["why"] or "",
        ]
        for each in servers
    ]
    said = ["Servers:", output.table(["name", "status", "size", "way", "to", "takes", "why"], rows)]
    moving = [each for each in servers if each["way"] not in IDLE]
    if moving:
        memory = sum(each["memory_mib"] for each in moving)
        seconds = found["estimate_seconds"]
        takes = "how long it takes is not known" if seconds is None else f"all of it takes {_time(seconds)}"
        said.append(f"{len(moving)} to move or stop, {_memory(memory)} of memory; {takes}.")
    return [*said, *_room(found)]


def _room(found: Json) -> Sequence[str]:
    if not found["room_left"]:
        return ["No other host takes servers."]
    targets = {each["target"] for each in found["servers"]}
    hosts = sorted(found["room_left"], key=lambda host: (host["hostname"] not in targets, host["hostname"]))
    rows = [
        [each["hostname"], str(each["vcpus"]), _memory(each["memory_mib"]), f"{each['disk_gib']} GiB"]
        for each in hosts[:MOST_ROOM]
    ]
    said = ["Room left then:", output.table(["host", "vCPU", "memory", "disk"], rows)]
    if len(hosts) > MOST_ROOM:
        said.append(f"and {len(hosts) - MOST_ROOM} more hosts: --format json")
    return said


def _pods(found: Json) -> Sequence[str]:
    if found["pods_missing"] is not None:
        return [f"Pods are not known: {found['pods_missing']}"]
    if not found["pods"]:
        return ["Pods that have to leave: none."]
    rows = [
        [
            each["namespace"],
            each["name"],
            ", ".join(f"{budget['name']} ({budget['allowed']} may go)" for budget in each["budgets"]) or "-",
            each["held_up_by"] or "",
        ]
        for each in found["pods"]
    ]
    return ["Pods that have to leave:", output.table(["namespace", "name", "disruption budget", "held up"], rows)]


def _end(found: Json) -> Sequence[str]:
    name = found["hostname"] or found["uuid"]
    command = f"system host-lock {'-f ' if found['kind'] == 'force-lock' else ''}{name}"
    if found["goes_through"]:
        return [f"The lock would go through. To do it: {command}"]
    return ["The lock would not go through:", *(f"  {each}" for each in found["obstacles"])]


def _size(server: Json) -> str:
    disk = f", {server['disk_gib']} GiB disk" if server["disk_gib"] else ""
    return f"{server['vcpus']} vCPU, {_memory(server['memory_mib'])}{disk}"


def _memory(mib: int) -> str:
    return f"{mib} MiB" if abs(mib) < 1024 else f"{mib / 1024:.1f} GiB".replace(".0 ", " ")


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "not known"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
