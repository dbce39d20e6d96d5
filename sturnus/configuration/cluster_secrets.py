"""Secrets that the OpenStack application keeps in its namespace."""

from __future__ import annotations

from base64 import b64decode
from typing import Final

from sturnus.core.errors import NotFound
from sturnus.kubernetes.connection import Connection

PASSWORDS: Final = "api/v1/namespaces/openstack/secrets/openstack-passwords"
ADMIN: Final = "keystone-admin"


class ClusterSecrets:
    """Implements `configuration.ports.SecretSource`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def openstack_admin_password(self) -> str | None:
        """Read it anew. Unavailable if Kubernetes does not answer."""
        try:
            found = await self._connection.get(PASSWORDS)
        except NotFound:
            return None
        encoded = (found.get("data") or {}).get(ADMIN)
        return None if encoded is None else b64decode(encoded).decode()
