"""Which host of the inventory we are: kept in the agent's state directory from enrolment on."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

from sturnus.core.files import replace_file

FILE: Final = "host"
"""In the state directory: the uuid of our host. While it is missing we enrol, which may be done twice."""


def kept_in(state: Path) -> str | None:
    """The uuid of our host; None: not enrolled, or what a full disk or a power cut left does not say who we are."""
    try:
        return str(UUID((state / FILE).read_text().strip()))
    except (OSError, ValueError):
        return None


def keep(state: Path, host: str) -> None:
    """Write down who we are, whole or not at all: by that it is decided whether we leave the cluster."""
    replace_file(state / FILE, f"{host}\n", 0o600)
