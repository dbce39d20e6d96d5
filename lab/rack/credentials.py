"""Who may use a host's baseboard controller."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.ground.description import Host, Lab
from lab.ground.records import replace_file

USER: Final = "admin"


@dataclass(frozen=True, slots=True)
class BmcCredentials:
    """A user of one baseboard controller."""

    user: str
    password: str


def ensure(lab: Lab, host: Host) -> BmcCredentials:
    """The credentials of a host's baseboard controller, made at the first call."""
    password = file(lab, host)
    if not password.exists():
        replace_file(password, secrets.token_urlsafe(18), 0o600)
    return BmcCredentials(USER, password.read_text())


def file(lab: Lab, host: Host) -> Path:
    """Where the password is kept; mode 0600."""
    return lab.paths.secrets / "bmc" / host.name
