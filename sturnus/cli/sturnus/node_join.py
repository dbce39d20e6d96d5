"""`sturnus node-join`: this host becomes a node of the cluster."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from sturnus.configuration.bare import joining, node
from sturnus.configuration.bare.host import ProgramFailed, ThisHost
from sturnus.configuration.bare.programs import KUBEADM_JOIN
from sturnus.core.errors import Invalid, Unavailable


async def run(given: argparse.Namespace) -> None:
    """Do it. Raises the closed set."""
    await asyncio.to_thread(_run, given.admission)


def _run(file: Path) -> None:
    try:
        admission = json.loads(file.read_text())
        basis = Path(KUBEADM_JOIN).read_text()
    except (OSError, ValueError) as error:
        raise Invalid(
            f"the host cannot be let in: {error}",
            expected=f"an admission, and {KUBEADM_JOIN}",
            remedy="sturnus node-join --help",
        ) from error
    try:
        outcome = node.join(ThisHost(), joining.configuration(basis, admission), admission["host"])
    except ProgramFailed as failed:
        raise Unavailable(
            f"{failed.problem}: {failed.reason}", expected="a node", remedy="see the kubelet's log; it is tried again"
        ) from failed
    file.unlink(missing_ok=True)
    sys.stdout.write(f"this host is a node: {outcome}\n")
