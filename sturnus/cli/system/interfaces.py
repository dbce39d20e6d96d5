"""`system host-if-*`, `host-port-*`, `host-ethernet-port-*`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.cli.system import host_names
from sturnus.cli.system.host_names import name_of, path_of

LISTED = {
    "uuid": "uuid", "ifname": "name", "ifclass": "class", "iftype": "type", "vlan_id": "vlan id", "ports": "ports",
    "uses": "uses i/f", "used_by": "used by i/f", "attributes": "attributes",
}  # fmt: skip
SHOWN = (
    "ifname", "iftype", "ports", "imac", "imtu", "ifclass", "ptp_role", "aemode", "schedpolicy", "txhashpolicy", "uuid",
    "ihost_uuid", "vlan_id", "uses", "used_by", "created_at", "updated_at", "sriov_numvfs", "sriov_vf_driver",
    "ipv4_mode", "ipv6_mode", "ipv4_pool", "ipv6_pool", "networks", "datanetworks",
)  # fmt: skip

PORTS = {
    "uuid": "uuid", "name": "name", "type": "type", "pciaddr": "pci address", "dev_id": "device",
    "numa_node": "processor", "dpdksupport": "accelerated", "pdevice": "device type",
}  # fmt: skip
PORT = (
    "name", "namedisplay", "type", "pciaddr", "dev_id", "numa_node", "sriov_totalvfs", "sriov_numvfs",
    "sriov_vfs_pci_address", "sriov_vf_driver", "driver", "pclass", "pvendor", "pdevice", "capabilities", "uuid",
    "host_uuid", "interface_uuid", "dpdksupport", "created_at", "updated_at",
)  # fmt: skip
ETHERNET_PORTS = {
    "uuid": "uuid", "name": "name", "mac": "mac address", "pciaddr": "pci address", "numa_node": "processor",
    "autoneg": "auto neg", "pdevice": "device type", "bootp": "boot i/f",
}  # fmt: skip
ETHERNET_PORT = (
    "name", "namedisplay", "mac", "mtu", "speed", "pciaddr", "numa_node", "autoneg", "bootp", "pclass", "pvendor",
    "pdevice", "link_mode", "capabilities", "uuid", "host_uuid", "interface_uuid", "created_at", "updated_at",
)  # fmt: skip

OPTIONS = {
    "imtu": ("-m", "--imtu"),
    "aemode": ("-a", "--aemode"),
    "txhashpolicy": ("-x", "--txhashpolicy"),
    "ifclass": ("-c", "--ifclass"),
    "ipv4_mode": ("--ipv4-mode",),
    "ipv6_mode": ("--ipv6-mode",),
    "ipv4_pool": ("--ipv4-pool",),
    "ipv6_pool": ("--ipv6-pool",),
    "sriov_numvfs": ("-N", "--num-vfs"),
    "sriov_vf_driver": ("--vf-driver",),
    "ptp_role": ("--ptp-role",),
}
CHOICES = {
    "aemode": ("balanced", "active_standby", "802.3ad"),
    "txhashpolicy": ("layer2", "layer2+3", "layer3+4"),
    "ifclass": ("platform", "data", "pci-passthrough", "pci-sriov", "none"),
    "ipv4_mode": ("disabled", "static", "pool"),
    "ipv6_mode": ("disabled", "static", "link-local", "pool"),
    "sriov_vf_driver": ("netdevice", "vfio"),
    "ptp_role": ("master", "slave", "none"),
}


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    listing = _command(commands, "host-if-list", "list the interfaces of a host", _list)
    listing.add_argument("-a", "--all", action="store_true", help="also those without a class that nothing uses")
    show = _command(commands, "host-if-show", "show one interface", _show)
    show.add_argument("interface", metavar="<interface name or uuid>")
    _add_adding(commands)
    delete = commands.add_parser("host-if-delete", help="remove an interface that nothing stands on")
    host_names.add_argument(delete)
    delete.add_argument("interface", metavar="<interface name or uuid>")
    delete.set_defaults(run=_delete)
    for word, path, list_run, show_run in (
        ("port", "ports", _list_ports, _show_port),
        ("ethernet-port", "ethernet ports", _list_ethernet_ports, _show_ethernet_port),
    ):
        _command(commands, f"host-{word}-list", f"list the {path} of a host", list_run)
        port = _command(commands, f"host-{word}-show", f"show one of the {path}", show_run)
        port.add_argument("port", metavar="<port name or uuid>")


def _add_adding(commands: Any) -> None:
    add = _command(commands, "host-if-add", "make an interface on a locked host", _add)
    add.add_argument("ifname", metavar="<interface name>")
    add.add_argument("iftype", metavar="<type>", nargs="?", choices=("ae", "vlan", "virtual", "ethernet"),
                     help="ae, vlan, virtual or ethernet")  # fmt: skip
    add.add_argument("below", metavar="<port or interface>", nargs="+", help="what it stands on; none for virtual")
    add.add_argument("-V", "--vlan_id", metavar="NUMBER")
    modify = _command(commands, "host-if-modify", "change an interface of a locked host", _modify)
    modify.add_argument("interface", metavar="<interface name or uuid>")
    modify.add_argument("-n", "--ifname", metavar="NAME", help="the new name")
    modify.add_argument("-V", "--vlan_id", metavar="NUMBER")
    for parser in (add, modify):
        for field, names in OPTIONS.items():
            metavar = None if field in CHOICES else field.rpartition("_")[2].upper()
            parser.add_argument(*names, dest=field, choices=CHOICES.get(field), metavar=metavar)


def _command(commands: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    host_names.add_argument(parser)
    output.add_options(parser)
    parser.set_defaults(run=run)
    return parser


def interfaces_of(platform: Platform, host: str) -> list[dict[str, Any]]:
    """All interfaces of a host."""
    found: list[dict[str, Any]] = platform.get(f"{path_of(host)}/iinterfaces")["iinterfaces"]
    return found


def interface_of(platform: Platform, host: str, reference: str) -> dict[str, Any]:
    """One interface of a host, by name or uuid."""
    for interface in interfaces_of(platform, host):
        if reference in (interface["ifname"], interface["uuid"]):
            return interface
    raise CommandError(
        f"Interface not found: host {name_of(platform, host)} interface {reference}", f"system host-if-list -a {host}"
    )


def _list(platform: Platform, given: argparse.Namespace) -> None:
    rows = [
        {**each, "attributes": _attributes(each)}
        for each in interfaces_of(platform, given.host)
        if given.all or each["ifclass"] is not None or each["used_by"]
    ]
    output.print_list(given, sorted(rows, key=lambda row: str(row["ifname"])), LISTED)


def _attributes(interface: dict[str, Any]) -> str:
    """What is worth a word in a list."""
    words = [f"MTU={interface['imtu']}"]
    if interface["iftype"] == "ae":
        words.append(f"AE_MODE={interface['aemode']}")
        if interface["txhashpolicy"]:
            words.append(f"AE_XMIT_POLICY={interface['txhashpolicy']}")
    if interface["ifclass"] == "data":
        words.append("accelerated=False")
    if interface["sriov_numvfs"]:
        words.append(f"VFs={interface['sriov_numvfs']}")
    return ",".join(words)


def _show(platform: Platform, given: argparse.Namespace) -> None:
    output.print_one(given, interface_of(platform, given.host, given.interface), SHOWN)


def _add(platform: Platform, given: argparse.Namespace) -> None:
    fields = _given(given, "ifname", "iftype", "vlan_id", *OPTIONS) | {"ihost_uuid": given.host}
    if given.iftype in {"ae", "vlan"}:
        fields["uses"] = given.below
    elif given.iftype != "virtual":
        fields["ports"] = given.below
    output.print_one(given, platform.post("/iinterfaces", fields), SHOWN)


def _modify(platform: Platform, given: argparse.Namespace) -> None:
    changes = _given(given, "ifname", "vlan_id", *OPTIONS)
    if not changes:
        raise CommandError("Nothing to change.", "system help host-if-modify")
    interface = interface_of(platform, given.host, given.interface)
    output.print_one(given, platform.patch(f"/iinterfaces/{interface['uuid']}", changes), SHOWN)


def _delete(platform: Platform, given: argparse.Namespace) -> None:
    platform.delete(f"/iinterfaces/{interface_of(platform, given.host, given.interface)['uuid']}")
    sys.stdout.write(f"Deleted interface: host {given.host} if {given.interface}\n")


def _list_ports(platform: Platform, given: argparse.Namespace) -> None:
    output.print_list(given, platform.get(f"{path_of(given.host)}/ports")["ports"], PORTS)


def _show_port(platform: Platform, given: argparse.Namespace) -> None:
    output.print_one(given, _port(platform, given), PORT)


def _list_ethernet_ports(platform: Platform, given: argparse.Namespace) -> None:
    ports = platform.get(f"{path_of(given.host)}/ethernet_ports")["ethernet_ports"]
    output.print_list(given, [{**port, "autoneg": "Yes"} for port in ports], ETHERNET_PORTS)


def _show_ethernet_port(platform: Platform, given: argparse.Namespace) -> None:
    output.print_one(given, {**_port(platform, given), "autoneg": "Yes"}, ETHERNET_PORT)


def _port(platform: Platform, given: argparse.Namespace) -> dict[str, Any]:
    ports: list[dict[str, Any]] = platform.get(f"{path_of(given.host)}/ports")["ports"]
    for port in ports:
        if given.port in (port["name"], port["uuid"]):
            return port
    raise CommandError(f"Port not found: host {given.host} port {given.port}", f"system host-port-list {given.host}")


def _given(given: argparse.Namespace, *fields: str) -> dict[str, Any]:
    return {field: value for field in fields if (value := getattr(given, field)) is not None}
