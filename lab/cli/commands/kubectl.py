"""`lab kubectl`."""

from __future__ import annotations

import argparse
import os

from lab.cli.commands.kubeconfig import path_of
from lab.ground.records import existing
from lab.programs.build import built


def run(parsed: argparse.Namespace) -> None:
    """Become the kubectl of the lab's own version, with its administrator's rights."""
    os.environ["KUBECONFIG"] = str(path_of(existing(parsed.name)))
    os.execv(built() / "kubectl", ["kubectl", *parsed.argv])
