"""The platform as its users have it: a server process with a way into a real cluster, and the `system` command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.inventory.server import TOKENS, Server

DEADLINE = 300
"""Seconds; no test is about how fast a shared machine is."""


@dataclass(frozen=True)
class Said:
    """What a command said."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Platform:
    server: Server
    directory: Path

    def system(self, *arguments: str, status: int | None = 0) -> Said:
        """Type a command; None: any exit status is fine."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "SYSTEM_"))}
        done = subprocess.run(
            [sys.executable, "-m", "sturnus.cli.system.main", *arguments],
            env=clean | {"OS_AUTH_TOKEN": TOKENS["admin"], "SYSTEM_URL": f"http://127.0.0.1:{self.server.port}"},
            capture_output=True, text=True, timeout=DEADLINE, check=False,
        )  # fmt: skip
        assert status in {None, done.returncode}, (
            f"{arguments}: {done.stdout}{done.stderr}{self.server.log.read_text()[-3000:]}"
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def application(self, name: str) -> dict[str, Any]:
        return self.server.request("GET", f"/v1/apps/{name}").body

    def operations(self, name: str) -> list[dict[str, Any]]:
        """What was done, newest first."""
        return self.server.request("GET", f"/v1/sturnus/apps/{name}/operations").body["operations"]

    def phases(self, name: str) -> dict[str, str]:
        """How the latest operation left each release."""
        return {each["release"]: each["phase"] for each in self.operations(name)[0]["releases"]}

    def until(self, name: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look at the latest operation until it is so."""
        end = time.monotonic() + DEADLINE
        while not reached(found := self.operations(name)[0]):
            assert time.monotonic() < end, found
            time.sleep(0.05)
        return found
