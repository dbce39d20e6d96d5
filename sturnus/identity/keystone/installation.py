"""Keystone's packages, in a virtual environment of their own: its hundred pins would bind the platform's.

The environment is named after what it was made from, so a new lock file makes a new one beside the old, and a second
bootstrap (or test run) finds it. The mark is written last: what has no mark is half-made and is made again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path

from sturnus.identity.keystone import locks
from sturnus.identity.keystone.processes import Command, run


@dataclass(frozen=True, slots=True)
class Installation:
    """Where Keystone's programs are, or will be."""

    home: Path

    @classmethod
    def within(cls, cache: Path) -> Installation:
        """Name the installation that fits this release's lock file and this Python."""
        made_from = hashlib.sha256(_lock_file().encode())
        made_from.update(sys.version.encode())
        return cls(cache / f"keystone-{made_from.hexdigest()[:16]}")

    @property
    def uwsgi(self) -> Path:
        """Serves the WSGI module."""
        return self.home / "bin/uwsgi"

    @property
    def keystone_manage(self) -> Path:
        """Keystone's own tool for its database."""
        return self.home / "bin/keystone-manage"

    @property
    def migrations(self) -> Path:
        """Keystone's migrations, and the two files that name the newest (one per branch)."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.home / "lib" / version / "site-packages/keystone/common/sql/migrations/versions"

    @property
    def mark(self) -> Path:
        """Exists when the installation is complete."""
        return self.home / "complete"

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to install."""
        return self.mark.exists()

    async def install(self) -> None:
        """Make it, from nothing. Takes 20 s and the network; a second process waits for none of it, and is told."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        lock = self.home.with_suffix(".lock")
        with locks.alone(lock, doing="Keystone is being installed", remedy="wait for it, then bootstrap again"):
            if self.complete:
                return
            await asyncio.to_thread(shutil.rmtree, self.home, ignore_errors=True)
            await run(Command((sys.executable, "-m", "venv", str(self.home)), {}, timedelta(minutes=2)))
            requirements = self.home / "requirements.lock"
            requirements.write_text(_lock_file())
            pip = (str(self.home / "bin/pip"), "install", "--quiet", "--disable-pip-version-check")
            options = ("--require-hashes", "--only-binary=:all:", "--requirement", str(requirements))
            # The whole environment: pip finds its index, proxy and certificates there.
            await run(Command((*pip, *options), os.environ, timedelta(minutes=15)))
            self.mark.touch()


def _lock_file() -> str:
    return resources.files(__package__).joinpath("requirements.lock").read_text()
