"""`system helm-override-*`, `system helm-chart-attribute-modify`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform

LISTED = {"name": "chart name", "namespaces": "overrides namespaces"}
LISTED_LONG = {**LISTED, "enabled": "chart enabled"}
SHOWN = ("attributes", "combined_overrides", "name", "namespace", "system_overrides", "user_overrides")
EXPLAINED = {
    "path": "value of", "value": "value", "layer": "layer", "who": "who", "when": "when", "instead_of": "instead of",
}  # fmt: skip

UPDATE_HELP = r"""
Values of the chart are laid over each other: chart, manifest, system, user. Maps are merged, lists are replaced, null
takes away what lower layers say.

  --set conf.nova.DEFAULT.debug=true    true, false, null and -5 are typed; digits alone stay a text
  --set hosts[0].name=compute-0         an element of a list
  --set annotations.example\.com/a=b    a backslash takes the meaning from . , = and [
  --values FILE                         YAML, for all that does not fit into one KEY=VALUE; - reads standard input

Without --reuse-values the stored overrides are replaced. A name that the chart does not know is refused, unless you
say --force. Overrides count from the next application-apply on. A secret belongs into a file: others on this machine
can see arguments.
"""


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    listing = commands.add_parser("helm-override-list", help="list the charts of an application")
    listing.add_argument("app", metavar="<app name>")
    listing.add_argument("-l", "--long", action="store_true", help="also whether each chart is enabled")
    output.add_options(listing)
    listing.set_defaults(run=_list)
    show = _chart_command(commands, "helm-override-show", "show a chart's overrides", _show)
    show.add_argument("--show-secrets", action="store_true", help="secrets too (administrators)")
    output.add_options(show)
    _add_update(commands)
    _chart_command(commands, "helm-override-delete", "take away a chart's user overrides", _delete)
    explain = _chart_command(commands, "helm-override-explain", "say where a chart's values come from", _explain)
    explain.add_argument(
        "key", nargs="?", metavar="<key>", help="only this value, or those below it: conf.nova.DEFAULT"
    )
    output.add_options(explain)
    # Upstream's order of arguments: the option stands before them, and may stand after.
    attribute = _chart_command(commands, "helm-chart-attribute-modify", "enable or disable a chart", _modify)
    attribute.add_argument("--enabled", choices=("true", "false"), metavar="<true/false>")
    output.add_options(attribute)


def _chart_command(commands: Any, name: str, text: str, run: Any, **more: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, **more)
    parser.add_argument("app", metavar="<app name>")
    parser.add_argument("chart", metavar="<chart name>")
    parser.add_argument("namespace", metavar="<namespace>")
    parser.set_defaults(run=run)
    return parser


def _add_update(commands: Any) -> None:
    update = _chart_command(
        commands,
        "helm-override-update",
        "change a chart's user overrides",
        _update,
        epilog=UPDATE_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    update.add_argument("--reuse-values", action="store_true", help="keep the stored overrides, new ones on top")
    update.add_argument("--reset-values", action="store_true", help="forget the stored overrides (the default)")
    update.add_argument("--values", action="append", default=[], metavar="<file>", help="YAML; may be repeated")
    update.add_argument("--set", action="append", default=[], metavar="<key=value>", help="one value; may be repeated")
    update.add_argument("--reapply", action="store_true", help="then install the application again")
    update.add_argument("--reapply-all", action="store_true", help="then install all applications again")
    update.add_argument("--force", action="store_true", help="also names that the chart does not know")
    output.add_options(update)


def _list(platform: Platform, given: argparse.Namespace) -> None:
    charts = platform.get(f"/helm_charts?{urlencode({'app_name': given.app})}")["charts"]
    output.print_list(given, charts, LISTED_LONG if given.long else LISTED)


def _show(platform: Platform, given: argparse.Namespace) -> None:
    more = {"secrets": "shown"} if given.show_secrets else {}
    output.print_texts(given, platform.get(_path(given, **more)), SHOWN)


def _update(platform: Platform, given: argparse.Namespace) -> None:
    if not (given.values or given.set or given.reuse_values or given.reset_values):
        # StarlingX's command would clear the overrides.
        raise CommandError("Nothing to change.", "say --set KEY=VALUE, --values FILE, or --reset-values to clear them")
    if given.reuse_values and given.reset_values:
        raise CommandError("Stored values cannot be both reused and reset.", "leave one option out")
    body = {
        "flags": {
            "reuse_values": given.reuse_values,
            "reset_values": not given.reuse_values,
            "reapply": given.reapply,
            "reapply_all": given.reapply_all,
            "force": given.force,
        },
        "values": {"files": [_text(name) for name in given.values], "set": given.set},
        "attributes": {},
    }
    output.print_texts(given, platform.patch_with(_path(given), body), ("name", "namespace", "user_overrides"))


def _delete(platform: Platform, given: argparse.Namespace) -> None:
    platform.delete(_path(given))
    sys.stdout.write(f"Deleted chart overrides {given.chart}:{given.namespace} for application {given.app}\n")


def _explain(platform: Platform, given: argparse.Namespace) -> None:
    more = {"key": given.key} if given.key else {}
    rows = platform.get(_path(given, "/sturnus", "/explain", **more))["values"]
    if given.format == "table":
        rows = [
            {**row, "instead_of": _said(row["instead_of"]), "who": row["who"] or "", "when": row["when"] or ""}
            for row in rows
        ]
    output.print_list(given, rows, EXPLAINED)


def _modify(platform: Platform, given: argparse.Namespace) -> None:
    if given.enabled is None:
        raise CommandError("Nothing to change.", "say --enabled true or --enabled false")
    body = {"flags": {}, "values": {}, "attributes": {"enabled": given.enabled}}
    output.print_one(given, platform.patch_with(_path(given), body), ("name", "namespace", "attributes"))


def _path(given: argparse.Namespace, before: str = "", after: str = "", **more: str) -> str:
    asked = urlencode({"name": given.chart, "namespace": given.namespace, **more})
    return f"{before}/helm_charts/{quote(given.app, safe='')}{after}?{asked}"


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CommandError(f"Cannot read {name}: it is no text in UTF-8.", "give a YAML file") from None
    except OSError as error:
        raise CommandError(f"Cannot read {name}: {error.strerror}.", "give a file that is there") from None


def _said(layers: list[dict[str, Any]]) -> str:
    return ", ".join(f"{said['layer']}: {said['value']}" for said in layers)
