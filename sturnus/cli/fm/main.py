# PYTHON_ARGCOMPLETE_OK
"""Entry of `fm`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing

from sturnus import __version__
from sturnus.cli import platform
from sturnus.cli.fm import alarms, events
from sturnus.cli.platform import Platform
from sturnus.cli.running import complete, status_of

DESCRIPTION = """\
What is wrong with the platform now (alarms), and what was (events).

An alarm is active for as long as its reason lasts: nobody has to acknowledge it, and it goes by itself. Each is named
by its number, which says what is wrong, and its entity, which says where: 200.004 of host=compute-0.
"""

EPILOG = """\
what is wrong?
  . /etc/platform/openrc                              credentials of the platform
  fm alarm-summary                                    how many, of each severity
  fm alarm-list                                       each with its reason, newest first
  fm alarm-list --uuid                                the same with the names that alarm-show wants
  fm alarm-show UUID                                  one, with what to do about it
what happened?
  fm event-list --limit 20                            the latest
  fm event-list -q 'entity_instance_id=host=compute-0;start=20260131 10:00:00'

fm help COMMAND explains one. All alarms and what to do: docs/reference/alarms.md
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 1 if it was refused, 2 if it was not understood."""
    parser = build_parser()
    complete(parser)
    given = parser.parse_args(arguments)
    if given.command in {None, "help"}:
        about = getattr(given, "about", None)
        parser.parse_args([about, "--help"] if about else ["--help"])
        return 0

    def command() -> None:
        with closing(Platform(given, platform.FAULTS)) as asked:
            given.run(asked, given)

    return status_of(command)


def build_parser() -> argparse.ArgumentParser:
    """All commands."""
    parser = argparse.ArgumentParser(
        prog="fm", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=__version__)
    platform.add_options(parser, platform.FAULTS)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    help_command = commands.add_parser("help", help="explain a command")
    help_command.add_argument("about", nargs="?", metavar="COMMAND")
    alarms.add_commands(commands)
    events.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
