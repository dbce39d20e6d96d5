"""Secrets that the OpenStack application keeps in its namespace."""

from __future__ import annotations

from typing import Final

from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.secrets import read_secret

NAMESPACE: Final = "openstack"
PASSWORDS: Final = "openstack-passwords"
ADMIN: Final = "keystone-admin"


class ClusterSecrets:
    """Implements `configuration.ports.SecretSource`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def openstack_admin_password(self) -> str | None:
        """Read it anew. Unavailable if Kubernetes does not answer."""
        found = await read_secret(self._connection, NAMESPACE, PASSWORDS) or {}
        return found[ADMIN].decode() if ADMIN in found else None
