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
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.cli.system import hosts, labels, systems

ON_DEMAND = {
    "networks": ("network-", "addrpool-", "datanetwork-"),
    "interfaces": ("host-if-", "host-port-", "host-ethernet-port-"),
    "interface_networks": ("interface-network-", "interface-datanetwork-"),
    "processors": ("host-cpu-", "host-memory-", "host-node-", "host-device-"),
    "parameters": ("service-parameter-",),
}
"""Modules of commands that are imported only if a word on the command line begins like one of theirs. Seventy commands
more would cost each `system host-list` 15 ms."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 1 if it was refused, 2 if it was not understood."""
    parser = build_parser(sys.argv[1:] if arguments is None else arguments)
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete  # noqa: PLC0415 -- only the shell's completion needs it

        argcomplete.autocomplete(parser)
    given = parser.parse_args(arguments)
    try:
        if given.command == "help":
            return _help(parser, given)
        status: int = given.run(Platform(given), given) or 0
        sys.stdout.flush()
    except CommandError as error:
        sys.stderr.write(f"{error.message}\n" + (f"To do: {error.remedy}\n" if error.remedy else ""))
        return 1
    except BrokenPipeError:  # `system host-list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 0  # as StarlingX's
    return status


def build_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The commands that these arguments may mean; all of them if that is none: for help, and for typing errors."""
    parser = argparse.ArgumentParser(prog="system", description="The platform's inventory.")
    parser.add_argument("--version", action="version", version=__version__)
    platform.add_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    help_command = commands.add_parser("help", help="explain a command")
    help_command.add_argument("about", nargs="?", metavar="COMMAND")
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
    parser.parse_args([given.about, "--help"] if given.about else ["--help"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
