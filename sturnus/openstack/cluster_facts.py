"""What a Kubernetes cluster says of storage: which classes it has, and which ones rendered objects ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sturnus.kubernetes.connection import Connection

DEFAULT: Final = "storageclass.kubernetes.io/is-default-class"
Object = Mapping[str, Any]


async def storage_classes(connection: Connection) -> dict[str, bool]:
    """Return the cluster's storage classes by name; True: it is the default.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    found = await connection.get("apis/storage.k8s.io/v1/storageclasses")
    return {each["metadata"]["name"]: _is_default(each) for each in found.get("items") or ()}


def claimed_classes(objects: Iterable[Object]) -> frozenset[str | None]:
    """Return the classes that volume claims among these objects name; None: the default. Pure.

    A claim that names the empty class wants no class, but a volume that somebody made for it.
    """
    found: set[str | None] = set()
    for each in objects:
        spec = each.get("spec") or {}
        if each.get("kind") == "PersistentVolumeClaim":
            found.add(_class(spec))
        elif each.get("kind") == "StatefulSet":
            found |= {_class(claim.get("spec") or {}) for claim in spec.get("volumeClaimTemplates") or ()}
    return frozenset(found - {""})


def _class(spec: Object) -> str | None:
    named = spec.get("storageClassName")
    return None if named is None else str(named)


def _is_default(found: Object) -> bool:
    return ((found.get("metadata") or {}).get("annotations") or {}).get(DEFAULT) == "true"
