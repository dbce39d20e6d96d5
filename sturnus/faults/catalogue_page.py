"""Draws docs/reference/alarms.md from the catalogue: `python -m sturnus.faults.catalogue_page`, by redirection."""

from __future__ import annotations

import sys
from typing import Final

from sturnus.faults.catalogue import CATALOGUE, Kind, Source

INTRODUCTION: Final = """\
# Alarms

Made from `sturnus/faults/catalogue.py` by `python -m sturnus.faults.catalogue_page`; a test compares the two.

`fm alarm-list` shows what is wrong now, `fm alarm-show UUID` one alarm with what to do, `fm event-list` what came and
went. An alarm is active for as long as its reason lasts: nobody has to acknowledge it. One that is deleted by hand
(`fm alarm-delete`: operator, configurator, admin) comes back if its reason lasts: the inventory's within 30
seconds, the VIM's within a minute.

Servers are looked at once a minute, for as long as a host has them.

Numbers are StarlingX's where it has the same alarm. 600.001 to 600.099 (the platform) and 600.101 to 600.199 (the VIM)
are ours. `sturnus serve faults` serves them on port 18002 (catalogue: `faultmanagement`); the inventory writes its
alarms itself, the VIM sends its own to `faults_url`. 250.001 is raised after a minute, since every change makes
configurations old for a moment. Suppression cannot be asked for yet.
"""
_WHO: Final = {Source.INVENTORY: "By the inventory", Source.VIM: "By the VIM"}


def render() -> str:
    """Render the page, one table for each who raises alarms."""
    return "\n".join([INTRODUCTION, *(_section(source) for source in Source)])


def _section(source: Source) -> str:
    kinds = [CATALOGUE[number] for number in sorted(CATALOGUE) if CATALOGUE[number].source is source]
    lines = [
        f"## {_WHO[source]}\n",
        "| number | what | entity | severity | type, cause | service | suppressible | upgrades wait | what to do |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(kind) for kind in kinds),
    ]
    return "\n".join(lines) + "\n"


def _row(kind: Kind) -> str:
    words = (
        kind.id, kind.what, f"`{kind.entity}`", kind.severity, f"{kind.type}, {kind.cause}",
        "affected" if kind.service_affecting else "-", _yes(kind.suppressible), _yes(kind.management_affecting),
        kind.repair,
    )  # fmt: skip
    return f"| {' | '.join(words)} |"


def _yes(fact: bool) -> str:  # noqa: FBT001 -- drawn, not decided by
    return "yes" if fact else "-"


if __name__ == "__main__":
    sys.stdout.write(render())
