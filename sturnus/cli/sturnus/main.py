# PYTHON_ARGCOMPLETE_OK
"""`sturnus serve inventory`, `sturnus serve vim`, `sturnus serve faults`, `sturnus agent`, `sturnus db upgrade`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sturnus.cli.running import complete
from sturnus.cli.sturnus import declared
from sturnus.core.clock import SystemClock
from sturnus.core.errors import SturnusError
from sturnus.core.logs import configure_logs
from sturnus.core.settings import Settings

EPILOG = """\
a controller, from nothing (docs/how-to/install.md has all of it):
  sturnus kubeconfig-create --admin-kubeconfig FILE --owner sturnus   an account in the cluster
  sturnus db upgrade                                                  the database's tables
  sturnus serve inventory                                             the API on port 6385
  sturnus serve vim                                                   locks and unlocks hosts, with their pods
  sturnus serve faults                                                alarms and events, which fm shows: port 18002
  sturnus doctor                                                      what is fine, wrong, and to be done
every host:
  sturnus agent --platform https://CONTROLLER:6385 --ca-file FILE --enrolment-file FILE --state DIR
an existing cluster:
  sturnus host-adopt                                                  show what would be taken over; --yes does it

Settings are read from /etc/sturnus/sturnus.toml (or STURNUS_CONFIG) and STURNUS_* in the environment.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = _parser()
    complete(parser)
    given = parser.parse_args(arguments)
    if "module" not in given and "run" not in given:
        parser.print_help()
        return 0
    try:
        if "module" in given:
            return _run_declared(given)
        settings = Settings()
        configure_logs(settings.log_level)
        asyncio.run(given.run(settings, given))
    except ValidationError as error:
        for fault in error.errors():
            print(f"sturnus: {'.'.join(map(str, fault['loc']))}: {fault['msg']}", file=sys.stderr)
        return 1
    except SturnusError as error:
        print(f"sturnus: {error.message}\nTo do: {error.remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run_declared(given: argparse.Namespace) -> int:
    """These speak to people: of their logs only what nobody expects is shown."""
    configure_logs("error")
    given.understand = _parser().parse_args
    status: int | None = asyncio.run(import_module(given.module).run(given))
    return status or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sturnus",
        description="Runs the platform's own processes, and looks after them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND")
    serve = commands.add_parser("serve", help="run a process of the platform until it is told to stop")
    processes = serve.add_subparsers(metavar="PROCESS", required=True)
    processes.add_parser("inventory", help="hosts and labels: the API on port 6385").set_defaults(run=_serve)
    processes.add_parser("vim", help="hosts in and out of service: told by the inventory on port 30001").set_defaults(
        run=_serve_vim
    )
    processes.add_parser("faults", help="alarms and events: the API on port 18002").set_defaults(run=_serve_faults)
    _add_agent(commands)
    declared.add_commands(commands)
    database = commands.add_parser("db", help="look after the database")
    actions = database.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser("upgrade", help="bring its tables to this version").set_defaults(run=_upgrade)
    return parser


def _add_agent(commands: Any) -> None:
    parser = commands.add_parser(
        "agent",
        help="on every host: say what the host is, and that it lives",
        description="Says what the host is, and that it lives. Runs as root: it reads hardware, and reboots the host.",
    )
    parser.add_argument("--platform", required=True, metavar="URL", help="the inventory: https://controller:6385")
    parser.add_argument(
        "--enrolment-file", required=True, type=Path, metavar="FILE", help="holds the enrolment secret, mode 0600"
    )
    parser.add_argument("--state", required=True, type=Path, metavar="DIR", help="keeps the agent's own key")
    parser.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="authorities to trust, PEM (the operating system's unless told)"
    )
    parser.add_argument("--root", type=Path, default=Path("/"), metavar="DIR", help="where proc and sys are (/)")
    parser.add_argument(
        "--reboot-command", default="reboot", metavar="COMMAND", help="what restarts this host (reboot)"
    )
    parser.add_argument("--puppet", type=Path, metavar="DIR", help="modules to apply (default: those of this version)")
    parser.set_defaults(run=_agent)


async def _agent(_: Settings, given: argparse.Namespace) -> None:
    # Each process imports what it runs: an agent stays small on every host.
    from sturnus.agent import run as agent
    from sturnus.agent.run import AgentOptions

    options = AgentOptions(
        given.platform, given.enrolment_file, given.state, given.root, given.ca_file, given.reboot_command, given.puppet
    )
    await agent.run(options, SystemClock())


async def _serve(settings: Settings, _: argparse.Namespace) -> None:
    from sturnus.api.process import serve_inventory
    from sturnus.api.serving import authenticator_from

    await serve_inventory(settings, authenticator_from(settings))


async def _serve_vim(settings: Settings, _: argparse.Namespace) -> None:
    from sturnus.api.serving import authenticator_from
    from sturnus.api.vim_process import serve_vim

    await serve_vim(settings, authenticator_from(settings))


async def _serve_faults(settings: Settings, _: argparse.Namespace) -> None:
    from sturnus.api.faults_process import serve_faults
    from sturnus.api.serving import authenticator_from

    await serve_faults(settings, authenticator_from(settings))


async def _upgrade(settings: Settings, _: argparse.Namespace) -> None:
    from sturnus.store import migrate
    from sturnus.store.database import Database

    database = Database(settings.database_url)
    try:
        await migrate.upgrade(database)
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(main())
