"""What the chapters ask of the platform and of the cluster, and wait for."""

from __future__ import annotations

import os
import time
from typing import Final

from demo.narration import ChapterFailed, printed_by, say, sourced

NODE_DEADLINE_SECONDS: Final = 60


def announced(lab: str, host: str) -> str:
    """The number under which the inventory knows a host that has announced itself: found by its MAC."""
    mac = printed_by(f"lab exec --name {lab} {host} -- cat /sys/class/net/eth0/address").strip()
    started = time.monotonic()
    while time.monotonic() - started < NODE_DEADLINE_SECONDS:
        for number in printed_by("system host-list --format value --column id").split():
            if printed_by(f"system host-show {number} --format value --column mgmt_mac").strip() == mac:
                return number
        time.sleep(0.5)
    raise ChapterFailed(f"{host} has not announced itself after {NODE_DEADLINE_SECONDS} s")


def as_administrator(lab: str) -> None:
    """Chapters can be told alone: the credentials are read if an earlier one did not."""
    if "OS_AUTH_URL" not in os.environ:
        sourced(printed_by(f"lab openrc --name {lab}").strip())


def of_host(host: str, field: str) -> str:
    """What the inventory says of a host."""
    return printed_by(f"system host-show {host} --format value --column {field}").strip()


def await_host(host: str, wanted: str, field: str = "availability") -> None:
    """Wait until a field of a host has a word in it, and say how long that took."""
    started = time.monotonic()
    while time.monotonic() - started < NODE_DEADLINE_SECONDS:
        if wanted in (shown := of_host(host, field)):
            say(f"{host} is {shown} after {time.monotonic() - started:.1f} s")
            return
        time.sleep(0.2)
    raise ChapterFailed(f"{host} is not {wanted} after {NODE_DEADLINE_SECONDS} s: {of_host(host, field)}")


def await_label(lab: str, host: str, label: str) -> None:
    """Wait until a node has a label."""
    started = time.monotonic()
    while time.monotonic() - started < NODE_DEADLINE_SECONDS:
        if label in printed_by(f"lab kubectl --name {lab} -- get node {host} --show-labels"):
            return
        time.sleep(0.1)
    raise ChapterFailed(f"node {host} has no label {label} after {NODE_DEADLINE_SECONDS} s")


def await_node(lab: str, host: str, wanted: str) -> None:
    """Wait until a node is Ready, or is not, and say how long that took."""
    started = time.monotonic()
    shown = ""
    while time.monotonic() - started < NODE_DEADLINE_SECONDS:
        shown = printed_by(f"lab kubectl --name {lab} -- get node {host} --no-headers")
        if shown.split()[1:2] == [wanted]:
            say(f"{host} is {wanted} after {time.monotonic() - started:.1f} s")
            return
        time.sleep(0.2)
    raise ChapterFailed(f"{host} is not {wanted} after {NODE_DEADLINE_SECONDS} s: {shown.strip()}")
