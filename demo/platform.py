"""What the chapters ask of the platform and of the cluster, and wait for."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from demo.narration import ChapterFailed, Output, printed_by, say, sourced, typed

VIM_FILE: Final = "/etc/nfv/vim/config.ini"


def awaited(look: Callable[[], str], reached: Callable[[str], bool], otherwise: str, seconds: float = 60) -> str:
    """Look until it is so, and return what was seen then. ChapterFailed, with what was seen last, if it never is."""
    began = time.monotonic()
    while not reached(seen := look()):
        if time.monotonic() - began > seconds:
            raise ChapterFailed(f"{otherwise} after {seconds:.0f} s: {seen.strip()}")
        time.sleep(0.2)
    return seen


def announced(lab: str, host: str) -> str:
    """The number under which the inventory knows a host that has announced itself: found by its MAC."""
    mac = printed_by(f"lab exec --name {lab} {host} -- cat /sys/class/net/eth0/address").strip()

    def number() -> str:
        for found in printed_by("system host-list --format value --column id").split():
            if of_host(found, "mgmt_mac") == mac:
                return found
        return ""

    return awaited(number, bool, f"{host} has not announced itself")


def as_administrator(lab: str) -> None:
    """Chapters can be told alone: the credentials are read if an earlier one did not."""
    if "OS_AUTH_URL" not in os.environ:
        sourced(printed_by(f"lab openrc --name {lab}").strip())


def outside(lab: str, host: str) -> str:
    """A host's address on this machine."""
    hosts = json.loads(printed_by(f"lab status --name {lab} --format json"))["hosts"]
    return next(str(each["outside"]) for each in hosts if each["name"] == host)


def kubectl(lab: str) -> str:
    """How a command for the cluster begins."""
    return f"lab kubectl --name {lab} --"


def vims_plugins(lab: str) -> str:
    """The command for which of the VIM's plugins are off, by the file that it reads."""
    return f"lab exec --name {lab} controller-0 -- grep plugin_disabled {VIM_FILE}"


def show_vims_plugins(lab: str) -> None:
    """Show which are off."""
    typed(vims_plugins(lab))


def of_host(host: str, field: str) -> str:
    """What the inventory says of a host."""
    return printed_by(f"system host-show {host} --format value --column {field}").strip()


def await_host(host: str, wanted: str, field: str = "availability") -> None:
    """Wait until a field of a host has a word in it, and say how long that took."""
    began = time.monotonic()
    shown = awaited(lambda: of_host(host, field), lambda now: wanted in now, f"{host} is not {wanted}")
    say(f"{host} is {shown} after {time.monotonic() - began:.1f} s")


def await_label(lab: str, host: str, label: str) -> None:
    """Wait until a node has a label."""
    command = f"{kubectl(lab)} get node {host} --show-labels"
    awaited(lambda: printed_by(command), lambda now: label in now, f"node {host} has no label {label}")


def await_node(lab: str, host: str, wanted: str) -> None:
    """Wait until a node is Ready, or is not, and say how long that took."""
    began, command = time.monotonic(), f"{kubectl(lab)} get node {host} --no-headers"
    awaited(lambda: printed_by(command), lambda now: now.split()[1:2] == [wanted], f"{host} is not {wanted}")
    say(f"{host} is {wanted} after {time.monotonic() - began:.1f} s")


def with_controller(lab: str, host: str) -> None:
    """Tell the platform of a host's baseboard controller: without it nobody switches a failed host off."""
    bmc = json.loads(printed_by(f"lab bmc --name {lab} --format json {host}"))
    address, user = bmc["url in the lab"].removeprefix("https://"), bmc["user"]
    described = f"bm_type=redfish bm_ip={address} bm_username={user} bm_password=-"
    typed(f"system host-update {host} {described}", Output.HIDDEN, Path(bmc["password in file"]))
