# PYTHON_ARGCOMPLETE_OK
"""Entry of `system`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from sturnus import __version__
from sturnus.cli import platform
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.cli.system import applications, helm_overrides, hosts, labels, systems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 1 if it was refused, 2 if it was not understood."""
    parser = build_parser()
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


def build_parser() -> argparse.ArgumentParser:
    """All commands."""
    parser = argparse.ArgumentParser(prog="system", description="The platform's inventory.")
    parser.add_argument("--version", action="version", version=__version__)
    platform.add_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    help_command = commands.add_parser("help", help="explain a command")
    help_command.add_argument("about", nargs="?", metavar="COMMAND")
    for module in (systems, hosts, labels, applications, helm_overrides):
        module.add_commands(commands)
    return parser


def _help(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    parser.parse_args([given.about, "--help"] if given.about else ["--help"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
