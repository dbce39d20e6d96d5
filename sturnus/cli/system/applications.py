"""`system application-*`."""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform

LISTED = {
    "name": "application", "app_version": "version", "manifest_name": "manifest name", "manifest_file": "manifest file",
    "status": "status", "progress": "progress",
}  # fmt: skip
SHOWN = (
    "active", "app_version", "created_at", "manifest_file", "manifest_name", "name", "progress", "status", "updated_at",
)  # fmt: skip
HISTORY = {
    "uuid": "operation", "kind": "kind", "app_version": "version", "state": "state", "requested_by": "by",
    "started_at": "started", "finished_at": "finished", "reason": "reason",
}  # fmt: skip
HINT = "Please use 'system application-list' or 'system application-show {name}' to view the current progress.\n"
TARBALLS = (".tgz", ".tar.gz")


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    listing = commands.add_parser("application-list", help="list applications")
    output.add_options(listing)
    listing.set_defaults(run=_list)
    show = _of(commands, "application-show", "show an application, and what is done with it", _show)
    show.add_argument("-w", "--watch", action="store_true", help="follow what is done with it, release by release")
    show.add_argument("--releases", action="store_true", help="each release of what was done last")
    output.add_options(show)
    _add_tarball_commands(commands)
    _add_plan(commands)
    for name in ("application-install", "application-apply"):
        _add_install(commands, name)
    _add_others(commands)


def _add_tarball_commands(commands: Any) -> None:
    upload = commands.add_parser(
        "application-upload",
        help="enter an application from its tarball",
        description="Enter an application: application-upload TARFILE, or application-upload NAME TARFILE.",
    )
    upload.add_argument("what", nargs="+", metavar="[<app name>] <tarfile>")
    update = commands.add_parser("application-update", help="install another version of an application")
    update.add_argument("what", nargs=1, metavar="<tarfile>")
    _add_waiting(update)
    for parser, run in ((upload, _upload), (update, _update)):
        parser.add_argument("-n", "--app-name", metavar="NAME", help="counts where its metadata says none")
        parser.add_argument("-v", "--app-version", metavar="VERSION", help="likewise")
        output.add_options(parser)
        parser.set_defaults(run=run)


def _add_plan(commands: Any) -> None:
    plan = _of(commands, "application-plan", "say what an installation would do, and why", _plan)
    plan.add_argument("--diff", action="store_true", help="each changed line of the manifests; secrets are •••")
    plan.add_argument("--format", choices=("table", "json"), default="table")


def _add_install(commands: Any, name: str) -> None:
    text = "install an application, or bring it to what is wanted now"
    install = _of(commands, name, text, _install)
    install.add_argument("-m", "--mode", help="accepted for compatibility: normal")
    install.add_argument("-f", "--client-side", action="store_true", help="accepted for compatibility")
    install.add_argument("--plan", metavar="ID", help="only if this plan still holds: see application-plan")
    install.add_argument("--force", action="store_true", help="although the plan has something against it")
    _add_waiting(install)
    output.add_options(install)


def _add_others(commands: Any) -> None:
    remove = _of(commands, "application-remove", "take an application out of the cluster", _remove)
    remove.add_argument("-f", "--force", action="store_true", help="although somebody would miss it")
    remove.add_argument("-y", "--yes", action="store_true", help="accepted for compatibility")
    remove.add_argument("--keep-volumes", action="store_true", help="for an installation that finds its data again")
    _add_waiting(remove)
    output.add_options(remove)
    rollback = _of(commands, "application-rollback", "bring back what an earlier operation left", _rollback)
    rollback.add_argument("--to", metavar="OPERATION", help="the beginning of its id (default: the last but one)")
    _add_waiting(rollback)
    output.add_options(rollback)
    _of(commands, "application-abort", "stop what is under way; what was done stays", _abort)
    delete = _of(commands, "application-delete", "forget an application", _delete)
    delete.add_argument("-f", "--force", action="store_true", help="accepted for compatibility")
    delete.add_argument("-y", "--yes", action="store_true", help="accepted for compatibility")
    history = _of(commands, "application-history", "what was done with an application, newest first", _history)
    history.add_argument("--limit", type=int, default=20, help="20 unless told")
    output.add_options(history)


def _add_waiting(parser: argparse.ArgumentParser) -> None:
    """Options of every command that has something done."""
    parser.add_argument("--wait", action="store_true", help="until it is done, and fail if it failed")
    parser.add_argument("--wait-timeout", type=float, default=7200, metavar="SECONDS", help="7200 unless told")
    parser.add_argument("-w", "--watch", action="store_true", help="follow it, release by release, to its end")


def _of(commands: Any, command: str, text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(command, help=text)
    argument: Any = parser.add_argument("name", metavar="<app name>")
    argument.completer = _complete
    parser.set_defaults(run=run)
    return parser


def _list(platform: Platform, given: argparse.Namespace) -> None:
    output.print_list(given, platform.get("/apps")["apps"], LISTED)


def _show(platform: Platform, given: argparse.Namespace) -> int:
    from sturnus.cli.system import application_progress  # other commands start faster without it

    if given.watch:
        return application_progress.watch(platform, given.name)
    if given.releases:
        application_progress.print_releases(platform, given)
        return 0
    output.print_one(given, platform.get(_path(given.name)), SHOWN)
    application_progress.print_trouble(platform, given)
    return 0


def _upload(platform: Platform, given: argparse.Namespace) -> None:
    name, file = _name_and_file(given.what)
    application = platform.post("/apps", _tarball(given, file, name))
    output.print_one(given, application, SHOWN)
    _hint(given, application["name"])


def _update(platform: Platform, given: argparse.Namespace) -> int:
    application = platform.post("/apps/update", _tarball(given, given.what[0], None))
    return _asked(platform, given, application)


def _plan(platform: Platform, given: argparse.Namespace) -> int:
    from sturnus.cli.system import plans  # as above

    return plans.show(given, platform.post(f"/sturnus/apps/{quote(given.name, safe='')}/plan", {}))


def _install(platform: Platform, given: argparse.Namespace) -> int:
    values: dict[str, Any] = {"client_side": given.client_side}
    values |= {key: value for key in ("mode", "plan") if (value := getattr(given, key))}
    if given.force:
        values["force"] = True
    return _direct(platform, given, "apply", values)


def _remove(platform: Platform, given: argparse.Namespace) -> int:
    values = {"volumes": "keep"} if given.keep_volumes else {}
    return _direct(platform, given, f"remove&force={given.force}", values)


def _rollback(platform: Platform, given: argparse.Namespace) -> int:
    return _direct(platform, given, "rollback", {"operation": given.to} if given.to else {})


def _abort(platform: Platform, given: argparse.Namespace) -> None:
    platform.patch_with(f"{_path(given.name)}?directive=abort", {"values": {}})
    sys.stdout.write(
        "Application abort request has been accepted. "
        "If the previous operation has not completed/failed, it will be cancelled shortly.\n"
    )


def _delete(platform: Platform, given: argparse.Namespace) -> None:
    platform.delete(f"{_path(given.name)}?force={given.force}")
    sys.stdout.write(f"Application {given.name} deleted.\n")


def _history(platform: Platform, given: argparse.Namespace) -> None:
    path = f"/sturnus/apps/{quote(given.name, safe='')}/operations?releases=no&limit={given.limit}"
    output.print_list(given, platform.get(path)["operations"], HISTORY)


def _direct(platform: Platform, given: argparse.Namespace, directive: str, values: dict[str, Any]) -> int:
    application = platform.patch_with(f"{_path(given.name)}?directive={directive}", {"values": values})
    return _asked(platform, given, application)


def _asked(platform: Platform, given: argparse.Namespace, application: dict[str, Any]) -> int:
    from sturnus.cli.system import application_progress  # as above

    if given.watch:
        return application_progress.watch(platform, application["name"])
    if given.wait:
        return application_progress.wait(platform, given, application["name"], SHOWN)
    output.print_one(given, application, SHOWN)
    _hint(given, application["name"])
    return 0


def _hint(given: argparse.Namespace, name: str) -> None:
    if given.format == "table":
        sys.stdout.write(HINT.format(name=name))


def _name_and_file(what: list[str]) -> tuple[str | None, str]:
    """The spec writes NAME TARFILE, today's clients TARFILE alone."""
    if len(what) == 1:
        return None, what[0]
    if len(what) == 2:
        return what[0], what[1]
    raise CommandError("One tarball at a time.", "system help application-upload")


def _tarball(given: argparse.Namespace, file: str, name: str | None) -> dict[str, Any]:
    """The tarball's content: the file lies where the command is typed, not where the platform runs."""
    if not file.endswith(TARBALLS):
        raise CommandError(f"{file} is no application tarball by its name.", f"name a file that ends in {TARBALLS[0]}")
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", "name a file that exists") from error
    body = {"tarfile": file, "binary_data": base64.urlsafe_b64encode(content).decode()}
    said = {"name": given.app_name or name, "app_version": given.app_version}
    return body | {key: value for key, value in said.items() if value}


def _path(name: str) -> str:
    return f"/apps/{quote(name, safe='')}"


def _complete(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    parsed_args.timeout = 2.0
    try:
        found = Platform(parsed_args).get("/apps")["apps"]
    except CommandError:
        return []
    return [each["name"] for each in found if each["name"].startswith(prefix)]
