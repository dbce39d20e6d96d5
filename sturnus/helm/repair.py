"""Releases that a dead process left in the middle: which revision gets which status, so that Helm goes on from there.

Nothing is deleted, neither objects nor revisions. What Helm does next with a release whose last revision is `failed`
(helm/v4 pkg/action/upgrade.go, rollback.go): an upgrade compares with the revision that is deployed, or, if none is,
with the failed one, and makes what is missing; a first install that failed is upgraded over, so its volumes stay.

    left as            means                                             becomes
    pending-install    the first install did not end                     failed
    pending-upgrade    the revision before is still the deployed one     failed
    pending-rollback   likewise; also after a failed hook of a rollback  failed
    uninstalling       objects are partly gone                           failed, if the release is wanted; else it
                                                                         stays: Helm uninstalls it again from the start
    unknown            nobody knows                                      failed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sturnus.helm.records import PENDING, Revision, Status, packed, unpacked
from sturnus.kubernetes.connection import MERGE, Connection

PATIENCE: Final = timedelta(minutes=30)
"""How long somebody else's operation may be silent before it is held to be dead: as long as one hook may take."""
DESCRIPTION: Final = "the process that worked on it ended before it was done"


class Intent(StrEnum):
    """What is to become of the release."""

    KEEP = "keep"
    """An install, upgrade or rollback follows."""
    REMOVE = "remove"
    """An uninstall follows."""


class Author(StrEnum):
    """Who left the release in the middle."""

    OURS = "ours"
    """The last operation at this release was ours, and its process has ended."""
    UNKNOWN = "unknown"
    """Not ours, as far as is known: somebody may have typed `helm upgrade` a minute ago."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A revision that gets another status."""

    revision: Revision
    status: Status


@dataclass(frozen=True, slots=True)
class Repairs:
    """What to write before Helm can go on; nothing, if nothing is left in the middle."""

    changes: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class SomebodyElse:
    """Another Helm, not started here, seems to be at work: look again when the record changes, or at `until`."""

    revision: Revision
    until: datetime
    reason: str


def repairs(of_release: Sequence[Revision], intent: Intent, author: Author, *, now: datetime) -> Repairs | SomebodyElse:
    """Decide for one release at which no process of ours works (any more)."""
    changes = []
    for revision in of_release:
        if not _in_the_middle(revision.status, intent):
            continue
        until = (revision.modified or now) + PATIENCE
        if author is Author.UNKNOWN and until > now:
            return SomebodyElse(
                revision,
                until,
                f"revision {revision.number} is {revision.status}: another helm, not started here, seems to be at work",
            )
        changes.append(Repair(revision, Status.FAILED))
    return Repairs(tuple(changes))


def _in_the_middle(status: Status, intent: Intent) -> bool:
    if status is Status.UNINSTALLING:
        return intent is Intent.KEEP
    return status in PENDING or status is Status.UNKNOWN


async def apply_repair(connection: Connection, repair: Repair) -> None:
    """Write another status into a record: into the document, its description and the label. Doing it twice is no harm.

    Raises:
        Conflict: somebody wrote the record at this moment: look again.
        NotFound: the record is gone by now: look again.
        Invalid: what the Secret holds is not a record.
        Unavailable: Kubernetes does not answer.

    """
    path = f"api/v1/namespaces/{repair.revision.namespace}/secrets/{repair.revision.secret}"
    secret = await connection.get(path)
    document = unpacked(secret)
    document["info"] |= {"status": repair.status.value, "description": DESCRIPTION}
    body = {
        "metadata": {
            "resourceVersion": secret["metadata"]["resourceVersion"],  # refused if anybody wrote since
            "labels": {"status": repair.status.value},
        },
        "data": {"release": packed(document)},
    }
    await connection.patch(path, body, {}, media_type=MERGE)
