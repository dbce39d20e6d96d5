"""`lab doctor`."""

from __future__ import annotations

import argparse
import json
import sys

from lab.doctor.checks import CHECKS, Severity, findings
from lab.doctor.facts import gather


def run(parsed: argparse.Namespace) -> int:
    """Print what is wrong with this machine; 1 if a lab cannot come up on it."""
    found = findings(gather())
    if parsed.format == "json":
        rows = [{"severity": f.severity, "problem": f.problem, "remedy": f.remedy} for f in found]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        for finding in found:
            sys.stdout.write(f"{finding.severity}: {finding.problem}\n  do: {finding.remedy}\n")
        fatal = sum(finding.severity is Severity.FATAL for finding in found)
        verdict = f"{fatal} must be mended before a lab comes up" if fatal else "a lab can come up here"
        sys.stdout.write(f"{len(CHECKS)} checks, {len(found)} findings: {verdict}\n")
    return int(any(finding.severity is Severity.FATAL for finding in found))
