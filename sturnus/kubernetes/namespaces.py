"""Namespaces: made for applications, and deleted with them if nobody else lives there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from sturnus.core.errors import NotFound, Unavailable
from sturnus.kubernetes.connection import APPLY, Connection
from sturnus.kubernetes.presence import names_in

MANAGER: Final = "sturnus"
OWNED: Final = {"app.kubernetes.io/managed-by": MANAGER}
_ADMISSION: Final = {"pod-security.kubernetes.io/enforce": "privileged"}
"""Applications of the platform bring agents of hosts: libvirt, Open vSwitch."""
_RECORDS: Final = "owner=helm"
GONE_WITHIN: Final = 300.0
"""Seconds in which all that lives in a namespace has to end: pods have their grace periods."""
_LOOK_EVERY: Final = 0.5


async def ensure_namespace(connection: Connection, name: str) -> None:
    """Have a namespace. One that is there stays as it is; one that goes is waited for, and made anew.

    Raises:
        Unavailable: Kubernetes does not answer, or the namespace does not go.

    """
    if await _once_settled(connection, name) is None:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {**OWNED, **_ADMISSION}}}
        await connection.patch(f"api/v1/namespaces/{name}", body, {"fieldManager": MANAGER}, media_type=APPLY)


async def delete_namespace_if_ours(connection: Connection, name: str) -> None:
    """Delete a namespace that `ensure_namespace` made, unless other releases of Helm's live in it; wait for its end.

    Raises:
        Unavailable: Kubernetes does not answer, or the namespace does not go.

    """
    found = await _once_settled(connection, name)
    if found is None:
        return
    labels = (found.get("metadata") or {}).get("labels") or {}
    if not OWNED.items() <= labels.items():
        return
    if not await names_in(connection, f"api/v1/namespaces/{name}/secrets", {"labelSelector": _RECORDS}):
        await connection.delete(f"api/v1/namespaces/{name}", {})
        await _once_settled(connection, name)


async def _once_settled(connection: Connection, name: str) -> Mapping[str, Any] | None:
    """The namespace, unless it is being deleted; None: there is none, perhaps after a wait."""
    end = asyncio.get_running_loop().time() + GONE_WITHIN
    while True:
        try:
            found: Mapping[str, Any] = await connection.get(f"api/v1/namespaces/{name}")
        except NotFound:
            return None
        if not (found.get("metadata") or {}).get("deletionTimestamp"):
            return found
        if asyncio.get_running_loop().time() > end:
            raise Unavailable(
                f"namespace {name} is not gone after {GONE_WITHIN:.0f} s: {_holds(found)}",
                expected="an end of all that lives in it",
                remedy=f"kubectl get namespace {name} -o yaml",
            )
        await asyncio.sleep(_LOOK_EVERY)


def _holds(namespace: Mapping[str, Any]) -> str:
    """What Kubernetes says of why it is still there."""
    conditions = (namespace.get("status") or {}).get("conditions") or ()
    said = [each.get("message", "") for each in conditions if each.get("status") == "True"]
    return "; ".join(filter(None, said)) or "Kubernetes does not say why"
