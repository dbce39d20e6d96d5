"""Namespaces: made for applications, and deleted with them if nobody else lives there."""

from __future__ import annotations

from typing import Final

from sturnus.core.errors import NotFound
from sturnus.kubernetes.connection import APPLY, Connection
from sturnus.kubernetes.presence import names_in

MANAGER: Final = "sturnus"
OWNED: Final = {"app.kubernetes.io/managed-by": MANAGER}
_ADMISSION: Final = {"pod-security.kubernetes.io/enforce": "privileged"}
"""Applications of the platform bring agents of hosts: libvirt, Open vSwitch."""
_RECORDS: Final = "owner=helm"


async def ensure_namespace(connection: Connection, name: str) -> None:
    """Have a namespace. One that is there stays as it is.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    try:
        await connection.get(f"api/v1/namespaces/{name}")
    except NotFound:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {**OWNED, **_ADMISSION}}}
        await connection.patch(f"api/v1/namespaces/{name}", body, {"fieldManager": MANAGER}, media_type=APPLY)


async def delete_namespace_if_ours(connection: Connection, name: str) -> None:
    """Delete a namespace that `ensure_namespace` made, unless other releases of Helm's live in it.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    try:
        found = await connection.get(f"api/v1/namespaces/{name}")
    except NotFound:
        return
    labels = (found.get("metadata") or {}).get("labels") or {}
    if not OWNED.items() <= labels.items():
        return
    if not await names_in(connection, f"api/v1/namespaces/{name}/secrets", {"labelSelector": _RECORDS}):
        await connection.delete(f"api/v1/namespaces/{name}", {})
