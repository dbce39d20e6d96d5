"""Takes away what the check of an installation made in OpenStack, or an earlier one that was cut off.

All of it has one name, and belongs to projects of that name.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from sturnus.cloud.session import GLANCE, KEYSTONE, NEUTRON, NOVA, Session
from sturnus.core.errors import NotFound
from sturnus.kubernetes.service_proxy import Address

NAME: Final = "sturnus-check"
"""Of all that the check makes."""
PAUSE: Final = 1.0
"""Seconds between two looks at what OpenStack does: it tells nobody."""


async def clear_away(admin: Session) -> None:
    """Take it all away. Doing it again does no harm; the caller has the deadline.

    Raises:
        Unavailable: a service does not answer.
        Conflict: something is still in use by what goes at this moment.

    """
    projects = [each["id"] for each in await _listed(admin, KEYSTONE, f"/v3/projects?name={NAME}", "projects")]
    for project in projects:
        await _empty(admin, project)
    for flavor in await _listed(admin, NOVA, "/v2.1/flavors?is_public=None", "flavors"):
        if flavor["name"] == NAME:
            await admin.delete(NOVA, f"/v2.1/flavors/{flavor['id']}")
    for user in await _listed(admin, KEYSTONE, f"/v3/users?name={NAME}", "users"):
        await admin.delete(KEYSTONE, f"/v3/users/{user['id']}")
    for project in projects:
        await admin.delete(KEYSTONE, f"/v3/projects/{project}")


async def gone(by: Session, server: str) -> None:
    """Delete a server, and wait until it is gone; the caller has the deadline."""
    await by.delete(NOVA, f"/v2.1/servers/{server}")
    while True:
        try:
            await by.get(NOVA, f"/v2.1/servers/{server}")
        except NotFound:
            return
        await asyncio.sleep(PAUSE)


async def _empty(admin: Session, project: str) -> None:
    for server in await _listed(admin, NOVA, f"/v2.1/servers?all_tenants=1&project_id={project}", "servers"):
        await gone(admin, server["id"])
    for port in await _listed(admin, NEUTRON, f"/v2.0/ports?project_id={project}", "ports"):
        if not port["device_owner"].startswith("network:"):  # those go with their network
            await admin.delete(NEUTRON, f"/v2.0/ports/{port['id']}")
    for network in await _listed(admin, NEUTRON, f"/v2.0/networks?project_id={project}", "networks"):
        await admin.delete(NEUTRON, f"/v2.0/networks/{network['id']}")
    for image in await _listed(admin, GLANCE, f"/v2/images?owner={project}&visibility=all", "images"):
        await admin.delete(GLANCE, f"/v2/images/{image['id']}")


async def _listed(admin: Session, where: Address, path: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await admin.get(where, path))[kind]
    return found
