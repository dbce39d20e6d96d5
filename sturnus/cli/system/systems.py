"""`system show`, `system modify`."""

from __future__ import annotations

import argparse
from typing import Any

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform

SHOWN = (
    "contact", "created_at", "description", "distributed_cloud_role", "https_enabled", "location", "name",
    "region_name", "sdn_enabled", "security_feature", "service_project_name", "shared_services", "software_version",
    "system_mode", "system_type", "timezone", "updated_at", "uuid",
)  # fmt: skip

SETTABLE = {"-n": "name", "-d": "description", "-l": "location", "-c": "contact", "-t": "timezone"}


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    show = commands.add_parser("show", help="show the system")
    output.add_options(show)
    show.set_defaults(run=_show)
    modify = commands.add_parser("modify", help="change the system")
    for letter, field in SETTABLE.items():
        modify.add_argument(letter, f"--{field}")
    output.add_options(modify)
    modify.set_defaults(run=_modify)


def _show(platform: Platform, given: argparse.Namespace) -> None:
    _print(given, platform.get("/isystems")["isystems"][0])


def _modify(platform: Platform, given: argparse.Namespace) -> None:
    changes = {field: value for field in SETTABLE.values() if (value := getattr(given, field)) is not None}
    if not changes:
        raise CommandError("Nothing to change.", "system help modify")
    uuid = platform.get("/isystems")["isystems"][0]["uuid"]
    _print(given, platform.patch(f"/isystems/{uuid}", changes))


def _print(given: argparse.Namespace, system: dict[str, Any]) -> None:
    output.print_one(given, {**system.get("capabilities", {}), **system}, SHOWN)
