"""`fm event-*`."""

from __future__ import annotations

import argparse
from typing import Any
from urllib.parse import quote

from sturnus.cli import output
from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.fm import queries
from sturnus.cli.platform import Platform

LISTED = {
    "timestamp": "Time Stamp", "state": "State", "event_log_id": "Event Log ID", "reason_text": "Reason Text",
    "entity_instance_id": "Entity Instance ID", "severity": "Severity",
}  # fmt: skip
SHOWN = (
    "uuid", "event_log_id", "state", "entity_type_id", "entity_instance_id", "timestamp", "severity", "reason_text",
    "event_log_type", "probable_cause", "proposed_repair_action", "service_affecting", "suppression",
    "suppression_status",
)  # fmt: skip
SUPPRESSION = {"alarm_id": "Event ID", "suppression_status": "Status"}

QUERY = """\
FIELD=VALUE, several with semicolons (all must hold). Fields: event_log_id, entity_type_id, entity_instance_id,
severity, reason_text, uuid by = and !=; start and end as 20260131 or '20260131 10:23:45', in UTC\
"""

LIST = """\
What happened, newest first: alarms that were raised or changed (set) and those that ended (clear). The latest 10000 are
kept.

  fm event-list --limit 20
  fm event-list --query 'start=20260131 10:23:45;end=20260201'
  fm event-list --query 'entity_instance_id=host=compute-0;event_log_id=200.004'
"""


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    raw = argparse.RawDescriptionHelpFormatter
    listing = commands.add_parser("event-list", help="what happened", description=LIST, formatter_class=raw)
    listing.add_argument("-q", "--query", metavar="QUERY", help=QUERY)
    listing.add_argument("-l", "--limit", type=int, metavar="NUMBER", help="the latest so many")
    listing.add_argument("--marker", metavar="UUID", help="only what is older than this event: for the next page")
    listing.add_argument("--alarms", action="store_true", help="only alarms that came and went")
    listing.add_argument("--logs", action="store_true", help="only what is no alarm")
    listing.add_argument("--uuid", action="store_true", help="with the uuids that event-show wants")
    listing.add_argument("--include_suppress", action="store_true", help="accepted for compatibility: none is hidden")
    listing.add_argument("--nopaging", action="store_true", help="accepted for compatibility: nothing is paged")
    output.add_options(listing)
    listing.set_defaults(run=_list)
    show = commands.add_parser("event-show", help="one event")
    show.add_argument("uuid", metavar="<uuid>", help="fm event-list --uuid")
    output.add_options(show)
    show.set_defaults(run=_show)
    suppressed = commands.add_parser("event-suppress-list", help="kinds of alarms that are hidden: there are none")
    suppressed.add_argument("--include-unsuppressed", action="store_true", help="all kinds of alarms")
    suppressed.add_argument("--nopaging", action="store_true", help="accepted for compatibility: nothing is paged")
    output.add_options(suppressed)
    suppressed.set_defaults(run=_suppressed)


def _list(platform: Platform, given: argparse.Namespace) -> None:
    options: dict[str, object] = {"limit": given.limit, "marker": given.marker}
    if given.alarms is not given.logs:
        options["alarms" if given.alarms else "logs"] = True
    found = platform.get(queries.path("/event_log", given.query, options))["event_log"]
    output.print_list(given, found, {**({"uuid": "UUID"} if given.uuid else {}), **LISTED})


def _show(platform: Platform, given: argparse.Namespace) -> None:
    try:
        found = platform.get(f"/event_log/{quote(given.uuid, safe='')}")
    except HttpError as error:
        if error.status == 404:
            raise CommandError(f"Event log not found: {given.uuid}", "fm event-list --uuid") from error
        raise
    output.print_one(given, found, SHOWN)


def _suppressed(platform: Platform, given: argparse.Namespace) -> None:
    query = None if given.include_unsuppressed else "suppression_status=suppressed"
    found = platform.get(queries.path("/event_suppression", query, {}))["event_suppression"]
    output.print_list(given, found, SUPPRESSION)
