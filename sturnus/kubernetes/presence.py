"""Which objects are in the cluster: one request a kind, and of each object no more than its name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sturnus.core.together import together
from sturnus.kubernetes.connection import METADATA_ONLY, Connection
from sturnus.kubernetes.kinds import ApiKind, ApiKinds

AT_ONCE: Final = 8
"""Requests in flight."""

Item = Mapping[str, Any]


async def absent(connection: Connection, kinds: ApiKinds, wanted: Iterable[tuple[str, Item]]) -> list[tuple[str, Item]]:
    """Return those objects that the cluster lacks. Each comes with the namespace that it is in unless it says so.

    Kinds that the cluster does not serve cannot be there.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    asked = [(namespace, item, kinds.of(item)) for namespace, item in wanted]
    places = {(kind, _namespace(kind, item, namespace)) for namespace, item, kind in asked if kind is not None}
    gate = asyncio.Semaphore(AT_ONCE)

    async def names(kind: ApiKind, namespace: str | None) -> frozenset[str]:
        async with gate:
            return frozenset(await names_in(connection, kind.path(namespace)))

    ordered = list(places)
    found = dict(zip(ordered, await together(names(*place) for place in ordered), strict=True))
    return [
        (namespace, item)
        for namespace, item, kind in asked
        if kind is None or _name(item) not in found[kind, _namespace(kind, item, namespace)]
    ]


async def names_in(connection: Connection, path: str, parameters: dict[str, str] | None = None) -> list[str]:
    """Return the names of all objects of a list.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    answer = await connection.get(path, parameters, accept=METADATA_ONLY)
    return [each["metadata"]["name"] for each in answer.get("items") or ()]


def _namespace(kind: ApiKind, item: Item, default: str) -> str | None:
    return str((item.get("metadata") or {}).get("namespace") or default) if kind.namespaced else None


def _name(item: Item) -> str:
    return str((item.get("metadata") or {}).get("name", ""))
