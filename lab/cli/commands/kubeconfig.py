"""`lab kubeconfig`."""

from __future__ import annotations

import argparse
import sys

from lab.ground.errors import LabError
from lab.ground.records import existing


def run(parsed: argparse.Namespace) -> None:
    """Print the path of the administrator's kubeconfig."""
    lab = existing(parsed.name)
    if not lab.paths.kubeconfig.exists():
        raise LabError(f"lab {lab.name} has no Kubernetes", f"lab up --name {lab.name}")
    sys.stdout.write(f"{lab.paths.kubeconfig}\n")
