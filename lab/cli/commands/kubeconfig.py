"""`lab kubeconfig`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lab.ground.description import Lab
from lab.ground.errors import LabError
from lab.ground.records import existing
from lab.kubernetes import cluster, steps


def run(parsed: argparse.Namespace) -> None:
    """Print the path of the administrator's kubeconfig."""
    sys.stdout.write(f"{path_of(existing(parsed.name))}\n")


def path_of(lab: Lab) -> Path:
    """The administrator's kubeconfig.

    Raises:
        LabError: the lab has no cluster.

    """
    if not lab.paths.kubeconfig.exists() and steps.is_member(lab, lab.active_controller):  # config_controller's, say
        cluster.write_kubeconfig(lab)
    if not lab.paths.kubeconfig.exists():
        raise LabError(f"lab {lab.name} has no Kubernetes", f"lab up --name {lab.name}")
    return lab.paths.kubeconfig
