"""What `--watch` follows: hosts, one host, its labels."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from sturnus.cli import output
from sturnus.cli.failure import HttpError
from sturnus.cli.following import Event
from sturnus.cli.platform import Platform
from sturnus.cli.system.host_names import path_of
from sturnus.cli.watching import Row, Subject, watch


def hosts(platform: Platform, given: argparse.Namespace, columns: Mapping[str, str]) -> int:
    """Follow `host-list`."""
    return watch(
        given,
        platform,
        Subject(
            look=lambda: list(platform.get("/ihosts")["ihosts"]),
            concerns=lambda event: event.kind.startswith("host."),
            key="uuid",
            name="hostname",
            columns=output.chosen(given, columns),
        ),
    )


def host(platform: Platform, given: argparse.Namespace, fields: Sequence[str]) -> int:
    """Follow `host-show`. Ends with an error once the host is deleted."""
    uuid = platform.get(path_of(given.host))["uuid"]
    wanted = output.chosen(given, {field: field for field in sorted(fields)})

    def look() -> list[Row]:
        found = platform.get(path_of(uuid))
        return [{"property": field, "value": found.get(field)} for field in wanted]

    columns = {"property": "Property", "value": "Value"}
    return watch(given, platform, Subject(look, _about(uuid), key="property", name="property", columns=columns))


def labels(platform: Platform, given: argparse.Namespace, columns: Mapping[str, str]) -> int:
    """Follow `host-label-list`."""
    found = platform.get(path_of(given.host))
    uuid, name = found["uuid"], found["hostname"]

    def look() -> list[Row]:
        return [{"hostname": name, **label} for label in platform.get(f"{path_of(uuid)}/labels")["labels"]]

    wanted = output.chosen(given, columns)
    return watch(given, platform, Subject(look, _about(uuid), key="label_key", name="label_key", columns=wanted))


def _about(uuid: str) -> Any:
    def concerns(event: Event) -> bool:
        if event.data.get("uuid") != uuid:
            return False
        if event.kind == "host.deleted":
            raise HttpError(404, f"host {event.data.get('hostname') or uuid} was deleted")
        return True

    return concerns
