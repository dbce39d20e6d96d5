"""How long each chapter took: printed at the end, and kept where that is asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path


def table(took: Mapping[str, float]) -> str:
    """Chapters' names to seconds, as lines, with their sum. Pure."""
    width = max((len(name) for name in took), default=0)
    lines = [f"  {name:{width}}  {_clock(seconds)}" for name, seconds in (*took.items(), ("", sum(took.values())))]
    return "\n".join(("", "Times:", *lines))


def keep(file: Path, took: Mapping[str, float]) -> None:
    """Write them, with the time of day and the load at the end."""
    measured = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": round(os.getloadavg()[0], 1),
        "chapters_s": {name: round(seconds, 1) for name, seconds in took.items()},
        "all_s": round(sum(took.values()), 1),
    }
    file.write_text(json.dumps(measured, indent=1) + "\n")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:3d}:{rest:02d}"
