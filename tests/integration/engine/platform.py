"""The platform as its users have it: a server process with a way into a real cluster, and the `system` command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.ground.description import Lab
from lab.programs.build import built
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
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment, capture_output=True, text=True, timeout=DEADLINE, check=False,
        )  # fmt: skip
        assert status in {None, done.returncode}, (
            f"{arguments}: {done.stdout}{done.stderr}{self.server.log.read_text()[-3000:]}"
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "sturnus.cli.system.main", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """Of who types commands."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "SYSTEM_"))}
        return clean | {"OS_AUTH_TOKEN": TOKENS["admin"], "SYSTEM_URL": f"http://127.0.0.1:{self.server.port}"}

    def application(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.server.request("GET", f"/v1/apps/{name}").body
        return found

    def operations(self, name: str) -> list[dict[str, Any]]:
        """What was done, newest first."""
        found: list[dict[str, Any]]
        found = self.server.request("GET", f"/v1/sturnus/apps/{name}/operations").body["operations"]
        return found

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

    def ended(self, name: str) -> dict[str, Any]:
        """The latest operation, once nothing is under way any more."""
        return self.until(name, lambda operation: operation["state"] not in {"queued", "running"})


def until(fact: Callable[[], bool], seconds: float = DEADLINE) -> None:
    """Look until it is so."""
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, fact
        time.sleep(0.01)


@contextmanager
def serving(lab: Lab, directory: Path, more: Mapping[str, str] | None = None) -> Iterator[Platform]:
    """A platform of its own in a directory; `more` settings, as variables of the environment."""
    settings = {
        "STURNUS_APPLICATIONS_KUBECONFIG": str(lab.paths.kubeconfig),
        "STURNUS_STATE_DIRECTORY": str(directory / "state"),
        "STURNUS_HELM": str(built() / "helm"),
        "STURNUS_SYSTEM_NAME": f"test-{directory.name}",
        **(more or {}),
    }
    server = Server(directory, f"sqlite+aiosqlite:///{directory}/sturnus.db", settings)
    server.upgrade()
    server.start()
    try:
        yield Platform(server, directory)
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
