"""Whether Keystone does what it is for: issues a token.

A port that answers proves nothing: uwsgi's accepts before anything is loaded (reference/openstack.md §2.4).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import httpx2

from sturnus.identity.credentials import Credentials
from sturnus.identity.keystone.administration import token_for
from sturnus.identity.keystone.settings import KeystoneSettings
from sturnus.identity.keystone.wanted import INVENTORY
from sturnus.identity.keystone_tokens import KeystoneUnavailable, client_for, unreachable

DEADLINE: Final = timedelta(seconds=10)


async def check(settings: KeystoneSettings) -> None:
    """Ask for a token. Raises KeystoneUnavailable with the reason when none is issued."""
    file = settings.password_file(INVENTORY)
    try:
        password = await asyncio.to_thread(file.read_text)
    except OSError as error:
        raise KeystoneUnavailable(f"{file}: {error.strerror}") from None
    try:
        async with (
            asyncio.timeout(DEADLINE.total_seconds()),
            client_for(settings.url, settings.ca_file) as client,
        ):
            token = await token_for(client, Credentials(INVENTORY, "services", password))
    except TimeoutError:
        raise KeystoneUnavailable(f"no token within {DEADLINE.total_seconds():g} s from {settings.url}") from None
    except httpx2.HTTPError as error:
        raise unreachable(error, settings.url, settings.ca_file) from None
    if token is None:
        raise KeystoneUnavailable(f"{settings.url} refuses user {INVENTORY}")
