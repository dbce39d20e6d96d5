"""Chapters of the demo's story, told on a lab as a user has them told: what is there already is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[2]
LONGEST: Final = 3600
"""Seconds: with all images built from nothing, on a busy machine."""
UNTIL_LABELLED: Final = ("hosts", "configuration", "labels")


def tell(lab: str, *arguments: str) -> str:
    """Tell the story, or some chapters, to the end; give what was said."""
    command = [sys.executable, "-m", "demo", *arguments, "--lab", lab]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, f"{' '.join(command[1:])}: {done.stdout[-6000:]}{done.stderr[-3000:]}"
    return done.stdout
