"""`lab up`."""

from __future__ import annotations

import argparse
import sys

from lab.bringup.request import Request
from lab.bringup.snapshot import restore
from lab.bringup.up import up, up_bare, up_empty
from lab.doctor.checks import Severity, findings
from lab.doctor.facts import gather
from lab.ground.errors import LabError
from lab.ground.progress import progress_for_this_output
from lab.ground.records import load
from lab.rack.process import not_served


def run(parsed: argparse.Namespace) -> None:
    """Bring a lab up."""
    if load(parsed.name) is None:
        _require_a_fit_machine()
    progress = progress_for_this_output()
    request = Request(
        name=parsed.name,
        controllers=parsed.controllers,
        workers=parsed.workers,
        controller_memory_mib=parsed.controller_memory,
        worker_memory_mib=parsed.worker_memory,
    )
    if parsed.from_snapshot:
        restore(parsed.name, parsed.from_snapshot, progress)
    bring_up = up_bare if parsed.bare else up_empty if parsed.empty else up
    lab = bring_up(request, progress)
    for sentence in not_served(lab):
        sys.stderr.write(f"lab: not open on this machine: {sentence}\n")
    named = "" if lab.name == "lab" else f" --name {lab.name}"
    outside = lab.outside(lab.active_controller)
    sys.stdout.write(f"lab {lab.name} is up: {len(lab.hosts)} hosts; controller-0 is {outside} on this machine\n")
    if parsed.bare:
        configure = f"config_controller --config-file /root/config.ini --public-host {outside}"
        sys.stdout.write(f"try: lab exec{named} controller-0 -- {configure}\n")
    elif not parsed.empty:
        sys.stdout.write(f"try: lab kubectl{named} -- get nodes\n")


def _require_a_fit_machine() -> None:
    """Say all that is wrong at once, rather than one at a time in the middle of the work."""
    fatal = [finding for finding in findings(gather()) if finding.severity is Severity.FATAL]
    if fatal:
        problems = "; ".join(f"{finding.problem} ({finding.remedy})" for finding in fatal)
        raise LabError(f"this machine cannot hold a lab: {problems}", "lab doctor explains")
