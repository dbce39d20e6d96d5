"""What Helm leaves behind when it removes a release: hooks, and the volumes of StatefulSets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import structlog

from sturnus.applications.release import ReleaseName
from sturnus.applications.survey import Found
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


async def clean(connection: Connection, removed: Mapping[ReleaseName, Found], volumes: Volumes) -> None:
    """Delete what releases left; doing it again does no harm.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    kinds = await api_kinds(connection)
    await together(connection.delete(path, {"propagationPolicy": "Background"}) for path in _hook_paths(kinds, removed))
    if volumes is Volumes.KEEP:
        return
    for name, found in removed.items():
        claims = await names_in(connection, f"api/v1/namespaces/{name.namespace}/persistentvolumeclaims")
        for claim in claims_of(found.manifest, claims):
            await connection.delete(f"api/v1/namespaces/{name.namespace}/persistentvolumeclaims/{claim}", {})
            log.info("volume claim deleted", release=str(name), claim=claim)
    for namespace in sorted({name.namespace for name in removed}):
        await delete_namespace_if_ours(connection, namespace)


def _hook_paths(kinds: ApiKinds, removed: Mapping[ReleaseName, Found]) -> set[str]:
    paths = set()
    for name, found in removed.items():
        for hook in () if found.record is None else found.record.hooks:
            kind = next((each for (_, kind_name), each in kinds.kinds.items() if kind_name == hook.kind), None)
            if kind is not None:
                paths.add(kind.path(name.namespace, hook.name))
    return paths


def claims_of(manifest: Iterable[Mapping[str, Any]], claims: Iterable[str]) -> list[str]:
    """The claims that Kubernetes made for StatefulSets: `TEMPLATE-SET-NUMBER`, which it never deletes by itself."""
    prefixes = [
        f"{template['metadata']['name']}-{each['metadata']['name']}-"
        for each in manifest
        if each.get("kind") == "StatefulSet"
        for template in (each.get("spec") or {}).get("volumeClaimTemplates") or ()
    ]
    # The rest has to be a number: `data-db-replica-0` is another set's.
    return [claim for claim in claims if any(claim.removeprefix(prefix).isdecimal() for prefix in prefixes)]
