"""`system service-parameter-*`."""

from __future__ import annotations

import argparse
import sys
from typing import Any
from urllib.parse import quote, urlencode

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform

SHOWN = ("uuid", "service", "section", "name", "value", "personality", "resource")
LISTED = {field: field for field in SHOWN}


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    listing = _command(commands, "service-parameter-list", "list service parameters", _list)
    for field in ("service", "section", "name"):
        listing.add_argument(f"--{field}", metavar=field.upper(), help=f"only of this {field}")
    show = _command(commands, "service-parameter-show", "show one service parameter", _show)
    show.add_argument("uuid", metavar="<uuid>")
    for word, text, run in (
        ("add", "add parameters: all of them or none", _add),
        ("modify", "change parameters that are set", _modify),
    ):
        parser = _command(commands, f"service-parameter-{word}", text, run)
        parser.add_argument("service", metavar="<service>", help="identity, openstack, docker, kubernetes, ...")
        parser.add_argument("section", metavar="<section>")
        parser.add_argument("attributes", metavar="<name=value>", nargs="+")
        parser.add_argument("--personality", help="for hosts of this personality only")
        parser.add_argument("--resource", help="what a parameter of your own sets")
    delete = commands.add_parser("service-parameter-delete", help="remove a service parameter")
    delete.add_argument("uuid", metavar="<uuid>")
    delete.set_defaults(run=_delete)
    apply = commands.add_parser(
        "service-parameter-apply",
        help="write an event that a service's parameters are to be used now, for those who follow the events",
    )
    apply.add_argument("service", metavar="<service>")
    apply.add_argument("--section")
    apply.set_defaults(run=_apply)


def _command(commands: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    output.add_options(parser)
    parser.set_defaults(run=run)
    return parser


def _list(platform: Platform, given: argparse.Namespace) -> None:
    filters = {name: value for name in ("service", "section", "name") if (value := getattr(given, name)) is not None}
    output.print_list(given, _found(platform, filters), LISTED)


def _show(platform: Platform, given: argparse.Namespace) -> None:
    output.print_one(given, platform.get(_path(given.uuid)), SHOWN)


def _add(platform: Platform, given: argparse.Namespace) -> None:
    values = _attributes(given)
    body = {name: getattr(given, name) for name in ("service", "section", "personality", "resource")}
    for parameter in platform.post("/service_parameter", {**body, "parameters": values})["parameters"]:
        output.print_one(given, parameter, SHOWN)


def _modify(platform: Platform, given: argparse.Namespace) -> None:
    values = _attributes(given)
    present = {each["name"]: each for each in _found(platform, {"service": given.service, "section": given.section})}
    for name in values:
        if name not in present:
            raise CommandError(
                f"Service Parameter not found: service {given.service}, section {given.section}, name {name}",
                f"system service-parameter-add {given.service} {given.section} {name}=VALUE",
            )
    beside = {name: value for name in ("personality", "resource") if (value := getattr(given, name)) is not None}
    for name, value in values.items():
        changes = {"name": name, "value": value, **beside}
        output.print_one(given, platform.patch(_path(present[name]["uuid"]), changes), SHOWN)


def _delete(platform: Platform, given: argparse.Namespace) -> None:
    platform.delete(_path(given.uuid))
    sys.stdout.write(f"Deleted service parameter: {given.uuid}\n")


def _apply(platform: Platform, given: argparse.Namespace) -> None:
    platform.post("/service_parameter/apply", {"service": given.service, "section": given.section})
    where = "" if given.section is None else f" for section {given.section}"
    sys.stdout.write(f"Applying {given.service} service parameters{where}\n")


def _attributes(given: argparse.Namespace) -> dict[str, str]:
    values: dict[str, str] = {}
    for attribute in given.attributes:
        name, equals, value = attribute.partition("=")
        if not equals:
            raise CommandError(
                f"Attributes must be a list of NAME=VALUE, not {name!r}.", "system help " + given.command
            )
        if name in values:
            raise CommandError(f"Parameter {name} was given twice.", "give it once")
        values[name] = value
    return values


def _found(platform: Platform, filters: dict[str, str]) -> list[dict[str, Any]]:
    query = urlencode([pair for name, value in filters.items() for pair in (("q.field", name), ("q.value", value))])
    found: list[dict[str, Any]] = platform.get("/service_parameter" + (f"?{query}" if query else ""))["parameters"]
    return found


def _path(uuid: str) -> str:
    return f"/service_parameter/{quote(uuid, safe='')}"
