"""Secrets of the cluster, read. Keep what they hold out of logs, errors and `repr`."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping

from sturnus.core.errors import NotFound
from sturnus.kubernetes.connection import Connection


def path_of(namespace: str, name: str) -> str:
    """Where a Secret is in the API."""
    return f"api/v1/namespaces/{namespace}/secrets/{name}"


async def read_secret(connection: Connection, namespace: str, name: str) -> Mapping[str, bytes] | None:
    """Return what a Secret holds, by key; None if there is none.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    try:
        found = await connection.get(path_of(namespace, name))
    except NotFound:
        return None
    return {key: b64decode(encoded) for key, encoded in (found.get("data") or {}).items()}
