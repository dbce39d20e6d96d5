"""Logins of registries, from the file that skopeo and podman write (containers-auth.json)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sturnus.core.errors import Unavailable
from sturnus.registry.settings import Login


async def logins_in(file: Path | None) -> Mapping[str, Login]:
    """Read the logins, by HOST[:PORT]; none if no file is set.

    Raises:
        Unavailable: the file cannot be read, or is none of that form. Nothing of it is repeated.

    """
    if file is None:
        return {}
    try:
        return read(await asyncio.to_thread(file.read_text))
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"logins of registries cannot be read: {file}",
            expected="a file that skopeo login --authfile writes",
            remedy=f"skopeo login --authfile {file} REGISTRY",
        ) from error


def read(text: str) -> Mapping[str, Login]:
    """Read the text of such a file. Raises ValueError."""
    content = json.loads(text)
    if not isinstance(content, dict) or not isinstance(content.get("auths", {}), dict):
        raise ValueError("no auths")  # noqa: TRY004 -- of what a file holds, as whoever reads it expects
    return {host: _login(given) for host, given in content.get("auths", {}).items()}


def _login(given: Any) -> Login:
    try:
        user, colon, password = base64.b64decode(dict(given)["auth"], validate=True).decode().partition(":")
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError("no auth") from error
    if not colon:
        raise ValueError("no auth")
    return Login(user, password)
