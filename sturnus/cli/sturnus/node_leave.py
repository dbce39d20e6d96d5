"""`sturnus node-leave`: this host is no node any more, and holds no credentials of the cluster."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sturnus.configuration.bare import node
from sturnus.configuration.bare.host import ProgramFailed, ThisHost
from sturnus.core.errors import Unavailable


async def run(_: argparse.Namespace) -> None:
    """Do it. Raises the closed set."""
    await asyncio.to_thread(_run)


def _run() -> None:
    if not Path(node.JOINED_AS).exists():
        sys.stdout.write("this host was not let into a cluster by the platform: nothing to do\n")
        return
    try:
        node.reset(ThisHost())
    except ProgramFailed as failed:
        raise Unavailable(
            f"{failed.problem}: {failed.reason}", expected="no node", remedy="sturnus node-leave; it is tried again"
        ) from failed
    sys.stdout.write("this host has left its cluster\n")
