"""Who may use a host's baseboard controller."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
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
    file = lab.paths.secrets / "bmc" / host.name
    if not file.exists():
        replace_file(file, secrets.token_urlsafe(18), 0o600)
    return BmcCredentials(USER, file.read_text())
