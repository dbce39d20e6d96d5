# PYTHON_ARGCOMPLETE_OK
"""What can be typed. Light: `--help` and completion read nothing of the lab itself."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import Any, Final

import argcomplete

from lab.ground import paths

DEFAULT_NAME: Final = "lab"
EPILOG: Final = """\
examples:
  lab doctor                          what this machine lacks, and what to do about it
  lab up                              controller-0, compute-0, compute-1 with Kubernetes
  lab up --workers 3 --name big       a second lab beside the first
  lab kubectl -- get nodes            or: export KUBECONFIG=$(lab kubeconfig)
  lab exec compute-0 -- bash -l       a shell on a host
  lab exec client -- curl ADDRESS     the same as seen from outside of the cloud (or: router)
  lab power off compute-1             pull its plug; 'lab power on' puts it back
  lab cut compute-1                   pull its network cables; 'lab mend' plugs them in
  lab snapshot ready                  copy all disks; lab up --from-snapshot ready
  lab down                            everything away again

Run it as root. Hosts are namespaces on this machine, and nothing of the machine's own network is changed: hosts are
reached on loopback addresses, which 'lab status' shows.
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="lab",
        description="Real hosts, a real network and a real Kubernetes on one machine.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _lifecycle(commands)
    _hosts(commands)
    _access(commands)
    _platform(commands)
    _building(commands)
    argcomplete.autocomplete(top)
    return top


def _lifecycle(commands: Any) -> None:
    up = _command(commands, "up", "up", "bring a lab up, or mend one; nothing to do, nothing done")
    up.add_argument("--controllers", type=int, metavar="N", help="controllers (default: as it is, else 1)")
    up.add_argument("--workers", type=int, metavar="N", help="workers (default: as it is, else 2)")
    up.add_argument("--controller-memory", type=_mebibytes, metavar="SIZE", help="limit, 10G or 4096M (default 10G)")
    up.add_argument("--worker-memory", type=_mebibytes, metavar="SIZE", help="limit, 6G or 4096M (default 6G)")
    how = up.add_mutually_exclusive_group()
    how.add_argument("--bare", action="store_true", help="as an installer leaves hosts: for config_controller")
    how.add_argument("--empty", action="store_true", help="power and cables only: nothing installed")
    how.add_argument("--from-snapshot", metavar="SNAPSHOT", help="start from copied disks (lab snapshot)")

    down = _command(commands, "down", "down", "take a lab away: hosts, networks, cgroups, disks")
    down.add_argument("--keep-disks", action="store_true", help="'lab up' then brings the same hosts back")

    status = _command(commands, "status", "status", "hosts, their power, cables, addresses, memory and nodes")
    _format(status)
    _format(_general_command(commands, "list", "list_labs", "the labs of this machine"))

    snapshot = _command(commands, "snapshot", "snapshot", "copy the disks of all hosts, which stop meanwhile")
    snapshot.add_argument("snapshot", nargs="?", metavar="SNAPSHOT", help="what to call it (default: the lab's name)")
    also = snapshot.add_mutually_exclusive_group()
    also.add_argument("--list", action="store_true", help="list the snapshots instead")
    also.add_argument("--delete", action="store_true", help="delete this snapshot instead")


def _hosts(commands: Any) -> None:
    execute = _command(commands, "exec", "execute", "run a program on a host, or outside of the cloud")
    place = execute.add_argument("host", metavar="HOST", help="a host's name; router or client: who stands outside")
    place.completer = lambda **typed: (*_host_names(**typed), "router", "client")
    execute.add_argument("argv", nargs="+", metavar="CMD", help="after --: the program and its arguments")

    logs = _host_command(commands, "logs", "logs", "what a service of a host has written")
    logs.add_argument("service", nargs="?", metavar="SERVICE", help="kubelet, containerd, …; none: list them")
    logs.add_argument("-f", "--follow", action="store_true", help="and what it goes on to write")
    logs.add_argument("-n", "--lines", type=int, default=200, metavar="N", help="the last N lines (default 200)")

    power = _command(commands, "power", "power", "a host's power switch")
    actions = ("on", "off", "reset", "shutdown", "reboot", "status")
    described = "off pulls the plug, reset pulls it and puts it back; shutdown and reboot ask the host"
    power.add_argument("action", choices=actions, help=described)
    _host_argument(power)

    for name, told in (("cut", "pull a host's network cables"), ("mend", "plug them in again, at full speed")):
        _nics(_host_command(commands, name, "cables", told))
    delay = _host_command(commands, "delay", "cables", "slow a host's cables down (needs netem in the kernel)")
    _nics(delay)
    delay.add_argument("--delay", default="0ms", metavar="TIME", help="e.g. 50ms")
    delay.add_argument("--loss", default="0%", metavar="SHARE", help="e.g. 5%%")


def _access(commands: Any) -> None:
    _command(commands, "kubeconfig", "kubeconfig", "print the path of a kubeconfig that works on this machine")
    _command(commands, "openrc", "openrc", "print the path of the platform's openrc, once there is a platform")
    kubectl = _command(commands, "kubectl", "kubectl", "run the lab's kubectl on its cluster")
    kubectl.add_argument("argv", nargs="*", metavar="ARG", help="after --: kubectl's own arguments")
    bmc = _host_command(
        commands, "bmc", "bmc", "address and user of a host's Redfish controller, and where its password is"
    )
    _format(bmc)


def _platform(commands: Any) -> None:
    platform = _command(commands, "platform", "platform", "Sturnus itself, on the first controller")
    platform.add_argument("action", choices=("install",), help="put this checkout's there, or bring it up to date")


def _building(commands: Any) -> None:
    _format(_general_command(commands, "doctor", "doctor", "check this machine: what fails, and what to do"))
    for name, told in (("programs", "Kubernetes and its parts, from Go modules"), ("images", "container images")):
        building = _general_command(commands, name, name, told)
        building.set_defaults(needs_root=True)
        building.add_argument("action", choices=("build", "list"), help="build what is missing, or list what there is")
        if name == "programs":
            building.add_argument("--peers", action="store_true", help="those that benchmarks compare with, instead")
    told = "delete what was built and downloaded for labs; snapshots stay"
    _general_command(commands, "clean-cache", "clean_cache", told).set_defaults(needs_root=True)


def _command(commands: Any, name: str, module: str, told: str) -> Any:
    """A command on one lab, which `--name` chooses."""
    made = _general_command(commands, name, module, told)
    made.set_defaults(needs_root=True)
    default = os.environ.get("STURNUS_LAB", DEFAULT_NAME)
    option = made.add_argument("--name", default=default, metavar="LAB", help=f"which lab (default: {default})")
    option.completer = _lab_names
    return made


def _general_command(commands: Any, name: str, module: str, told: str) -> Any:
    """A command on the machine."""
    made = commands.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.")
    made.set_defaults(module=module, needs_root=False)
    return made


def _host_command(commands: Any, name: str, module: str, told: str) -> Any:
    made = _command(commands, name, module, told)
    _host_argument(made)
    return made


def _host_argument(made: Any) -> None:
    made.add_argument("host", metavar="HOST", help="controller-0, compute-1, …").completer = _host_names


def _nics(made: Any) -> None:
    choices = ("eth0", "eth1", "eth2")
    made.add_argument("--nic", action="append", choices=choices, help="this cable only; may be given again")


def _format(made: Any) -> None:
    made.add_argument("--format", choices=("table", "json"), default="table", help="for people or for programs")


def _mebibytes(text: str) -> int:
    """`4G`, `512M` → MiB."""
    units = {"G": 1024, "M": 1}
    if text[-1:].upper() in units and text[:-1].isdigit():
        return int(text[:-1]) * units[text[-1].upper()]
    raise argparse.ArgumentTypeError(f"{text!r} is not a size: expected e.g. 6G or 4096M")


def _lab_names(**_: Any) -> Iterable[str]:
    return (file.parent.name for file in paths.labs().glob("[a-z0-9]*/lab.json"))


def _host_names(parsed_args: argparse.Namespace, **_: Any) -> Iterable[str]:
    return (path.name for path in (paths.LabPaths(parsed_args.name).state / "hosts").glob("*"))
