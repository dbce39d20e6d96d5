"""An Armada manifest becomes releases (reference/applications.md §2, mapped as in §8.7).

Groups come one after another; within a group the charts are in order (`sequenced`) or side by side. What Armada knows
and we do not need is accepted with a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from sturnus.applications.bundle.armada_chart import packaged_from, read_chart
from sturnus.applications.bundle.charts import Charts
from sturnus.applications.bundle.documents import Document, Map, kind_of
from sturnus.applications.bundle.fields import Fields
from sturnus.applications.bundle.findings import Findings, Place
from sturnus.applications.bundle.manifest import Manifest
from sturnus.applications.release import Release, ReleaseName
from sturnus.core.application_states import ApplicationForm

_SCHEMA: Final = re.compile(r"armada/(Chart|ChartGroup|Manifest)/v([12])")


class Kind(StrEnum):
    """The documents of an Armada manifest."""

    CHART = "Chart"
    """One release."""
    GROUP = "ChartGroup"
    """Charts that belong together."""
    MANIFEST = "Manifest"
    """The groups, in order."""


@dataclass(frozen=True, slots=True)
class ArmadaDocument:
    """One document, its frame taken off."""

    kind: Kind
    version: int  # of the schema: 1 or 2
    name: str
    data: Fields
    place: Place

    def __str__(self) -> str:
        """`Chart openstack-keystone`."""
        return f"{self.kind} {self.name}"


Index = Mapping[tuple[Kind, str], ArmadaDocument]


def holds_manifest(documents: Iterable[Document]) -> bool:
    """Whether a file is the application's manifest."""
    return any(
        isinstance(each.root, Map) and str(each.root.get("schema", "")).startswith(f"armada/{Kind.MANIFEST}/")
        for each in documents
    )


def read(documents: Iterable[Document], file: Path, charts: Charts, findings: Findings) -> Manifest | None:
    """Read all documents of the manifest's file; None if there is not exactly one Manifest."""
    found = _indexed(documents, findings)
    manifests = [each for (kind, _), each in found.items() if kind is Kind.MANIFEST]
    if len(manifests) != 1:
        places = "".join(f", at {each.place}" for each in manifests[1:])
        findings.fault(
            Place(file.name),
            f"has {len(manifests)} documents of schema armada/Manifest{places}",
            expected="exactly one Manifest",
            remedy=f"leave one Manifest in {file.name}",
        )
        return None
    manifest = manifests[0]
    prefix = manifest.data.required_text("release_prefix")
    releases = tuple(_releases(found, manifest, prefix, charts, findings))
    manifest.data.note_unknown()
    _note_unused(found, releases, manifest, findings)
    return Manifest(ApplicationForm.ARMADA, manifest.name, file.name, releases)


def _indexed(documents: Iterable[Document], findings: Findings) -> Index:
    found: dict[tuple[Kind, str], ArmadaDocument] = {}
    for document in documents:
        each = _framed(document, findings)
        if each is None:
            continue
        first = found.setdefault((each.kind, each.name), each)
        if first is not each:
            findings.fault(
                each.place,
                f"{each} is there twice (document {document.number}); first at {first.place}",
                expected="one document for each schema and name",
                remedy="remove or rename one of them",
            )
    return found


def _framed(document: Document, findings: Findings) -> ArmadaDocument | None:
    """Take the frame of one document off; None if it is no Armada document."""
    where = f"document {document.number}"
    if not isinstance(document.root, Map):
        findings.fault(
            document.place,
            f"{where} is {kind_of(document.root)}",
            expected="documents with schema, metadata and data",
            remedy=f"correct {document.place.file}",
        )
        return None
    frame = Fields(document.root, where, findings)
    schema = _SCHEMA.fullmatch(frame.required_text("schema"))
    if schema is None:
        if "schema" in frame:
            findings.note(frame.at("schema"), f"{where} has the schema {frame.text('schema')!r}, and is ignored")
        return None
    metadata, data = frame.mapping("metadata"), frame.mapping("data")
    name = metadata.required_text("name") if metadata else ""
    for key, part in (("metadata", metadata), ("data", data)):
        if part is None and key not in frame:
            frame.missing(key, "a mapping")
    if not name or data is None:
        return None
    kind = Kind(schema[1])
    return ArmadaDocument(
        kind, int(schema[2]), name, Fields(data.node, f"{kind} {name}: data", findings), document.place
    )


@dataclass(frozen=True, slots=True)
class _Slot:
    """The place of one release in the order."""

    chart: ArmadaDocument
    group: str
    after: frozenset[str]  # names of chart documents


def _releases(
    found: Index, manifest: ArmadaDocument, prefix: str, charts: Charts, findings: Findings
) -> Iterator[Release]:
    """Yield the releases in the manifest's order, each with those that come before it."""
    known: dict[str, ReleaseName] = {}
    taken: dict[ReleaseName, Place] = {}
    for slot in _slots(found, manifest, findings):
        release = read_chart(slot.chart.data, slot.chart.name, slot.chart.version, prefix, charts)
        _check_dependencies(slot.chart, found, release, charts, findings)
        if release is None:
            continue
        first = taken.setdefault(release.id, slot.chart.place)
        if first is not slot.chart.place:
            findings.fault(
                slot.chart.place,
                f"{slot.chart} makes release {release.id}, as the one at {first} does",
                expected="one chart document for each release",
                remedy="give one of them another release or namespace",
            )
            continue
        known[slot.chart.name] = release.id
        after = frozenset(known[name] for name in slot.after if name in known)
        yield replace(release, group=slot.group, after=after)


def _slots(found: Index, manifest: ArmadaDocument, findings: Findings) -> Iterator[_Slot]:
    before: frozenset[str] = frozenset()  # what the next group waits for
    seen: dict[str, str] = {}  # chart → its group
    for group in _referenced(found, manifest, "chart_groups", Kind.GROUP):
        sequenced = group.data.flag("sequenced") or False
        members: list[ArmadaDocument] = []
        for chart in _referenced(found, group, "chart_group", Kind.CHART):
            if chart.name in seen:
                group.data.fault(
                    "chart_group",
                    f"names {chart.name}, which is in {seen[chart.name]} as well",
                    expected="every chart once",
                )
                continue
            seen[chart.name] = f"{group}"
            after = frozenset({members[-1].name}) if sequenced and members else before
            members.append(chart)
            yield _Slot(chart, group.name, after)
        if members:
            before = frozenset({members[-1].name} if sequenced else {chart.name for chart in members})
        group.data.ignored("name", "description", "test_charts")
        group.data.note_unknown()


def _referenced(found: Index, owner: ArmadaDocument, key: str, kind: Kind) -> Iterator[ArmadaDocument]:
    """Yield the documents that a list names; a name without a document is a fault at its line."""
    if key not in owner.data:
        owner.data.missing(key, f"a list of {kind} names")
    names = owner.data.texts(key)
    places = owner.data.items(key).places
    for name, place in zip(names, places, strict=False):
        if (kind, name) in found:
            yield found[kind, name]
        else:
            owner.data.findings.fault(
                place,
                f"{owner} names {kind} {name}, and there is no such document",
                expected=f"a document armada/{kind}/v1 with that name",
                remedy=f"add it, or remove the name from {owner}",
            )


def _check_dependencies(
    chart: ArmadaDocument, found: Index, release: Release | None, charts: Charts, findings: Findings
) -> None:
    """Armada packed dependencies into the chart when it ran; here they lie in its archive, as builds put them there."""
    for document in _referenced(found, chart, "dependencies", Kind.CHART) if "dependencies" in chart.data else ():
        name = _real_name(document, charts)
        if release is not None and name not in {*release.chart.contains, *release.chart.dependencies}:
            findings.note(
                chart.place, f"{chart} depends on {name}, and {release.chart.file.name} neither contains nor wants it"
            )


def _real_name(document: ArmadaDocument, charts: Charts) -> str:
    """`chart_name` is a label only: stx-openstack calls the chart helm-toolkit `openstack-helm-toolkit`."""
    label = document.data.text("chart_name") or document.name
    source = document.data.mapping("source")
    chart = packaged_from(source.text("location") or "", label, charts) if source else None
    return chart.name if chart else label


def _note_unused(found: Index, releases: Iterable[Release], manifest: ArmadaDocument, findings: Findings) -> None:
    groups = {release.group for release in releases}
    for (kind, name), document in found.items():
        if kind is Kind.GROUP and name not in groups and name not in manifest.data.texts("chart_groups"):
            findings.note(document.place, f"{document} is in no Manifest, and ignored")
