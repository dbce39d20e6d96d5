"""`sturnus serve inventory`, `sturnus agent`, `sturnus db upgrade`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sturnus.core.clock import SystemClock
from sturnus.core.errors import SturnusError
from sturnus.core.logs import configure_logs
from sturnus.core.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    given = _parser().parse_args(arguments)
    try:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sturnus", description="Runs the platform's own processes.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    serve = commands.add_parser("serve", help="run a process of the platform until it is told to stop")
    processes = serve.add_subparsers(metavar="PROCESS", required=True)
    processes.add_parser("inventory", help="hosts and labels: the API on port 6385").set_defaults(run=_serve)
    _add_agent(commands)
    database = commands.add_parser("db", help="look after the database")
    actions = database.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser("upgrade", help="bring its tables to this version").set_defaults(run=_upgrade)
    return parser


def _add_agent(commands: Any) -> None:
    parser = commands.add_parser("agent", help="on every host: say what the host is, and that it lives")
    parser.add_argument("--platform", required=True, metavar="URL", help="the inventory: http://controller:6385")
    parser.add_argument(
        "--enrolment-file", required=True, type=Path, metavar="FILE", help="holds the enrolment secret, mode 0600"
    )
    parser.add_argument("--state", required=True, type=Path, metavar="DIR", help="keeps the agent's own key")
    parser.add_argument("--root", type=Path, default=Path("/"), metavar="DIR", help="where proc and sys are (/)")
    parser.add_argument(
        "--reboot-command", default="reboot", metavar="COMMAND", help="what restarts this host (reboot)"
    )
    parser.set_defaults(run=_agent)


async def _agent(_: Settings, given: argparse.Namespace) -> None:
    # Each process imports what it runs: an agent stays small on every host.
    from sturnus.agent import run as agent  # noqa: PLC0415
    from sturnus.agent.run import AgentOptions  # noqa: PLC0415

    options = AgentOptions(given.platform, given.enrolment_file, given.state, given.root, given.reboot_command)
    await agent.run(options, SystemClock())


async def _serve(settings: Settings, _: argparse.Namespace) -> None:
    from sturnus.api.process import authenticator_from, serve_inventory  # noqa: PLC0415

    await serve_inventory(settings, authenticator_from(settings))


async def _upgrade(settings: Settings, _: argparse.Namespace) -> None:
    from sturnus.store import migrate  # noqa: PLC0415
    from sturnus.store.database import Database  # noqa: PLC0415

    database = Database(settings.database_url)
    try:
        await migrate.upgrade(database)
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(main())
