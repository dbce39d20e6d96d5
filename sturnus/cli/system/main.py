# PYTHON_ARGCOMPLETE_OK
"""Entry of `system`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Collection, Sequence

from sturnus import __version__
from sturnus.cli import platform
from sturnus.cli.platform import Platform
from sturnus.cli.running import complete, status_of
from sturnus.cli.system import hosts, labels, systems

EPILOG = """\
first steps:
  . /etc/platform/openrc                                       credentials of the platform
  system host-list                                             hosts that announced themselves have no name yet
  system host-update 2 personality=worker hostname=compute-0   give one its name
  system host-label-assign compute-0 openstack-compute-node    decide what it runs
  system host-unlock compute-0 --wait                          take it into service
  system host-list --watch                                     see what becomes of them

system help COMMAND explains one. Completion: eval "$(system bash-completion)"
"""

ON_DEMAND = {
    "applications": ("application-",),
    "helm_overrides": ("helm-override-", "helm-chart-"),
    "networks": ("network-", "addrpool-", "datanetwork-"),
    "interfaces": ("host-if-", "host-port-", "host-ethernet-port-"),
    "interface_networks": ("interface-network-", "interface-datanetwork-"),
    "processors": ("host-cpu-", "host-memory-", "host-node-", "host-device-"),
    "parameters": ("service-parameter-",),
}
"""Modules of commands that are imported only if a word on the command line begins like one of theirs. Ninety commands
more would cost each `system host-list` 20 ms."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 1 if it was refused, 2 if it was not understood."""
    parser = build_parser(sys.argv[1:] if arguments is None else arguments)
    complete(parser)
    given = parser.parse_args(arguments)

    def command() -> int | None:
        if given.command in {None, "help"}:
            return _help(parser, given)
        if given.command == "bash-completion":
            return _completion()
        status: int | None = given.run(Platform(given), given)
        return status

    return status_of(command)


def build_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The commands that these arguments may mean; all of them if that is none: for help, and for typing errors."""
    parser = argparse.ArgumentParser(
        prog="system",
        description="The platform's inventory: hosts, labels, networks, applications.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    platform.add_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    help_command = commands.add_parser("help", help="explain a command")
    help_command.add_argument("about", nargs="?", metavar="COMMAND")
    commands.add_parser("bash-completion", help='completion for bash and zsh: eval "$(system bash-completion)"')
    for module in (systems, hosts, labels):
        module.add_commands(commands)
    for name in _wanted(arguments, commands.choices):
        importlib.import_module(f"sturnus.cli.system.{name}").add_commands(commands)
    return parser


def _wanted(arguments: Sequence[str], known: Collection[str]) -> Collection[str]:
    if "_ARGCOMPLETE" in os.environ:
        return ON_DEMAND
    wanted = [name for name, starts in ON_DEMAND.items() if any(word.startswith(starts) for word in arguments)]
    if wanted or any(word in known and word != "help" for word in arguments):
        return wanted
    return ON_DEMAND


def _help(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    about = getattr(given, "about", None)  # no command at all: as StarlingX's, help and status 0
    parser.parse_args([about, "--help"] if about else ["--help"])
    return 0


def _completion() -> int:
    from argcomplete.shell_integration import shellcode  # only the shell's completion needs it

    sys.stdout.write(shellcode(["system", "sturnus"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
