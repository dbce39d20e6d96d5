"""Entry of `config_controller`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from sturnus import __version__
from sturnus.cli import platform
from sturnus.cli.config_controller.carrying_out import carry_out
from sturnus.cli.config_controller.from_bare import bring_up
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.configuration.first.model import FirstConfiguration
from sturnus.configuration.first.reading import DEFAULT, read
from sturnus.core.errors import Invalid

FLAG: Final = Path("/etc/platform/.initial_config_complete")
"""There once a controller is configured; StarlingX's name (reference/inventory.md §8)."""
NO_KUBERNETES_OPTION: Final = (
    "config_controller: there is no --kubernetes: Kubernetes is always configured, leave it out"
)

EPILOG = """\
Everything that is wrong with the file is said at once, and then nothing is changed. A run that was cut off is repeated:
what is done is left alone. Once it has finished it refuses to run again.

sections: SYSTEM (SYSTEM_TYPE, SYSTEM_MODE, TIMEZONE), LOGICAL_INTERFACE_n (INTERFACE_PORTS, INTERFACE_MTU,
LAG_INTERFACE, LAG_MODE), MGMT_NETWORK, CLUSTER_NETWORK, OAM_NETWORK (CIDR, LOGICAL_INTERFACE, GATEWAY, VLAN,
IP_START_ADDRESS, IP_END_ADDRESS, IP_FLOATING_ADDRESS, IP_UNIT_0_ADDRESS, IP_UNIT_1_ADDRESS), PXEBOOT_NETWORK, DNS,
DOCKER_PROXY, DOCKER_REGISTRY, AUTHENTICATION (ADMIN_PASSWORD), VERSION (RELEASE). What a file says and nobody uses is
listed as not used; --check does so too.

On a bare controller: database, platform Keystone, Kubernetes control plane (kubeadm), services under runit, then the
inventory; controller-0 is named and unlocked, and Puppet makes it what it has to be. What has to be there before, by
the site's installer: docs/how-to/install.md. Where the platform's programs run already, . /etc/platform/openrc first:
then only the inventory is filled.
"""


def main(arguments: Sequence[str] | None = None, flag: Path = FLAG) -> int:
    """Configure; return the exit status: 0, 1 if it was refused, 2 if it was not understood."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if "--kubernetes" in words:
        sys.stderr.write(f"{NO_KUBERNETES_OPTION}\n")
        return 2
    given = _parser().parse_args(words)
    try:
        wanted = _read(given)
        for each in wanted.unused:
            _tell(f"not used: {each}")
        if given.check:
            _tell("the file is right; nothing was changed")
            return 0
        _refuse(flag)
        if not _has_credentials(given):
            _tell(f"from a bare controller to a platform that answers ({given.config_file or 'default'})")
            given = bring_up(given, wanted, _tell)
            _tell("the inventory")
        with closing(Platform(given)) as inventory:
            carry_out(inventory, wanted, given.host_file, _tell)
        flag.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        flag.touch()
    except Invalid as error:
        for fault in error.details:
            sys.stderr.write(f"{fault}\n")
        sys.stderr.write(f"To do: {error.remedy}\n")
        return 1
    except CommandError as error:
        sys.stderr.write(f"{error.message}\n" + (f"To do: {error.remedy}\n" if error.remedy else ""))
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stdout.write("configured; try: system host-list\n")
    return 0


def _tell(line: str) -> None:
    print(line, flush=True)


def _has_credentials(given: argparse.Namespace) -> bool:
    """Whether there is a platform already, by the caller's word."""
    return bool(given.os_auth_token or given.os_auth_url)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="config_controller",
        description="The first configuration of a controller.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--config-file", type=Path, metavar="FILE", help="what to configure, an INI file")
    source.add_argument("--default", action="store_true", help="a system with two controllers, and networks of its own")
    parser.add_argument("--check", action="store_true", help="say what is wrong with the file, and change nothing")
    parser.add_argument(
        "--host-file",
        type=Path,
        default=Path("/var/lib/sturnus/agent/host"),
        metavar="FILE",
        help="where this host's agent keeps the uuid that it has in the inventory (%(default)s)",
    )
    parser.add_argument(
        "--public-host",
        metavar="HOST",
        help="as users reach this controller (its address in OAM_NETWORK, else in MGMT_NETWORK)",
    )
    platform.add_options(parser)
    return parser


def _read(given: argparse.Namespace) -> FirstConfiguration:
    if given.default:
        return read(DEFAULT.format(release=__version__), __version__)
    try:
        return read(given.config_file.read_text(), __version__)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{given.config_file} cannot be read: {error}", "name a file: --config-file FILE") from error


def _refuse(flag: Path) -> None:
    if os.geteuid() != 0:
        raise CommandError("A controller is configured by root.", "run it as root")
    if flag.exists():
        raise CommandError(
            f"This controller is configured already ({flag}).", "change it by commands: system help addrpool-modify"
        )


if __name__ == "__main__":
    sys.exit(main())
