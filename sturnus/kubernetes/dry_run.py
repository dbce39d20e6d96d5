"""What applying objects would change, asked of the API server itself: defaults, webhooks and field owners included.

https://kubernetes.io/docs/reference/using-api/server-side-apply/ with `dryRun=All`: nothing is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from sturnus.core.errors import Conflict, Forbidden, Invalid, NotFound
from sturnus.core.together import together
from sturnus.kubernetes.connection import APPLY, Connection, Json
from sturnus.kubernetes.kinds import ApiKind, ApiKinds

T = TypeVar("T")

AT_ONCE: Final = 8
"""Requests in flight: enough to hide the way, few enough for the API server's fairness."""
_HELM_RECORDS: Final = "type!=helm.sh/release.v1"
_NOT_COMPARED: Final = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid")


class Outcome(StrEnum):
    """What applying one object would do."""

    CREATE = "create"
    """The cluster does not have it."""
    CHANGE = "change"
    """The cluster has it, otherwise."""
    SAME = "same"
    """Nothing."""
    CONFLICT = "conflict"
    """Another field manager owns what would change; `refusal` names it, `after` is what forcing it would make."""
    REFUSED = "refused"
    """Kubernetes or an admission webhook refuses it, or the kind is not served; `refusal` says why."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What applying one object would do. Secrets are in it as they are: mask before showing."""

    wanted: Mapping[str, Any]
    outcome: Outcome
    before: Mapping[str, Any] | None = None  # as it runs, without status and bookkeeping; None: does not exist
    after: Mapping[str, Any] | None = None  # as it would be
    refusal: str | None = None  # Kubernetes' words


async def server_side_dry_run(
    connection: Connection,
    kinds: ApiKinds,
    objects: Sequence[Mapping[str, Any]],
    *,
    namespace: str,
    field_manager: str,
) -> list[DryRun]:
    """Ask what applying each object would do, in their order. `namespace` is for those that name none.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    gate = asyncio.Semaphore(AT_ONCE)
    running = await _running(connection, kinds, objects, namespace, gate)

    async def one(item: Mapping[str, Any]) -> DryRun:
        if (kind := kinds.of(item)) is None:
            return DryRun(
                item, Outcome.REFUSED, refusal=f"the cluster serves no {item.get('apiVersion')} {item.get('kind')}"
            )
        before = running.get(_key(kind, item, namespace))
        async with gate:
            return await _applied(connection, kind, item, before, namespace=namespace, manager=field_manager)

    return await together([one(item) for item in objects])


async def _running(
    connection: Connection,
    kinds: ApiKinds,
    objects: Iterable[Mapping[str, Any]],
    namespace: str,
    gate: asyncio.Semaphore,
) -> dict[tuple[str, str, str], Json]:
    """What is there of these kinds: a list a kind and namespace costs less than a request an object."""
    places = {(kind, _namespace(kind, item, namespace)) for item in objects if (kind := kinds.of(item))}

    async def listed(kind: ApiKind, place: str) -> dict[tuple[str, str, str], Json]:
        parameters = {"fieldSelector": _HELM_RECORDS} if kind.kind == "Secret" else {}
        async with gate:
            answer = await connection.get(kind.path(place or None), parameters)
        return {(kind.path(None), place, item["metadata"]["name"]): item for item in answer.get("items") or ()}

    found = await together([listed(kind, place) for kind, place in places])
    return {key: item for part in found for key, item in part.items()}


async def _applied(  # noqa: PLR0913 -- the words of one request
    connection: Connection,
    kind: ApiKind,
    item: Mapping[str, Any],
    running: Json | None,
    *,
    namespace: str,
    manager: str,
) -> DryRun:
    path = kind.path(_namespace(kind, item, namespace) or None, item["metadata"]["name"])
    parameters = {"dryRun": "All", "fieldManager": manager, "fieldValidation": "Strict"}
    before = None if running is None else _compared(running, kind)
    try:
        after = _compared(await connection.patch(path, item, parameters, media_type=APPLY), kind)
    except Conflict as conflict:
        forced = await connection.patch(path, item, parameters | {"force": "true"}, media_type=APPLY)
        return DryRun(item, Outcome.CONFLICT, before, _compared(forced, kind), conflict.message)
    except (Invalid, NotFound, Forbidden) as refused:  # 404: its namespace does not exist
        return DryRun(item, Outcome.REFUSED, before, refusal=refused.message)
    if before is None:
        return DryRun(item, Outcome.CREATE, None, after)
    return DryRun(item, Outcome.SAME if before == after else Outcome.CHANGE, before, after)


def _namespace(kind: ApiKind, item: Mapping[str, Any], default: str) -> str:
    return str(item.get("metadata", {}).get("namespace") or default) if kind.namespaced else ""


def _key(kind: ApiKind, item: Mapping[str, Any], default: str) -> tuple[str, str, str]:
    return kind.path(None), _namespace(kind, item, default), item["metadata"]["name"]


def _compared(item: Json, kind: ApiKind) -> Json:
    """Without what differs from one look to the next, and with what lists leave out."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in _NOT_COMPARED}
    body = {key: value for key, value in item.items() if key != "status"}
    return body | {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}
