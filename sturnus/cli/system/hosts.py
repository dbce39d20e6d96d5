"""`system host-*`."""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from typing import Any

from sturnus.cli import output
from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.platform import Platform
from sturnus.cli.system import host_names
from sturnus.cli.system.host_names import path_of

LISTED = {field: field for field in ("id", "hostname", "personality", "administrative", "operational", "availability")}

SHOWN = (
    "action", "administrative", "availability", "availability_reason", "bm_ip", "bm_type", "bm_username",
    "boot_device", "capabilities", "config_applied", "config_status", "config_target", "console", "created_at",
    "fencing", "hostname", "id", "ihost_action", "install_output", "install_state", "install_state_info", "inv_state",
    "invprovision", "location", "mgmt_ip", "mgmt_mac", "operational", "personality", "rootfs_device", "serialid",
    "subfunctions", "task", "updated_at", "uptime", "uuid", "vim_progress_status",
)  # fmt: skip

ADD_OPTIONS = {
    "hostname": ("-n", "--hostname"),
    "personality": ("-p", "--personality"),
    "subfunctions": ("-s", "--subfunctions"),
    "mgmt_mac": ("-m", "--mgmt_mac"),
    "mgmt_ip": ("-i", "--mgmt_ip"),
    "bm_ip": ("-I", "--bm_ip"),
    "bm_type": ("-T", "--bm_type"),
    "bm_username": ("-U", "--bm_username"),
    "bm_password": ("-P", "--bm_password"),
    "boot_device": ("-b", "--boot_device"),
    "rootfs_device": ("-r", "--rootfs_device"),
    "install_output": ("-o", "--install_output"),
    "console": ("-c", "--console"),
    "location": ("-l", "--location"),
}

PASSWORD = "bm_password"  # noqa: S105 -- the field's name
ADD_HELP = {
    "bm_type": "kind of the baseboard controller: redfish, or none",
    "bm_ip": "its address, with a port if it is not 443",
    "bm_username": "who may switch power there",
    PASSWORD: "the user's password; '-' reads it from the terminal or from standard input, so that nobody else sees it",
}

ACTIONS = {
    "lock": "take a host out of service",
    "unlock": "take a host into service",
    "swact": "hand a controller's work to the other one",
    "reboot": "restart a locked host",
    "reset": "restart a locked host by its board controller",
    "reinstall": "not supported: reinstall a host by its own means, it keeps its place in the inventory",
    "power-on": "switch a host on",
    "power-off": "switch a locked host off",
}
FORCIBLE = frozenset({"lock", "unlock", "swact"})

POLL = 0.5
"""Seconds between two looks of `--wait`."""


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    listing = commands.add_parser("host-list", help="list hosts")
    output.add_options(listing)
    output.add_watch(listing)
    listing.set_defaults(run=_list)
    show = commands.add_parser("host-show", help="show one host")
    host_names.add_argument(show)
    output.add_options(show)
    output.add_watch(show)
    show.set_defaults(run=_show)
    delete = commands.add_parser("host-delete", help="delete locked hosts")
    host_names.add_argument(delete, nargs="+")
    delete.set_defaults(run=_delete)
    _add_adding(commands)
    for action, text in ACTIONS.items():
        _add_action(commands, action, text)


def _add_adding(commands: Any) -> None:
    add = commands.add_parser("host-add", help="add a host")
    for field, names in ADD_OPTIONS.items():
        add.add_argument(*names, dest=field, help=ADD_HELP.get(field))
    output.add_options(add)
    add.set_defaults(run=_add)
    update = commands.add_parser("host-update", help="change fields of a host")
    host_names.add_argument(update)
    update.add_argument(
        "changes", nargs="+", metavar="<path=value>", help="a field and what it shall be; bm_password=- asks for it"
    )
    output.add_options(update)
    update.set_defaults(run=_update)


def _add_action(commands: Any, action: str, text: str) -> None:
    parser = commands.add_parser(f"host-{action}", help=text)
    host_names.add_argument(parser)
    if action in FORCIBLE:
        parser.add_argument("-f", "--force", action="store_true", help="whatever stands against it")
    if action == "lock":
        parser.add_argument(
            "--preview",
            action="store_true",
            help="change nothing: show what would become of its servers and pods; exit status 0 if it would go through",
        )
    parser.add_argument("--wait", action="store_true", help="until it is done, and fail if it failed")
    parser.add_argument("--wait-timeout", type=float, default=600, metavar="SECONDS", help="600 unless told")
    output.add_options(parser)
    parser.set_defaults(run=_act, action=action, force=False, preview=False)


def _list(platform: Platform, given: argparse.Namespace) -> int | None:
    if given.watch:
        from sturnus.cli.system import watched  # threads and more: only who watches waits for them

        return watched.hosts(platform, given, LISTED)
    output.print_list(given, platform.get("/ihosts")["ihosts"], LISTED)
    return None


def _show(platform: Platform, given: argparse.Namespace) -> int | None:
    if given.watch:
        from sturnus.cli.system import watched

        return watched.host(platform, given, SHOWN)
    output.print_one(given, _host(platform, given.host), SHOWN)
    return None


def _add(platform: Platform, given: argparse.Namespace) -> None:
    fields = {name: value for name in ADD_OPTIONS if (value := getattr(given, name)) is not None}
    if "location" in fields:
        fields["location"] = {"locn": fields["location"]}
    _read_password(fields)
    output.print_one(given, platform.post("/ihosts", fields), SHOWN)


def _update(platform: Platform, given: argparse.Namespace) -> None:
    fields = {}
    for change in given.changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise CommandError(f"Attributes must be a list of PATH=VALUE, not {change!r}.", "system help host-update")
        fields[name.strip("/")] = value
    _read_password(fields)
    output.print_one(given, platform.patch(path_of(given.host), fields), SHOWN)


def _read_password(fields: dict[str, Any]) -> None:
    """Have '-' replaced by what is typed, or piped in: arguments can be seen by every process of a machine."""
    if fields.get(PASSWORD) != "-":
        return
    prompted = sys.stdin.isatty()
    fields[PASSWORD] = getpass.getpass("bm_password: ") if prompted else sys.stdin.readline().rstrip("\n")


def _delete(platform: Platform, given: argparse.Namespace) -> int:
    status = 0
    for host in given.host:
        try:
            platform.delete(path_of(host))
        except HttpError as error:
            # The others are deleted all the same, as StarlingX's command does.
            sys.stderr.write(f"{error.message}\n")
            status = 1
        else:
            sys.stdout.write(f"Deleted host {host}\n")
    return status


def _act(platform: Platform, given: argparse.Namespace) -> int:
    action = f"force-{given.action}" if given.force else given.action
    if given.preview:
        from sturnus.cli.system import lock_preview  # no other command needs it

        return lock_preview.show(platform, given, action)
    host = platform.patch(path_of(given.host), {"action": action})
    if given.wait:
        host = _wait(platform, host, time.monotonic() + given.wait_timeout)
    output.print_one(given, host, SHOWN)
    return _judge(host) if given.wait else 0


def _wait(platform: Platform, host: dict[str, Any], end: float) -> dict[str, Any]:
    """Look until nothing is under way any more; show what it waits for when that changes."""
    shown = None
    while host["ihost_action"] is not None:
        if host["task"] != shown:
            shown = host["task"]
            sys.stderr.write(f"{host['hostname'] or host['uuid']}: {shown}\n")
        if time.monotonic() > end:
            raise CommandError(f"{host['hostname']} is still busy: {host['task']}.", f"system host-show {host['id']}")
        time.sleep(POLL)
        host = _host(platform, host["uuid"])
    return host


def _judge(host: dict[str, Any]) -> int:
    """0 if the last action succeeded. Outcomes of success are two words; everything else is a reason."""
    reason = host["vim_progress_status"]
    if reason in {None, "services-enabled", "services-disabled"}:
        return 0
    sys.stderr.write(f"{reason}\n")
    return 1


def _host(platform: Platform, host: str) -> dict[str, Any]:
    found: dict[str, Any] = platform.get(path_of(host))
    return found
