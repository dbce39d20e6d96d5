"""Tokens from a file, for a machine without Keystone.

    # sturnus-tokens.toml, mode 0600
    [[token]]
    sha256 = "…"            # printf %s TOKEN | sha256sum
    user = "admin"
    roles = ["admin"]

The file holds digests, so that who reads it cannot call the API. It is read again when it changes.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sturnus.core.errors import Unavailable
from sturnus.core.identity import Identity, Unauthorized


class _Token(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sha256: str
    user: str
    project: str = "admin"
    roles: list[str]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: list[_Token] = []


class TokenFile:
    """An `Authenticator` over one file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at = 0
        self._known: dict[str, Identity] = {}

    async def authenticate(self, token: str) -> Identity:
        """Look the digest up. Unavailable when the file cannot be understood: nobody gets in then."""
        self._refresh()
        # A dictionary's lookup may take longer for a digest that begins alike; that tells nothing of the token.
        identity = self._known.get(hashlib.sha256(token.encode()).hexdigest())
        if identity is None:
            raise Unauthorized
        return identity

    def _refresh(self) -> None:
        try:
            changed = self._file.stat().st_mtime_ns
            if changed == self._read_at:
                return
            content = _File.model_validate(tomllib.loads(self._file.read_text()))
        except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
            raise Unavailable(
                "tokens cannot be checked: the token file cannot be read",
                expected="a file as described in sturnus/api/token_file.py",
                remedy="correct the file that token_file names; nothing has to be restarted",
            ) from error
        self._known = {
            each.sha256.lower(): Identity(each.user, each.project, frozenset(each.roles)) for each in content.token
        }
        self._read_at = changed
