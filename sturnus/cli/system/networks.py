"""`system network-*`, `addrpool-*`, `datanetwork-*`."""

from __future__ import annotations

import argparse
import sys
from typing import Any
from urllib.parse import quote

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform

NETWORK = ("id", "uuid", "name", "type", "dynamic", "pool_uuid")
NETWORK_TYPES = "mgmt, oam, cluster-host, cluster-pod, cluster-service, pxeboot, multicast, storage, admin, other"
POOL = (
    "uuid", "name", "network", "prefix", "order", "ranges", "floating_address", "controller0_address",
    "controller1_address", "gateway_address",
)  # fmt: skip
DATA_NETWORK = ("id", "uuid", "name", "network_type", "mtu", "description")
VXLAN = ("port_num", "multicast_group", "ttl", "mode")

ADDRESSES = ("floating_address", "controller0_address", "controller1_address", "gateway_address")


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    _add_networks(commands)
    _add_pools(commands)
    _add_data_networks(commands)


def _add_networks(commands: Any) -> None:
    _command(commands, "network-list", "list the platform's networks", _list_networks)
    show = _command(commands, "network-show", "show one network", _show_network)
    show.add_argument("network", metavar="<network name or uuid>")
    add = _command(commands, "network-add", "make a network", _add_network)
    add.add_argument("name", metavar="<name>")
    add.add_argument("type", metavar="<type>", help=NETWORK_TYPES)
    add.add_argument("dynamic", metavar="<dynamic>", nargs="?", choices=("true", "false", "True", "False"))
    add.add_argument(
        "pool_uuid", metavar="<pool name or uuid>", nargs="?", help="left out: hosts bring their addresses"
    )
    modify = _command(commands, "network-modify", "change a network", _modify_network)
    modify.add_argument("network", metavar="<network name or uuid>")
    modify.add_argument("-n", "--name")
    modify.add_argument("--dynamic", choices=("true", "false"))
    modify.add_argument("--pool", dest="pool_uuid", metavar="<pool name or uuid>", help="an empty one takes it off")
    delete = commands.add_parser("network-delete", help="remove a network that no interface is connected to")
    delete.add_argument("network", metavar="<network name or uuid>")
    delete.set_defaults(run=_delete_network)


def _add_pools(commands: Any) -> None:
    _command(commands, "addrpool-list", "list address pools", _list_pools)
    show = _command(commands, "addrpool-show", "show one address pool", _show_pool)
    show.add_argument("pool", metavar="<pool name or uuid>")
    add = _command(commands, "addrpool-add", "make an address pool", _add_pool)
    add.add_argument("name", metavar="<name>")
    add.add_argument("network", metavar="<network address>")
    add.add_argument("prefix", metavar="<prefix>", help="length of the network's prefix")
    modify = _command(commands, "addrpool-modify", "change an address pool", _modify_pool)
    modify.add_argument("pool", metavar="<pool name or uuid>")
    modify.add_argument("--name")
    for parser in (add, modify):
        parser.add_argument("--ranges", metavar="FIRST-LAST[,...]", help="addresses to give away, both included")
        parser.add_argument("--order", choices=("sequential", "random"))
        for field in ADDRESSES:
            parser.add_argument("--" + field.replace("_", "-"), dest=field, metavar="ADDRESS")
    delete = commands.add_parser("addrpool-delete", help="remove an address pool that nothing uses")
    delete.add_argument("pool", metavar="<pool name or uuid>")
    delete.set_defaults(run=_delete_pool)


def _add_data_networks(commands: Any) -> None:
    _command(commands, "datanetwork-list", "list data networks", _list_data_networks)
    show = _command(commands, "datanetwork-show", "show one data network", _show_data_network)
    show.add_argument("datanetwork", metavar="<datanetwork name or uuid>")
    add = _command(commands, "datanetwork-add", "make a data network", _add_data_network)
    add.add_argument("name", metavar="<name>")
    add.add_argument("network_type", metavar="<type>", choices=("flat", "vlan", "vxlan"), help="flat, vlan or vxlan")
    modify = _command(commands, "datanetwork-modify", "change a data network", _modify_data_network)
    modify.add_argument("datanetwork", metavar="<datanetwork name or uuid>")
    for parser in (add, modify):
        parser.add_argument("-d", "--description")
        parser.add_argument("-m", "--mtu", help="1500 unless told")
        parser.add_argument("-p", "--port_num", help="UDP port of the tunnels (vxlan); 4789 unless told")
        parser.add_argument("-g", "--multicast_group", help="by which tunnels find each other (vxlan)")
        parser.add_argument("-t", "--ttl", help="of multicast (vxlan); 1 unless told")
        parser.add_argument("-M", "--mode", choices=("dynamic", "static"), help="how tunnels find each other (vxlan)")
    delete = commands.add_parser("datanetwork-delete", help="remove a data network that no interface carries")
    delete.add_argument("datanetwork", metavar="<datanetwork name or uuid>")
    delete.set_defaults(run=_delete_data_network)


def _command(commands: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    output.add_options(parser)
    parser.set_defaults(run=run)
    return parser


def _list_networks(platform: Platform, given: argparse.Namespace) -> None:
    output.print_list(given, platform.get("/networks")["networks"], {field: field for field in NETWORK})


def _show_network(platform: Platform, given: argparse.Namespace) -> None:
    output.print_one(given, platform.get(_path("networks", given.network)), NETWORK)


def _add_network(platform: Platform, given: argparse.Namespace) -> None:
    output.print_one(given, platform.post("/networks", _given(given, "name", "type", "dynamic", "pool_uuid")), NETWORK)


def _modify_network(platform: Platform, given: argparse.Namespace) -> None:
    changes = _changes(given, "network-modify", "name", "dynamic", "pool_uuid")
    output.print_one(given, platform.patch(_path("networks", given.network), changes), NETWORK)


def _delete_network(platform: Platform, given: argparse.Namespace) -> None:
    platform.delete(_path("networks", given.network))
    sys.stdout.write(f"Deleted Network: {given.network}\n")


def _list_pools(platform: Platform, given: argparse.Namespace) -> None:
    pools = [_readable(given, pool) for pool in platform.get("/addrpools")["addrpools"]]
    output.print_list(given, pools, {field: field for field in POOL})


def _show_pool(platform: Platform, given: argparse.Namespace) -> None:
    output.print_one(given, _readable(given, platform.get(_path("addrpools", given.pool))), POOL)


def _add_pool(platform: Platform, given: argparse.Namespace) -> None:
    fields = _given(given, "name", "network", "prefix", "order", "ranges", *ADDRESSES)
    output.print_one(given, _readable(given, platform.post("/addrpools", fields)), POOL)


def _modify_pool(platform: Platform, given: argparse.Namespace) -> None:
    changes = _changes(given, "addrpool-modify", "name", "order", "ranges", *ADDRESSES)
    output.print_one(given, _readable(given, platform.patch(_path("addrpools", given.pool), changes)), POOL)


def _delete_pool(platform: Platform, given: argparse.Namespace) -> None:
    platform.delete(_path("addrpools", given.pool))
    sys.stdout.write(f"Deleted address pool: {given.pool}\n")


def _list_data_networks(platform: Platform, given: argparse.Namespace) -> None:
    headings = {field: field for field in ("uuid", "name", "network_type", "mtu")}
    output.print_list(given, platform.get("/datanetworks")["datanetworks"], headings)


def _show_data_network(platform: Platform, given: argparse.Namespace) -> None:
    _print_data_network(given, platform.get(_path("datanetworks", given.datanetwork)))


def _add_data_network(platform: Platform, given: argparse.Namespace) -> None:
    fields = _given(given, "name", "network_type", "mtu", "description", *VXLAN)
    _print_data_network(given, platform.post("/datanetworks", fields))


def _modify_data_network(platform: Platform, given: argparse.Namespace) -> None:
    changes = _changes(given, "datanetwork-modify", "mtu", "description", *VXLAN)
    _print_data_network(given, platform.patch(_path("datanetworks", given.datanetwork), changes))


def _delete_data_network(platform: Platform, given: argparse.Namespace) -> None:
    platform.delete(_path("datanetworks", given.datanetwork))
    sys.stdout.write(f"Deleted DataNetwork: {given.datanetwork}\n")


def _print_data_network(given: argparse.Namespace, data_network: dict[str, Any]) -> None:
    output.print_one(given, data_network, DATA_NETWORK + (VXLAN if data_network["network_type"] == "vxlan" else ()))


def _readable(given: argparse.Namespace, pool: dict[str, Any]) -> dict[str, Any]:
    """In a table a range is FIRST-LAST; programs get the wire's own form."""
    if given.format != "table":
        return pool
    return {**pool, "ranges": ["-".join(pair) for pair in pool["ranges"]]}


def _given(given: argparse.Namespace, *fields: str) -> dict[str, Any]:
    return {field: value for field in fields if (value := getattr(given, field)) is not None}


def _changes(given: argparse.Namespace, command: str, *fields: str) -> dict[str, Any]:
    changes = _given(given, *fields)
    if not changes:
        raise CommandError("Nothing to change.", f"system help {command}")
    return changes


def _path(kind: str, reference: str) -> str:
    return f"/{kind}/{quote(reference, safe='')}"
