"""One TCP connection from outside into a server, held while something happens to what carries it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.openstack.servers import SHELL, Server, User

STOP = 60
"""Seconds."""


@dataclass
class Held:
    """What is known of it once the block has ended."""

    longest_silence: float = float("nan")  # seconds


@contextmanager
def held(user: User, server: Server) -> Iterator[Held]:
    """Hold a connection during the block; fails if it breaks."""
    lab = Path(sys.executable).with_name("lab")
    program = [sys.executable, SHELL, server.floating, "--listen"]
    command = [str(lab), "exec", "--name", user.cloud.lab.name, "client", "--", *program]
    found = Held()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout is not None
        assert listening.stdout.readline().strip() == "listening", f"no connection to {server.floating}"
        yield found
        said, _ = listening.communicate(timeout=STOP)
    assert listening.returncode == 0, f"the connection to {server.name} broke: {said}"
    found.longest_silence = float(said.strip().splitlines()[-1])
