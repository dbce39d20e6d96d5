"""`fm alarm-*`."""

from __future__ import annotations

import argparse
from typing import Any
from urllib.parse import quote

from sturnus.cli import output
from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.fm import queries
from sturnus.cli.platform import Platform

LISTED = {
    "alarm_id": "Alarm ID", "reason_text": "Reason Text", "entity_instance_id": "Entity ID", "severity": "Severity",
    "timestamp": "Time Stamp",
}  # fmt: skip
SHOWN = (
    "uuid", "alarm_id", "alarm_state", "entity_type_id", "entity_instance_id", "timestamp", "severity", "reason_text",
    "alarm_type", "probable_cause", "proposed_repair_action", "service_affecting", "suppression", "suppression_status",
    "mgmt_affecting", "degrade_affecting",
)  # fmt: skip
SUMMARY = {
    "critical": "Critical Alarms", "major": "Major Alarms", "minor": "Minor Alarms", "warnings": "Warnings",
}  # fmt: skip

QUERY = """\
FIELD=VALUE, several with semicolons (all must hold). Fields: alarm_id, entity_type_id, entity_instance_id, severity,
reason_text, uuid by = and !=; timestamp by = != < <= > >= as 20260131 or '20260131 10:23:45', in UTC\
"""

LIST = """\
The alarms that are active now, newest first.

  fm alarm-list --query severity=critical
  fm alarm-list --query 'entity_instance_id=host=compute-0;alarm_id!=200.001'
"""
DELETE = """\
Delete an active alarm by hand, which the event log tells. It mends nothing: whoever raised the alarm looks again within
30 seconds, and raises it again if its reason lasts. Of use for what nobody will clear any more.
"""


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    raw = argparse.RawDescriptionHelpFormatter
    listing = commands.add_parser("alarm-list", help="what is wrong now", description=LIST, formatter_class=raw)
    listing.add_argument("-q", "--query", metavar="QUERY", help=QUERY)
    listing.add_argument("--uuid", action="store_true", help="with the uuids that alarm-show and alarm-delete want")
    listing.add_argument("--mgmt_affecting", action="store_true", help="and whether an upgrade should wait for its end")
    listing.add_argument("--include_suppress", action="store_true", help="accepted for compatibility: none is hidden")
    output.add_options(listing)
    listing.set_defaults(run=_list)
    show = commands.add_parser("alarm-show", help="one alarm, with what to do about it")
    show.add_argument("uuid", metavar="<uuid>", help="fm alarm-list --uuid")
    output.add_options(show)
    show.set_defaults(run=_show)
    delete = commands.add_parser("alarm-delete", help="delete an alarm", description=DELETE, formatter_class=raw)
    delete.add_argument("uuid", metavar="<uuid>", help="fm alarm-list --uuid")
    delete.set_defaults(run=_delete)
    summary = commands.add_parser("alarm-summary", help="how many alarms of each severity")
    output.add_options(summary)
    summary.set_defaults(run=_summary)


def _list(platform: Platform, given: argparse.Namespace) -> None:
    found = platform.get(queries.path("/alarms", given.query, {}))["alarms"]
    headings = {**({"uuid": "UUID"} if given.uuid else {}), **LISTED}
    if given.mgmt_affecting:
        headings["mgmt_affecting"] = "Management Affecting"
    output.print_list(given, found, headings)


def _show(platform: Platform, given: argparse.Namespace) -> None:
    try:
        found = platform.get(f"/alarms/{quote(given.uuid, safe='')}")
    except HttpError as error:
        raise _not_found(error, given.uuid) from error
    output.print_one(given, found, SHOWN)


def _delete(platform: Platform, given: argparse.Namespace) -> None:
    try:
        platform.delete(f"/alarms/{quote(given.uuid, safe='')}")
    except HttpError as error:
        raise _not_found(error, given.uuid) from error


def _not_found(error: HttpError, uuid: str) -> CommandError:
    return CommandError(f"Alarm not found: {uuid}", "fm alarm-list --uuid") if error.status == 404 else error


def _summary(platform: Platform, given: argparse.Namespace) -> None:
    output.print_list(given, [platform.get("/alarms/summary")], SUMMARY)
