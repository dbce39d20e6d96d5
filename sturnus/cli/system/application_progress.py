"""How far an operation on an application has come: awaited, followed, and why it does not go on."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.following import Event
from sturnus.cli.platform import Platform
from sturnus.cli.watching import Lines, Screen, Subject, follow

UNDER_WAY = frozenset({"queued", "running"})
SUCCEEDED = "succeeded"
RELEASES = {
    "release": "release", "phase": "phase", "workloads": "workloads", "elapsed": "elapsed", "estimate": "last time",
    "reason": "reason",
}  # fmt: skip
POLL = 0.5
"""Seconds between two looks of `--wait`."""


def latest(platform: Platform, name: str) -> dict[str, Any] | None:
    """What is done with an application, or was done last."""
    found = platform.get(f"/sturnus/apps/{quote(name, safe='')}/operations?limit=1")["operations"]
    return found[0] if found else None


def wait(platform: Platform, given: argparse.Namespace, name: str, fields: Sequence[str]) -> int:
    """Look until nothing is under way; say what it is at when that changes. 0 if it succeeded."""
    end, shown = time.monotonic() + given.wait_timeout, None
    while (operation := latest(platform, name)) is not None and operation["state"] in UNDER_WAY:
        if operation["reason"] != shown:
            shown = operation["reason"]
            sys.stderr.write(f"{name}: {shown}\n")
        if time.monotonic() > end:
            raise CommandError(f"{name} is still busy: {shown}.", f"system application-show {name}")
        time.sleep(POLL)
    output.print_one(given, platform.get(f"/apps/{quote(name, safe='')}"), fields)
    return _judge(operation)


def watch(platform: Platform, name: str) -> int:
    """Follow what is under way to its end; 0 if it succeeded. What has ended is shown, and that is all."""
    last: list[dict[str, Any] | None] = [None]

    terminal = sys.stdout.isatty()

    def look() -> list[Mapping[str, Any]]:
        last[0] = latest(platform, name)
        return rows(last[0]) if terminal else rows_of_their_own(last[0])

    # Time passes on a terminal; elsewhere a line for each second would tell nothing.
    columns = RELEASES if terminal else {key: RELEASES[key] for key in ("release", "phase", "workloads", "reason")}
    subject = Subject(look, _concerns, key="key", name="release", columns=columns)
    screen = Screen(subject, sys.stdout) if terminal else Lines(subject, sys.stdout, "table")

    def is_over() -> bool:
        return last[0] is None or last[0]["state"] not in UNDER_WAY

    follow(platform, subject, screen, is_over)
    sys.stdout.write(f"{_sentence(name, last[0])}\n")
    return _judge(last[0])


def print_releases(platform: Platform, given: argparse.Namespace) -> None:
    """Each release of what was done last."""
    operation = latest(platform, given.name)
    columns = {**RELEASES, "namespace": "namespace", "revision_after": "revision"}
    output.print_list(given, rows(operation), columns)


def print_trouble(platform: Platform, given: argparse.Namespace) -> None:
    """Below the table: why it does not go on, and all that is known of what failed."""
    if given.format != "table":
        return
    operation = latest(platform, given.name)
    for release in [] if operation is None else operation["releases"]:
        if release["phase"] in {"failed", "waiting", "helm"} and release["reason"]:
            sys.stdout.write(f"{release['release']} ({release['phase']}): {release['reason']}\n")
            sys.stdout.writelines(f"  {reason}\n" for reason in release["diagnosis"])


def rows(operation: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The releases of an operation as rows of a table."""
    return [] if operation is None else [_row(release) for release in operation["releases"]]


def rows_of_their_own(operation: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The same where each change is a line: one that waits for another says so, and that one why."""
    return [
        {**row, "reason": row["reason"].partition(": ")[0]} if row["phase"] == "pending" else row
        for row in rows(operation)
    ]


def _row(release: Mapping[str, Any]) -> Mapping[str, Any]:
    total = release["workloads_total"]
    return {
        **release,
        "key": f"{release['namespace']}/{release['release']}",
        "workloads": f"{release['workloads_ready']}/{total}" if total else "",
        "elapsed": _elapsed(release["started_at"], release["finished_at"]),
        "estimate": "" if release["estimate"] is None else f"{release['estimate']:.0f} s",
        "reason": release["reason"] or "",
    }


def _elapsed(started: str | None, finished: str | None) -> str:
    if started is None:
        return ""
    end = datetime.now(UTC) if finished is None else datetime.fromisoformat(finished)
    return f"{(end - datetime.fromisoformat(started)).total_seconds():.0f} s"


def _concerns(event: Event) -> bool:
    return event.kind.startswith(("operation.", "application."))


def _sentence(name: str, operation: Mapping[str, Any] | None) -> str:
    if operation is None:
        return f"Nothing was ever done with {name}."
    return f"{operation['kind']} of {name} {operation['app_version']} {operation['state']}: {operation['reason']}"


def _judge(operation: Mapping[str, Any] | None) -> int:
    if operation is None or operation["state"] == SUCCEEDED:
        return 0
    sys.stderr.write(f"{operation['reason']}\n")
    return 1
