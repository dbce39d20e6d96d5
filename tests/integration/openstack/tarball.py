"""The application's tarball of this checkout, made by the commands that developers use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lab.ground.description import Lab

LONGEST = 1800
"""Seconds: of building all images from nothing on a busy machine."""


def made_for(lab: Lab, directory: Path) -> str:
    """Build what images are missing, give them to a lab's registry, and return the tarball's path."""
    _run("images", "build")
    _run("images", "publish", "--lab", lab.name)
    _run("tarball", "--into", str(directory))
    (file,) = directory.glob("openstack-*.tgz")
    return str(file)


def _run(what: str, *arguments: str) -> None:
    command = [sys.executable, "-m", f"apps.openstack.{what}", *arguments]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, f"{' '.join(command[2:])}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
