"""A user's name and password, with the password kept out of everything that is printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Credentials:
    """Enough to ask Keystone for a token of one project. User and project are of the domain `default`."""

    username: str
    project: str
    password: str = field(repr=False)

    def request_body(self) -> dict[str, object]:
        """`POST /v3/auth/tokens` (Keystone API v3, "Password authentication with scoped authorization")."""
        domain = {"id": "default"}
        user = {"name": self.username, "domain": domain, "password": self.password}
        return {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": self.project, "domain": domain}},
            }
        }


ReadCredentials = Callable[[], Credentials]
"""Reads them anew each time: after a 401 the file may hold another password. May block; runs in a thread."""


def credentials_in(file: Path, username: str, project: str) -> ReadCredentials:
    """Make the reader of a file that holds nothing but the password."""

    def read() -> Credentials:
        return Credentials(username, project, file.read_text().rstrip("\n"))

    return read
