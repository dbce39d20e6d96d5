"""Files that appear whole or not at all, and are never readable by others, not even for a moment."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, text: str, mode: int, *, user: int = -1, group: int = -1) -> None:
    """Put a file in place in one step that a power cut cannot halve. -1: owned by whoever we are."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        os.fchown(handle, user, group)
        os.fchmod(handle, mode)
        file.write(text)
        file.flush()
        os.fsync(handle)
    beside.replace(path)
