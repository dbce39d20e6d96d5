"""One of the platform's servers as a process of its own, with its own environment and output."""

import re
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Protocol

from tests.integration.forked import Forked

PATIENCE = 180
"""Seconds until something counts as never happening: how slow a shared machine is says nothing about the server."""


class Process(Protocol):
    """What is asked of a process; `subprocess.Popen` has it too."""

    pid: int

    def poll(self) -> int | None:
        """Its status once it has ended."""

    def wait(self, timeout: float) -> int:
        """Its status, which is awaited."""

    def send_signal(self, sig: int) -> None:
        """Send it, unless it has ended."""


class Program:
    """Its output goes to a file, from which the port is read that it listens on."""

    serves: ClassVar[str]
    """What `sturnus serve` is told."""
    home: Path
    port: int
    process: Process | None

    @property
    def environment(self) -> Mapping[str, str]:
        """All that the process sees."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        return self.home / f"{self.serves}.log"

    def upgrade(self) -> None:
        """Make the tables."""
        assert self._sturnus("db", "upgrade").wait(PATIENCE) == 0, self.log.read_text()

    def start(self) -> None:
        self.log.write_bytes(b"")
        self.process = self._sturnus("serve", self.serves)
        end = time.monotonic() + PATIENCE
        while not (found := re.search(r'"port": (\d+)', self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)
        self.port = int(found.group(1))

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def _sturnus(self, *arguments: str) -> Process:
        return Forked(arguments, self.environment, self.log)
