"""Deletes what Helm leaves behind when it removes a release."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import structlog

from sturnus.applications.engine.leftovers import Leftovers
from sturnus.applications.release import ReleaseName
from sturnus.core.together import together
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.kinds import ApiKinds, api_kinds
from sturnus.kubernetes.namespaces import delete_namespace_if_ours
from sturnus.kubernetes.presence import names_in

log = structlog.stdlib.get_logger(__name__)


class Volumes(StrEnum):
    """What becomes of the data of a removed application."""

    DELETE = "delete"
    """It goes, so that installing again begins anew: as StarlingX does."""
    KEEP = "keep"
    """It stays, and is found again by an installation into the same namespace."""


async def clean(connection: Connection, left: Mapping[ReleaseName, Leftovers], volumes: Volumes) -> None:
    """Delete what removed releases left; doing it again does no harm.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    kinds = await api_kinds(connection)
    await together(connection.delete(path, {"propagationPolicy": "Background"}) for path in _hook_paths(kinds, left))
    if volumes is Volumes.KEEP:
        return
    for name, one in left.items():
        claims = await names_in(connection, f"api/v1/namespaces/{name.namespace}/persistentvolumeclaims")
        for claim in one.among(claims):
            await connection.delete(f"api/v1/namespaces/{name.namespace}/persistentvolumeclaims/{claim}", {})
            log.info("volume claim deleted", release=str(name), claim=claim)
    for namespace in sorted({name.namespace for name in left}):
        await delete_namespace_if_ours(connection, namespace)


def _hook_paths(kinds: ApiKinds, left: Mapping[ReleaseName, Leftovers]) -> set[str]:
    paths = set()
    for name, one in left.items():
        for hook in one.hooks:
            kind = next((each for (_, kind_name), each in kinds.kinds.items() if kind_name == hook.kind), None)
            if kind is not None:
                paths.add(kind.path(name.namespace, hook.name))
    return paths
