"""Helm's own record of each revision of a release, read where Helm keeps it: in Secrets of the release's namespace.

Type `helm.sh/release.v1`, name `sh.helm.release.v1.NAME.vREVISION`; `data.release` is base64 of base64 of gzipped JSON;
name, revision, status and our own labels stand in the Secret's labels, which can be listed without the rest (helm/v4
pkg/storage/driver/secrets.go).
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sturnus.core.errors import Invalid
from sturnus.kubernetes.connection import METADATA_ONLY, Connection, Json

_MOST_BYTES: Final = 128 * 1024 * 1024
"""Of a record, unpacked. A Secret holds 1 MiB, which could unpack to a gigabyte."""
_HELMS_OWN: Final = frozenset({"name", "owner", "status", "version", "createdAt", "modifiedAt"})


class Status(StrEnum):
    """What Helm says of a revision (helm/v4 pkg/release/common/status.go)."""

    UNKNOWN = "unknown"
    """Helm does not know; nothing writes it today."""
    DEPLOYED = "deployed"
    """The current revision: its last operation ended well."""
    UNINSTALLED = "uninstalled"
    """Removed, its history kept."""
    SUPERSEDED = "superseded"
    """A later revision is or was deployed."""
    FAILED = "failed"
    """Its operation ended badly."""
    UNINSTALLING = "uninstalling"
    """Being removed."""
    PENDING_INSTALL = "pending-install"
    """Being installed."""
    PENDING_UPGRADE = "pending-upgrade"
    """Being upgraded to."""
    PENDING_ROLLBACK = "pending-rollback"
    """Being rolled back to. Helm leaves it so when a hook of the rollback fails."""


_STATUSES: Final = frozenset(status.value for status in Status)
PENDING: Final = frozenset({Status.PENDING_INSTALL, Status.PENDING_UPGRADE, Status.PENDING_ROLLBACK})
"""Helm refuses to touch a release whose last revision is one of these: "another operation is in progress"."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision, as far as labels tell."""

    namespace: str
    name: str  # of the release
    number: int
    status: Status
    labels: Mapping[str, str]  # those that the operation was given; a rollback has its target's
    modified: datetime | None  # when Helm last wrote it, each hook's start included; None: it never said

    @property
    def secret(self) -> str:
        """Name of the Secret."""
        return f"sh.helm.release.v1.{self.name}.v{self.number}"


class HookPhase(StrEnum):
    """How far one hook got."""

    NOT_RUN = ""
    """This operation did not get to it, or has no use for it."""
    UNKNOWN = "Unknown"
    """Between two writes of the record."""
    RUNNING = "Running"
    """Its Job or pod runs, or did when Helm last wrote."""
    SUCCEEDED = "Succeeded"
    """Done."""
    FAILED = "Failed"
    """It ended badly, or not in time."""


@dataclass(frozen=True, slots=True)
class RecordedHook:
    """One hook of a revision."""

    kind: str
    name: str
    events: tuple[str, ...]  # "post-install"
    weight: int
    phase: HookPhase
    started: str | None  # RFC 3339
    completed: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """One revision, whole. It holds the values, secrets among them."""

    revision: Revision
    description: str  # after a failure Helm's own words, which may repeat values
    chart: str
    chart_version: str
    values: Mapping[str, Any]  # those that were given, without the chart's own
    chart_values: Mapping[str, Any]  # the chart's own
    manifest: str  # YAML documents, hooks not included
    hooks: tuple[RecordedHook, ...]
    rolled_back_to: int | None  # the revision whose contents these are; None: not a rollback
    first_deployed: str | None  # RFC 3339
    last_deployed: str | None


async def revisions(connection: Connection, namespace: str, name: str | None = None) -> list[Revision]:
    """All revisions of all releases of a namespace, or of one: one request, and none of their contents.

    Sorted by name, then number.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    selector = "owner=helm" + (f",name={name}" if name else "")
    answer = await connection.get(
        f"api/v1/namespaces/{namespace}/secrets", {"labelSelector": selector}, accept=METADATA_ONLY
    )
    found = [_revision(namespace, item["metadata"].get("labels") or {}) for item in answer.get("items") or ()]
    return sorted((one for one in found if one), key=lambda one: (one.name, one.number))


def latest(all_revisions: Iterable[Revision]) -> dict[str, Revision]:
    """The newest revision of each release, by the release's name."""
    return {one.name: one for one in sorted(all_revisions, key=lambda one: one.number)}


async def record(connection: Connection, revision: Revision) -> Record:
    """The whole record of a revision.

    Raises:
        NotFound: it is gone by now.
        Invalid: what the Secret holds is not a record.
        Unavailable: Kubernetes does not answer.

    """
    secret = await connection.get(f"api/v1/namespaces/{revision.namespace}/secrets/{revision.secret}")
    return parsed(revision, unpacked(secret))


def unpacked(secret: Mapping[str, Any]) -> Json:
    """The JSON document inside a Secret.

    Raises:
        Invalid: it is not a record of Helm's.

    """
    try:
        document = json.loads(_unzipped(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    except (KeyError, ValueError, zlib.error) as error:
        raise _no_record(secret, str(error)) from error
    if not isinstance(document, dict) or not isinstance(document.get("info"), dict):
        raise _no_record(secret, "it has no info")
    return document


def _unzipped(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):  # from before Helm compressed them
        return data
    unzip = zlib.decompressobj(wbits=31)
    whole = unzip.decompress(data, _MOST_BYTES)
    if unzip.unconsumed_tail:
        raise ValueError("it is too large")
    return whole


def _no_record(secret: Mapping[str, Any], why: str) -> Invalid:
    name = secret.get("metadata", {}).get("name", "")
    return Invalid(
        f"Secret {name} holds no record of Helm's: {why}",
        expected="a Secret that Helm wrote",
        remedy=f"kubectl get secret {name} -o yaml",
    )


def packed(document: Mapping[str, Any]) -> str:
    """The other way: what `data.release` of the Secret is."""
    compressed = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), compresslevel=9)
    return base64.b64encode(base64.b64encode(compressed)).decode()


def parsed(revision: Revision, document: Mapping[str, Any]) -> Record:
    """The parts of a document that anybody here asks for."""
    info = document["info"]
    metadata = (document.get("chart") or {}).get("metadata") or {}
    return Record(
        revision=revision,
        description=info.get("description", ""),
        chart=metadata.get("name", ""),
        chart_version=metadata.get("version", ""),
        values=document.get("config") or {},
        chart_values=(document.get("chart") or {}).get("values") or {},
        manifest=document.get("manifest", ""),
        hooks=tuple(_hook(hook) for hook in document.get("hooks") or ()),
        rolled_back_to=info.get("rollback_revision") or None,
        first_deployed=info.get("first_deployed") or None,
        last_deployed=info.get("last_deployed") or None,
    )


def hooks_of_event(hooks: Sequence[RecordedHook], event: str) -> list[RecordedHook]:
    """The hooks of one event in the order in which Helm runs them: by weight, then name."""
    return sorted((hook for hook in hooks if event in hook.events), key=lambda hook: (hook.weight, hook.name))


def _hook(hook: Mapping[str, Any]) -> RecordedHook:
    last_run = hook.get("last_run") or {}
    return RecordedHook(
        kind=hook.get("kind", ""),
        name=hook.get("name", ""),
        events=tuple(hook.get("events") or ()),
        weight=int(hook.get("weight") or 0),
        phase=HookPhase(last_run.get("phase") or ""),
        started=last_run.get("started_at") or None,
        completed=last_run.get("completed_at") or None,
    )


def _revision(namespace: str, labels: Mapping[str, str]) -> Revision | None:
    number, status = labels.get("version", ""), labels.get("status", "")
    if not number.isdigit() or status not in _STATUSES:
        return None
    stamp = labels.get("modifiedAt") or labels.get("createdAt") or ""
    modified = datetime.fromtimestamp(int(stamp), UTC) if stamp.isdigit() else None
    own = {key: value for key, value in labels.items() if key not in _HELMS_OWN}
    return Revision(namespace, labels.get("name", ""), int(number), Status(status), own, modified)
