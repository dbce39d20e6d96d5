# PYTHON_ARGCOMPLETE_OK
"""Entry of `sw-manager`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from sturnus import __version__
from sturnus.cli import output, platform
from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.platform import Platform
from sturnus.cli.running import complete, status_of

DESCRIPTION = """\
Strategies: one change brought to all hosts, a few at a time, each host locked before it and unlocked after it.

A strategy is first made, which computes its stages (which hosts together, in which order) and changes nothing; then it
is looked at, applied as a whole or stage by stage, aborted if need be, and deleted. There is one at a time.
"""

EPILOG = """\
how a strategy goes:
  . /etc/platform/openrc                        credentials of the platform
  sw-manager kube-upgrade-strategy create --to-version v1.36.2
  sw-manager kube-upgrade-strategy show --details
  sw-manager kube-upgrade-strategy apply        all of it; or: apply --stage-id 1
  sw-manager kube-upgrade-strategy delete

This version of the platform has no strategies yet: `create` is refused and says so. Until then, for each host:
  system host-lock --preview compute-0          what would become of its servers and pods
  system host-lock --wait compute-0
  system host-unlock --wait compute-0           after the change

sw-manager KIND --help explains one kind, sw-manager KIND create --help its options.
"""

KINDS = {
    "patch-strategy": ("sw-patch", "patches of the platform's software"),
    "upgrade-strategy": ("sw-upgrade", "a new release of the platform"),
    "sw-deploy-strategy": ("sw-upgrade", "a new release of the platform, by its name"),
    "fw-update-strategy": ("fw-update", "firmware of devices"),
    "kube-upgrade-strategy": ("kube-upgrade", "a new version of Kubernetes"),
    "kube-rootca-update-strategy": ("kube-rootca-update", "a new root certificate of Kubernetes"),
    "system-config-update-strategy": ("system-config-update", "configuration that waits for hosts to be locked"),
}
"""What is typed, what the API calls it (reference/clients.md §2), and what it brings."""

APPLY_TYPES = ("serial", "parallel", "ignore")
SHOWN = (
    "uuid", "name", "state", "current-phase", "current-phase-completion-percentage", "controller-apply-type",
    "storage-apply-type", "worker-apply-type", "max-parallel-worker-hosts", "default-instance-action",
    "alarm-restrictions",
)  # fmt: skip
DETAILS = ("build-phase", "apply-phase", "abort-phase")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 1 if it was refused, 2 if it was not understood."""
    parser = build_parser()
    complete(parser)
    given = parser.parse_args(arguments)
    if "run" not in given:
        (given.explains if "explains" in given else parser).print_help()
        return 0

    def command() -> None:
        with closing(Platform(given, platform.VIM)) as vim:
            given.run(vim, given)

    return status_of(command)


def build_parser() -> argparse.ArgumentParser:
    """All commands."""
    parser = _parser(argparse.ArgumentParser, prog="sw-manager", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=__version__)
    platform.add_options(parser, platform.VIM)
    kinds = parser.add_subparsers(metavar="KIND")
    for word, (kind, what) in KINDS.items():
        of_kind = _parser(kinds.add_parser, word, help=what, description=f"A strategy that brings {what}.")
        of_kind.set_defaults(kind=kind, explains=of_kind)
        _add_commands(of_kind.add_subparsers(metavar="COMMAND"), word)
    return parser


def _parser(make: Any, *names: str, **more: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = make(*names, formatter_class=argparse.RawDescriptionHelpFormatter, **more)
    return made


def _add_commands(commands: Any, word: str) -> None:
    show = commands.add_parser("show", help="show it, if there is one")
    show.add_argument("--details", action="store_true", help="its phases, stages and steps too")
    output.add_options(show)
    show.set_defaults(run=_show)
    _add_create(commands.add_parser("create", help="make it: computes its stages, changes nothing"), word)
    for name, text in (("apply", "carry it out"), ("abort", "stop it after what runs now, and go back where it can")):
        run = commands.add_parser(name, help=text)
        run.add_argument("--stage-id", metavar="N", help="only this stage")
        run.set_defaults(run=_act, action=name)
    delete = commands.add_parser("delete", help="delete it")
    delete.add_argument("--force", action="store_true", help="whatever state it is in")
    delete.set_defaults(run=_delete)


def _add_create(create: argparse.ArgumentParser, word: str) -> None:
    for role in ("controller", "storage", "worker"):
        text = f"{role} hosts one by one, several at once, or not at all; serial unless told"
        create.add_argument(f"--{role}-apply-type", choices=APPLY_TYPES, default="serial", help=text)
    create.add_argument("--max-parallel-worker-hosts", type=int, metavar="N", help="workers at once, if parallel")
    create.add_argument(
        "--instance-action",
        choices=("migrate", "stop-start"),
        default="stop-start",
        help="servers leave the host, or are stopped and started again; stop-start unless told",
    )
    create.add_argument(
        "--alarm-restrictions",
        choices=("strict", "relaxed"),
        default="strict",
        help="any alarm stands against it, or only those that concern management; strict unless told",
    )
    if word == "sw-deploy-strategy":
        create.add_argument("release", help="name of the release: starlingx-26.03.1")
    if word == "kube-upgrade-strategy":
        create.add_argument("--to-version", required=True, metavar="VERSION", help="of Kubernetes: v1.36.2")
    output.add_options(create)
    create.set_defaults(run=_create)


def _show(vim: Platform, given: argparse.Namespace) -> None:
    _print(given, vim.get(_path(given))["strategy"], details=given.details)


def _create(vim: Platform, given: argparse.Namespace) -> None:
    body = {
        "controller-apply-type": given.controller_apply_type,
        "storage-apply-type": given.storage_apply_type,
        "worker-apply-type": given.worker_apply_type,
        "default-instance-action": given.instance_action,
        "alarm-restrictions": given.alarm_restrictions,
    }
    more = {
        "max-parallel-worker-hosts": given.max_parallel_worker_hosts,
        "to-version": getattr(given, "to_version", None),
        "release": [given.release] if "release" in given else None,
    }
    body |= {name: value for name, value in more.items() if value is not None}
    _print(given, vim.post(_path(given), body)["strategy"], details=False)


def _act(vim: Platform, given: argparse.Namespace) -> None:
    action = "apply-all" if given.action == "apply" and given.stage_id is None else f"{given.action}-stage"
    # As StarlingX's client: to abort all of it, it says abort-stage and no stage.
    vim.post(f"{_path(given)}/actions", {"action": action, "stage-id": given.stage_id})
    sys.stdout.write(f"Asked for: {action}. See how it goes: show --details\n")


def _delete(vim: Platform, given: argparse.Namespace) -> None:
    try:
        vim.delete(_path(given), {"force": given.force})
    except HttpError as error:
        if error.status == 404:
            raise CommandError("Nothing to delete") from error
        raise
    sys.stdout.write("Strategy deleted\n")


def _path(given: argparse.Namespace) -> str:
    return f"/orchestration/{given.kind}/strategy"


def _print(given: argparse.Namespace, strategy: dict[str, Any] | None, *, details: bool) -> None:
    if strategy is None:
        sys.stdout.write("No strategy available\n")
        return
    output.print_one(given, strategy, (*SHOWN, *DETAILS) if details else SHOWN)


if __name__ == "__main__":
    sys.exit(main())
