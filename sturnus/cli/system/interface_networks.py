"""`system interface-network-*`, `interface-datanetwork-*`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from sturnus.cli import output
from sturnus.cli.platform import Platform
from sturnus.cli.system import host_names
from sturnus.cli.system.host_names import name_of, path_of
from sturnus.cli.system.interfaces import interface_of


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two kinds of networks that an interface is connected to."""

    word: str
    collection: str
    reference: str  # the field that names the network in a request
    name: str  # the field that names it in an answer
    deleted: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What is printed."""
        return ("hostname", "uuid", "ifname", self.name)


NETWORK = Kind("network", "interface_networks", "network_uuid", "network_name", "Interface Network")
DATA_NETWORK = Kind(
    "datanetwork", "interface_datanetworks", "datanetwork_uuid", "datanetwork_name", "Interface DataNetwork"
)


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    for kind in (NETWORK, DATA_NETWORK):
        _add_kind(commands, kind)


def _add_kind(commands: Any, kind: Kind) -> None:
    command, uuid = f"interface-{kind.word}", f"<interface {kind.word} uuid>"
    listing = commands.add_parser(f"{command}-list", help=f"list which interfaces are connected to which {kind.word}")
    host_names.add_argument(listing, nargs="?")
    listing.add_argument("interface", metavar="<interface name or uuid>", nargs="?")
    output.add_options(listing)
    listing.set_defaults(run=partial(_list, kind))
    show = commands.add_parser(f"{command}-show", help="show one connection")
    show.add_argument("uuid", metavar=uuid)
    output.add_options(show)
    show.set_defaults(run=partial(_show, kind))
    assign = commands.add_parser(f"{command}-assign", help=f"connect an interface of a locked host to a {kind.word}")
    host_names.add_argument(assign)
    assign.add_argument("interface", metavar="<interface name or uuid>")
    assign.add_argument("network", metavar=f"<{kind.word} name or uuid>")
    output.add_options(assign)
    assign.set_defaults(run=partial(_assign, kind))
    remove = commands.add_parser(f"{command}-remove", help="disconnect an interface of a locked host")
    remove.add_argument("uuid", metavar=uuid)
    remove.set_defaults(run=partial(_remove, kind))


def _list(kind: Kind, platform: Platform, given: argparse.Namespace) -> None:
    headings = {field: field for field in kind.columns}
    if given.host is None:
        found = platform.get(f"/{kind.collection}")[kind.collection]
        names = {host["id"]: host["hostname"] for host in platform.get("/ihosts")["ihosts"]} if found else {}
        rows = [{**each, "hostname": names.get(each["forihostid"])} for each in found]
    else:
        name = name_of(platform, given.host)
        found = platform.get(f"{path_of(given.host)}/{kind.collection}")[kind.collection]
        wanted = (None, *(each["ifname"] for each in found), *(each["interface_uuid"] for each in found))
        if given.interface not in wanted:
            interface_of(platform, given.host, given.interface)  # says so if there is no such interface
        rows = [
            {**each, "hostname": name}
            for each in found
            if given.interface in (None, each["ifname"], each["interface_uuid"])
        ]
    output.print_list(given, rows, headings)


def _show(kind: Kind, platform: Platform, given: argparse.Namespace) -> None:
    found = platform.get(f"/{kind.collection}/{quote(given.uuid, safe='')}")
    host = platform.get(path_of(str(found["forihostid"])))
    output.print_one(given, {**found, "hostname": host["hostname"]}, kind.columns)


def _assign(kind: Kind, platform: Platform, given: argparse.Namespace) -> None:
    interface = interface_of(platform, given.host, given.interface)
    wanted = {"interface_uuid": interface["uuid"], kind.reference: given.network}
    made = platform.post(f"/{kind.collection}", wanted)
    output.print_one(given, {**made, "hostname": name_of(platform, given.host)}, kind.columns)


def _remove(kind: Kind, platform: Platform, given: argparse.Namespace) -> None:
    platform.delete(f"/{kind.collection}/{quote(given.uuid, safe='')}")
    sys.stdout.write(f"Deleted {kind.deleted}: {given.uuid}\n")
