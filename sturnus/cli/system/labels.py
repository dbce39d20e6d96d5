"""`system host-label-*`."""

from __future__ import annotations

import argparse
import sys
from typing import Any
from urllib.parse import quote

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.cli.system import host_names
from sturnus.cli.system.host_names import name_of, path_of

LISTED = {"hostname": "hostname", "label_key": "label key", "label_value": "label value"}
SHOWN = ("uuid", "host_uuid", "label_key", "label_value")

POLL = 0.2
"""Seconds between two looks of `--wait`."""


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    listing = commands.add_parser("host-label-list", help="list the labels of a host")
    host_names.add_argument(listing)
    output.add_options(listing)
    output.add_watch(listing)
    listing.set_defaults(run=_list)
    assign = commands.add_parser("host-label-assign", help="assign labels to a host: all of them or none")
    host_names.add_argument(assign)
    assign.add_argument("labels", nargs="+", metavar="<name[=value]>", help="without a value: enabled")
    assign.add_argument("--overwrite", action="store_true", help="also if the host has them with another value")
    _add_wait(assign)
    output.add_options(assign)
    assign.set_defaults(run=_assign)
    remove = commands.add_parser("host-label-remove", help="remove labels from a host")
    host_names.add_argument(remove)
    remove.add_argument("keys", nargs="+", metavar="<name>")
    _add_wait(remove)
    remove.set_defaults(run=_remove)


def _list(platform: Platform, given: argparse.Namespace) -> int | None:
    if given.watch:
        from sturnus.cli.system import watched  # threads and more: only who watches waits for them

        return watched.labels(platform, given, LISTED)
    name = name_of(platform, given.host)
    labels = platform.get(f"{path_of(given.host)}/labels")["labels"]
    output.print_list(given, [{"hostname": name, **label} for label in labels], LISTED)
    return None


def _assign(platform: Platform, given: argparse.Namespace) -> None:
    wanted: dict[str, str | None] = {}
    for label in given.labels:
        key, equals, value = label.partition("=")
        if key in wanted:
            raise CommandError(f"Label {key} was given twice.", "give it once")
        wanted[key] = value if equals else None
    path = f"/labels/{quote(given.host, safe='')}?overwrite={given.overwrite}"
    assigned = platform.post(path, wanted)["labels"]
    if given.wait:
        _wait(platform, given)
    for label in assigned:
        output.print_one(given, label, SHOWN)


def _remove(platform: Platform, given: argparse.Namespace) -> None:
    name = name_of(platform, given.host)
    labels = {label["label_key"]: label["uuid"] for label in platform.get(f"{path_of(given.host)}/labels")["labels"]}
    for key in given.keys:
        if key not in labels:
            # Not a failure to StarlingX's command, and scripts rely on it.
            sys.stdout.write(f"Host label not found: host {name}, label key {key}\n")
            continue
        platform.delete(f"/labels/{labels[key]}")
        sys.stdout.write(f"Deleted host label {key} for host {name}\n")
    if given.wait:
        _wait(platform, given)


def _add_wait(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="until the host's Kubernetes node agrees")
    parser.add_argument("--wait-timeout", type=float, default=60, metavar="SECONDS", help="60 unless told")


def _wait(platform: Platform, given: argparse.Namespace) -> None:
    """Look until nothing is left to be told to the node; say what it waits for when that changes."""
    import time

    host, shown = platform.get(path_of(given.host)), None
    end = time.monotonic() + given.wait_timeout
    while waiting := _notices(platform, host["uuid"]):
        if waiting[0]["reason"] != shown:
            shown = waiting[0]["reason"]
            sys.stderr.write(f"{host['hostname'] or host['uuid']}: {shown}\n")
        if time.monotonic() > end:
            raise CommandError(f"The node does not agree yet: {shown}.", "the platform goes on trying: sturnus doctor")
        time.sleep(POLL)


def _notices(platform: Platform, uuid: str) -> list[dict[str, Any]]:
    found = platform.get("/sturnus/outbox")["outbox"]
    return [notice for notice in found if notice["topic"] == "node" and notice["host_uuid"] == uuid]
