"""A plan, for people and for programs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from sturnus.cli import output

COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
PLAIN = "\x1b[0m"
MOST_VALUES = 12
"""Changed values of one release that are shown without --diff."""


def show(given: argparse.Namespace, plan: Mapping[str, Any]) -> int:
    """Print it; 1 if something stands against it."""
    if given.format == "json":
        sys.stdout.write(json.dumps(plan, indent=2) + "\n")
        return 1 if plan["obstacles"] else 0
    rows = [
        {
            "release": each["release"],
            "change": each["change"],
            "chart": each["chart"],
            "objects": _objects(each),
            "restarts": ", ".join(each["restarts"]),
            "reason": each["reason"],
        }
        for each in plan["releases"]
    ]
    headings = ["release", "change", "chart", "objects", "restarts", "why"]
    sys.stdout.write(output.table(headings, [[str(cell) for cell in row.values()] for row in rows]) + "\n")
    for each in plan["releases"]:
        _details(each, whole=given.diff)
    for each in plan["obstacles"]:
        sys.stdout.write(f"Against it: {each['subject']}: {each['problem']}\n  To do: {each['remedy']}\n")
    _end(plan)
    return 1 if plan["obstacles"] else 0


def _end(plan: Mapping[str, Any]) -> None:
    if plan["empty"]:
        sys.stdout.write("Nothing would be written.\n")
        return
    command = f"system application-install {plan['application']} --plan {plan['id']}"
    sys.stdout.write(f"Plan {plan['id']}. To do exactly this: {command}\n")


def _objects(release: Mapping[str, Any]) -> str:
    counts: dict[str, int] = {}
    for each in release["objects"]:
        counts[each["change"]] = counts.get(each["change"], 0) + 1
    return ", ".join(f"{number} {change}" for change, number in counts.items())


def _details(release: Mapping[str, Any], *, whole: bool) -> None:
    values = release["values"] if whole or release["change"] == "upgrade" else []
    shown = values if whole else values[:MOST_VALUES]
    if shown or release["jobs_replaced"] or release["images_missing"] or (whole and release["objects"]):
        sys.stdout.write(f"\n{release['release']}:\n")
    for each in shown:
        sys.stdout.write(f"  {each['path']}: {_side(each['before'])} → {_side(each['after'])}\n")
    if len(shown) < len(values):
        sys.stdout.write(f"  and {len(values) - len(shown)} more values: --diff\n")
    for job in release["jobs_replaced"]:
        sys.stdout.write(f"  Job {job} cannot be changed: deleted, and made anew\n")
    for image in release["images_missing"]:
        sys.stdout.write(f"  image {image} is not in the local registry yet\n")
    if whole:
        for each in release["objects"]:
            sys.stdout.write(f"  {each['change']} {each['name']}\n")
            sys.stdout.writelines(f"    {_coloured(line)}\n" for line in each["diff"])


def _side(text: str | None) -> str:
    return "(none)" if text is None else text


def _coloured(line: str) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return line
    colour = COLOURS.get(line[:1], "")
    return f"{colour}{line}{PLAIN}" if colour else line
