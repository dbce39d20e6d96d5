"""What the cluster has of an application's releases: Helm's records, and the objects that are gone from it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.engine.decisions import Running
from sturnus.applications.plan.wanted import DIGEST_LABEL
from sturnus.applications.release import ReleaseName
from sturnus.core.errors import NotFound
from sturnus.core.together import together
from sturnus.helm.manifest import documents
from sturnus.helm.records import Record, Revision, record, revisions
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.kinds import ApiKinds
from sturnus.kubernetes.presence import absent

AT_ONCE: Final = 8
"""Records that are read at once: each may be a megabyte."""

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One release in the cluster."""

    revisions: tuple[Revision, ...]  # oldest first; never empty
    record: Record | None  # of the newest; None: it was not read, or is gone by now
    manifest: tuple[Object, ...] = ()  # its objects, without hooks
    missing: tuple[str, ...] = ()  # those that the cluster does not have: "Secret/db"

    @property
    def newest(self) -> Revision:
        """The revision that counts."""
        return self.revisions[-1]

    @property
    def running(self) -> Running:
        """As decisions see it."""
        return running_of(self.newest)


def running_of(revision: Revision) -> Running:
    """A revision as decisions see it."""
    return Running(revision.number, revision.status.value, revision.labels.get(DIGEST_LABEL))


async def all_revisions(
    connection: Connection, names: Collection[ReleaseName]
) -> Mapping[ReleaseName, tuple[Revision, ...]]:
    """Every revision of these releases: one request a namespace.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    found: dict[ReleaseName, list[Revision]] = {}
    for namespace in sorted({name.namespace for name in names}):
        for revision in await revisions(connection, namespace):
            found.setdefault(ReleaseName(namespace, revision.name), []).append(revision)
    return {name: tuple(found[name]) for name in names if name in found}


async def survey(
    connection: Connection, kinds: ApiKinds, names: Collection[ReleaseName]
) -> Mapping[ReleaseName, Found]:
    """Look at these releases: their records, and whether what they made is still there. Writes nothing.

    Raises:
        Unavailable: Kubernetes does not answer.
        Invalid: a record is none of Helm's.

    """
    listed = await all_revisions(connection, names)
    gate = asyncio.Semaphore(AT_ONCE)

    async def read(name: ReleaseName, every: tuple[Revision, ...]) -> tuple[ReleaseName, Found]:
        async with gate:
            try:
                newest = await record(connection, every[-1])
            except NotFound:
                return name, Found(every, None)
            manifest = await asyncio.to_thread(parsed_manifest, newest.manifest)
            return name, Found(every, newest, tuple(manifest))

    found = dict(await together(read(name, every) for name, every in listed.items()))
    return await _with_missing(connection, kinds, found)


def parsed_manifest(text: str) -> Sequence[Object]:
    """The objects of a manifest. Raises NotYaml."""
    return [document.content for document in documents(text)]


async def _with_missing(
    connection: Connection, kinds: ApiKinds, found: Mapping[ReleaseName, Found]
) -> Mapping[ReleaseName, Found]:
    wanted = [(name.namespace, each) for name, one in found.items() for each in one.manifest]
    gone = {id(each) for _, each in await absent(connection, kinds, wanted)}
    return {
        name: Found(
            one.revisions, one.record, one.manifest, tuple(_spelled(each) for each in one.manifest if id(each) in gone)
        )
        for name, one in found.items()
    }


def _spelled(item: Object) -> str:
    return f"{item.get('kind')}/{(item.get('metadata') or {}).get('name')}"
