"""Keeps the application's passwords in one Secret: made once, never changed, completed when a key is missing.

Only missing keys are applied, each time under a field manager of its own and without force. So Kubernetes itself
refuses to change a key that is there, also if two processes make the Secret at the same moment: the second looks again.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping
from typing import Any, Final

import structlog

from sturnus.core.clock import NewId
from sturnus.core.errors import Conflict
from sturnus.kubernetes.connection import APPLY, Connection
from sturnus.kubernetes.secrets import path_of, read_secret
from sturnus.openstack.names import NAMESPACE, PASSWORDS
from sturnus.openstack.passwords import NewPassword, missing

ATTEMPTS: Final = 3

log = structlog.stdlib.get_logger(__name__)


async def keys_present(connection: Connection) -> frozenset[str] | None:
    """Return the keys of the Secret; None if there is none.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    found = await read_secret(connection, NAMESPACE, PASSWORDS)
    return None if found is None else frozenset(found)


async def password_of(connection: Connection, key: str) -> str | None:
    """Return one password; None if there is no Secret, or not this key in it. Keep it out of logs and errors.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    found = await read_secret(connection, NAMESPACE, PASSWORDS) or {}
    return found[key].decode() if key in found else None


async def ensure_passwords(connection: Connection, new: NewPassword, new_id: NewId) -> None:
    """Have the Secret with all of its keys. Writes nothing if it is complete. The namespace has to be there.

    Raises:
        Unavailable: Kubernetes does not answer.
        Conflict: somebody else keeps making the same keys.

    """
    for attempt in range(1, ATTEMPTS + 1):
        lacking = missing(await keys_present(connection) or (), new)
        if not lacking:
            return
        try:
            await connection.patch(
                path_of(NAMESPACE, PASSWORDS), _body(lacking), {"fieldManager": _manager(new_id)}, media_type=APPLY
            )
        except Conflict:
            if attempt == ATTEMPTS:
                raise
            continue
        log.info("passwords made", secret=f"{NAMESPACE}/{PASSWORDS}", keys=sorted(lacking))
        return


async def delete_secrets(connection: Connection, names: Collection[str]) -> None:
    """Delete Secrets of the application that belong to no release. Those that are gone already are no error."""
    for name in names:
        await connection.delete(path_of(NAMESPACE, name), {})


def _manager(new_id: NewId) -> str:
    return f"sturnus-passwords-{new_id()[:8]}"


def _body(passwords: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": PASSWORDS, "labels": {"app.kubernetes.io/managed-by": "sturnus"}},
        "data": {key: b64encode(password.encode()).decode() for key, password in passwords.items()},
    }
