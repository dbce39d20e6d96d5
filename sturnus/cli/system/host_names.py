"""Hosts on the command line: spelled safely in a path, and completed by the shell."""

from __future__ import annotations

import argparse
from typing import Any
from urllib.parse import quote

from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform

COMPLETION_DEADLINE = 2.0
"""Seconds that a shell waits for names."""


def add_argument(parser: argparse.ArgumentParser, **more: Any) -> None:
    """Declare the argument that names a host."""
    argument: Any = parser.add_argument(
        "host", metavar="<hostname or id>", help="name, number or uuid of a host", **more
    )
    argument.completer = _complete


def path_of(host: str) -> str:
    """The path of a host, whatever was typed."""
    return f"/ihosts/{quote(host, safe='')}"


def name_of(platform: Platform, host: str) -> str:
    """What a host is called: asked only if a number or a uuid was typed."""
    if not host.isdecimal() and host.count("-") != 4:
        return host
    return platform.get(path_of(host))["hostname"] or host


def _complete(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    parsed_args.timeout = COMPLETION_DEADLINE
    try:
        hosts = Platform(parsed_args).get("/ihosts")["ihosts"]
    except CommandError:
        return []
    return [host["hostname"] for host in hosts if (host["hostname"] or "").startswith(prefix)]
