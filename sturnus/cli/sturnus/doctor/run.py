"""The command: what runs here is looked at, judged, and reported."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import ValidationError

from sturnus.cli.sturnus.doctor import gathering, hosting, verdicts
from sturnus.cli.sturnus.doctor.verdicts import Level, Verdict
from sturnus.core.settings import Settings, settings_file

COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.WRONG: "31"}
PROC = Path("/proc")


async def run(given: argparse.Namespace) -> int:
    """Report; 1 if something is wrong."""
    found = [*await _platform(), *await _agent(given)]
    if not found:
        found = [
            verdicts.wrong(
                "here",
                f"neither {settings_file()} nor an agent is on this host",
                "run it on a controller or on a host with an agent, or name the settings: STURNUS_CONFIG=FILE",
            )
        ]
    if given.format == "json":
        sys.stdout.write(json.dumps([asdict(verdict) for verdict in found], indent=2) + "\n")
    else:
        coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        sys.stdout.write(in_lines(found, coloured=coloured))
    return int(any(verdict.level is Level.WRONG for verdict in found))


async def _platform() -> Sequence[Verdict]:
    said_in_environment = any(name.startswith("STURNUS_") for name in os.environ)
    if not settings_file().exists() and not said_in_environment:
        return []
    try:
        settings = Settings()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        return [verdicts.wrong("settings", f"{settings_file()}: {faults}", "correct it")]
    except (OSError, ValueError) as error:
        return [verdicts.wrong("settings", f"{settings_file()}: {error}", "correct it, or see who may read it")]
    return verdicts.of_platform(await gathering.gather(settings))


async def _agent(given: argparse.Namespace) -> Sequence[Verdict]:
    facts = await hosting.gather(PROC, given.understand)
    return [] if facts is None else verdicts.of_agent(facts)


def in_lines(found: Sequence[Verdict], *, coloured: bool) -> str:
    """The report for people."""
    width = max(len(verdict.subject) for verdict in found)
    lines = []
    for verdict in found:
        level = f"{verdict.level:<7}"
        if coloured:
            level = f"\x1b[{COLOURS[verdict.level]}m{level}\x1b[0m"
        lines.append(f"{level}  {verdict.subject:<{width}}  {verdict.found}")
        if verdict.remedy:
            lines.append(f"{'':<7}  {'':<{width}}  do: {verdict.remedy}")
    counted = {level: sum(verdict.level is level for verdict in found) for level in Level}
    wrong, warnings = counted[Level.WRONG], counted[Level.WARNING]
    lines.append(f"{len(found)} checks: {wrong} wrong, {warnings} {'warning' if warnings == 1 else 'warnings'}")
    return "\n".join(lines) + "\n"
