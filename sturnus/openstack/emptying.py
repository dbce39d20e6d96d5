"""Deletes the servers that are left when OpenStack goes: their processes live on hosts, and would outlive the pods.

A removal that was not forced comes here with none. Nova would refuse to start on a host with guests that a new database
does not know (reference/openstack.md §2.5).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from sturnus.cloud.session import NOVA, Services, administrator, session
from sturnus.core.errors import SturnusError
from sturnus.core.together import together
from sturnus.openstack.check_leftovers import gone

DEADLINE: Final = timedelta(seconds=120)
AT_ONCE: Final = 8
"""Servers that are deleted side by side."""

log = structlog.stdlib.get_logger(__name__)


async def delete_servers(services: Services, password: str | None, deadline: timedelta = DEADLINE) -> None:
    """Delete all servers of all projects, as far as that can be done in time. Never fails: the removal goes on.

    `password`: the administrator's; None: there is none, so nobody ever made any.
    """
    if password is None:
        return
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            await _delete(services, password)
    except (SturnusError, TimeoutError) as error:
        log.warning("servers may be left on hosts", reason=str(error) or f"not gone within {deadline}")


async def _delete(services: Services, password: str) -> None:
    admin = await session(services, administrator(password))
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(server: str) -> None:
        async with gate:
            await gone(admin, server)

    while found := (await admin.get(NOVA, "/v2.1/servers?all_tenants=1"))["servers"]:  # a thousand at once
        log.info("servers deleted with their cloud", count=len(found))
        await together(one(each["id"]) for each in found)
