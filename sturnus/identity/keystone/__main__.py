"""`python -m sturnus.identity.keystone install|bootstrap|deliver|run|health|openrc|clouds`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

from sturnus.core.errors import SturnusError
from sturnus.core.logs import configure_logs
from sturnus.identity.keystone import health
from sturnus.identity.keystone.bootstrap import Change, bootstrap
from sturnus.identity.keystone.deliver import client_facts, deliver
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.run import PlainHttp, serve
from sturnus.identity.keystone.settings import KeystoneSettings, default_cache
from sturnus.identity.keystone.wanted import ADMIN
from sturnus.identity.openrc import CLOUD, render_clouds, render_openrc

PASSWORD_VARIABLE = "OS_BOOTSTRAP_PASSWORD"  # noqa: S105 -- a variable's name
"""The administrator's password, when the operator chooses it: the same name as `keystone-manage bootstrap` reads."""


def main() -> int:
    """Run one command. Status 1, and one line that says what to do, when it cannot be done."""
    arguments = vars(_parser().parse_args())
    settings = KeystoneSettings(**{field.name: arguments[field.name] for field in fields(KeystoneSettings)})
    installation = Installation.within(arguments["cache"])
    try:
        match arguments["command"]:
            case "install":
                _install(installation)
            case "bootstrap":
                _bootstrap(settings, installation)
            case "deliver":
                sys.stdout.writelines(f"wrote {path}\n" for path in deliver(settings, arguments["etc"]))
            case "run":
                configure_logs("info")
                serve(settings, installation, arguments["plain_http"])
            case "health":
                asyncio.run(health.check(settings))
            case "openrc":
                sys.stdout.write(render_openrc(client_facts(settings, settings.password_file(ADMIN))))
            case "clouds":
                sys.stdout.write(render_clouds({CLOUD: client_facts(settings, settings.password_file(ADMIN))}))
    except SturnusError as error:
        for line in error.details:
            sys.stderr.write(f"  {line}\n")
        sys.stderr.write(f"keystone: {error.message}; expected {error.expected}; {error.remedy}\n")
        return 1
    return 0


def _bootstrap(settings: KeystoneSettings, installation: Installation) -> None:
    changes: list[Change] = []

    def report(change: Change) -> None:
        changes.append(change)
        sys.stdout.write(f"{change}\n")
        sys.stdout.flush()

    asyncio.run(bootstrap(settings, installation, report, given_password=os.environ.pop(PASSWORD_VARIABLE, None)))
    sys.stdout.write(f"{len(changes)} changes\n" if changes else "nothing to change\n")


def _install(installation: Installation) -> None:
    if installation.complete:
        sys.stdout.write("nothing to install\n")
        return
    asyncio.run(installation.install())
    sys.stdout.write(f"installed Keystone into {installation.home}\n")


def _parser() -> argparse.ArgumentParser:
    defaults = KeystoneSettings()
    parser = argparse.ArgumentParser(prog="python -m sturnus.identity.keystone", description="The platform's Keystone.")
    add = parser.add_argument
    add("--state", type=_absolute, default=defaults.state, help="its files (default: %(default)s)")
    add("--cache", type=_absolute, default=default_cache(), help="installed programs (default: %(default)s)")
    add("--listen", default=defaults.listen, help="address of this host (default: %(default)s)")
    add("--port", type=int, default=defaults.port, help="(default: %(default)s)")
    add("--internal-host", default="", help="as other hosts reach this one (default: the address)")
    add("--public-host", default="", help="as users reach it (default: the internal one)")
    add("--region", default=defaults.region, help="(default: %(default)s)")
    add("--hash-rounds", type=int, choices=range(4, 32), metavar="4..31", default=defaults.hash_rounds)
    add("--token-lifetime", type=_seconds, default=defaults.token_lifetime, metavar="SECONDS")
    add("--tls-certificate", type=_absolute, metavar="FILE", help="PEM; taken over when it is replaced")
    add("--tls-key", type=_absolute, metavar="FILE", help="PEM")
    add("--ca-file", type=_absolute, metavar="FILE", help="what clients trust (default: the operating system's)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", help="Keystone's packages, by whoever may write to --cache: root, say")
    commands.add_parser(
        "bootstrap", help=f"make what is missing; {PASSWORD_VARIABLE} sets the administrator's password"
    )
    delivery = commands.add_parser("deliver", help="root: openrc and passwords to the groups that need them")
    delivery.add_argument("--etc", type=_absolute, default=Path("/etc"), help="(default: %(default)s)")
    run = commands.add_parser("run", help="serve, in the foreground, under a supervisor")
    run.add_argument("--plain-http", type=PlainHttp, choices=list(PlainHttp), default=PlainHttp.LOOPBACK_ONLY)
    commands.add_parser("health", help="status 0 when it issues a token")
    commands.add_parser("openrc", help="print the file for shells")
    commands.add_parser("clouds", help="print clouds.yaml")
    return parser


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=int(text))


if __name__ == "__main__":
    sys.exit(main())
