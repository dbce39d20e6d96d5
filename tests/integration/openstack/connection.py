"""One TCP connection from outside into a server, held while something happens to what carries it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.integration.openstack.servers import SHELL, Server, User

STOP = 90
"""Seconds: longer than the listener waits for its last word, so that it can say what is wrong."""
FEW = 20
"""Words, of which one surely came without delay."""


@dataclass
class Held:
    """What is known of it once the block has ended.

    A server that waits for a processor, as four of them on two processors do, is silent, but its words come as soon as
    they are said. What carries them is to blame for words that come late, and for nothing else.
    """

    words: Sequence[tuple[float, float]] = field(default_factory=list)
    """When each came (seconds of the listener's clock), and when it was said (of the server's)."""

    @property
    def longest_silence(self) -> float:
        """Seconds between two words that followed each other."""
        return max(later - earlier for (earlier, _), (later, _) in pairwise(self.words))

    @property
    def stood_still(self) -> float:
        """Seconds for which the server's clock stopped: what QEMU takes to hand it over to another host."""
        return max(0.0, _fastest(self.words[-FEW:]) - _fastest(self.words[:FEW]))

    @property
    def most_late(self) -> float:
        """Seconds that the slowest word took longer than the fastest, but for what the server's clock stopped."""
        return max(came - said for came, said in self.words) - _fastest(self.words[:FEW]) - self.stood_still

    def __str__(self) -> str:
        return (
            f"longest silence {self.longest_silence:.2f} s, of that not the server's own: it stood still for"
            f" {self.stood_still:.2f} s, a word came {self.most_late:.2f} s late"
        )


def _fastest(words: Sequence[tuple[float, float]]) -> float:
    return min(came - said for came, said in words)


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
    found.words = json.loads(said)
