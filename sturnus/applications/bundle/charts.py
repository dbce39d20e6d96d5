"""The charts of a bundle: what they say about themselves, read from their archives; nothing is unpacked or rendered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from sturnus.applications.bundle import tar_stream
from sturnus.applications.bundle.archive import Phase, Progress
from sturnus.applications.bundle.documents import read_mapping
from sturnus.applications.bundle.fields import Fields
from sturnus.applications.bundle.findings import Findings, Place
from sturnus.applications.bundle.limits import Limits
from sturnus.applications.release import ChartArchive, ChartKind
from sturnus.core.errors import Invalid

DIRECTORY: Final = "charts"
_READ: Final = frozenset({"Chart.yaml", "requirements.yaml"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,249}")
_SEMVER: Final = re.compile(r"v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, slots=True)
class Charts:
    """All charts of a bundle, by what manifests call them."""

    all: tuple[ChartArchive, ...]

    def of_file(self, name: str) -> ChartArchive | None:
        """Find a chart by its file's name."""
        return next((chart for chart in self.all if chart.file.name == name), None)

    def named(self, name: str) -> tuple[ChartArchive, ...]:
        """All versions of a chart."""
        return tuple(chart for chart in self.all if chart.name == name)

    def versions(self, name: str) -> str:
        """The versions of a chart in words, for messages."""
        found = [chart.version for chart in self.named(name)]
        return f"charts/ has {name} {', '.join(found)}" if found else f"charts/ has no chart {name}"


def index(bundle: Path, findings: Findings, limits: Limits, progress: Progress) -> Charts:
    """Read every chart below `charts/`. What is wrong with one becomes a fault; the others are read all the same."""
    directory = bundle / DIRECTORY
    entries = sorted(directory.iterdir()) if directory.is_dir() else []
    files = [entry for entry in entries if entry.is_file() and entry.name.endswith((".tgz", ".tar.gz"))]
    for entry in (entry for entry in entries if entry not in files):
        findings.note(Place(f"{DIRECTORY}/{entry.name}"), "is no chart archive, and ignored")
    if not files or len(files) > limits.charts:
        findings.fault(
            None,
            f"charts/ has {len(files)} chart archives",
            expected=f"1 to {limits.charts} files NAME-VERSION.tgz in charts/",
            remedy="package the charts with `helm package`, and build the tarball anew",
        )
        return Charts(())
    charts = []
    for done, file in enumerate(files):
        progress(Phase.READING, done, len(files))
        if (chart := _read_chart(file, findings, limits)) is not None:
            charts.append(chart)
    _refuse_twins(charts, findings)
    return Charts(tuple(charts))


def _refuse_twins(charts: Iterable[ChartArchive], findings: Findings) -> None:
    def identity(chart: ChartArchive) -> tuple[str, str]:
        return chart.name, chart.version

    for (name, version), twins in groupby(sorted(charts, key=identity), key=identity):
        files = [f"{DIRECTORY}/{chart.file.name}" for chart in twins]
        if len(files) > 1:
            findings.fault(
                None,
                f"{' and '.join(files)} are both chart {name} {version}",
                expected="one archive for each name and version",
                remedy="leave one of them",
            )


def _read_chart(file: Path, findings: Findings, limits: Limits) -> ChartArchive | None:
    name = f"{DIRECTORY}/{file.name}"
    try:
        contents = _look_into(file, name, limits.of_a_chart())
    except Invalid as error:
        findings.fault(None, error.message, expected=error.expected, remedy=error.remedy)
        return None
    about = contents.texts.get("Chart.yaml")
    if about is None:
        found = "has no Chart.yaml" if contents.tops else "is empty"
        _fault(findings, name, found, "one directory with a Chart.yaml in it, as `helm package` makes")
        return None
    if len(contents.tops) > 1:
        found = f"has {len(contents.tops)} directories at its top: {', '.join(sorted(contents.tops)[:3])}"
        _fault(findings, name, found, "one directory, of the chart's name")
        return None
    return _described(file, contents, findings, limits)


def _described(file: Path, contents: _Contents, findings: Findings, limits: Limits) -> ChartArchive | None:
    name, before = f"{DIRECTORY}/{file.name}", len(findings.faults)
    node = read_mapping(contents.texts["Chart.yaml"], f"{name}!Chart.yaml", findings, limits)
    if node is None:
        return None
    fields = Fields(node, "", findings)
    chart_name = fields.required_text("name", pattern=_NAME, form="letters, digits, '-', '_' and '.'")
    version = fields.required_text("version", pattern=_SEMVER, form="a semantic version like 1.2.3")
    kind = fields.choice("type", ChartKind) or ChartKind.APPLICATION
    dependencies = _dependencies(fields, contents, name, limits)
    if len(findings.faults) > before:
        return None
    return ChartArchive(
        name=chart_name,
        version=version,
        file=file,
        sha256=contents.sha256,
        dependencies=dependencies,
        contains=tuple(sorted(contents.inside)),
        kind=kind,
        has_values="values.yaml" in contents.files,
        has_schema="values.schema.json" in contents.files,
    )


def _dependencies(fields: Fields, contents: _Contents, name: str, limits: Limits) -> tuple[str, ...]:
    """Helm 3 has them in Chart.yaml, Helm 2 beside it."""
    found = [each.required_text("name") for each in fields.mappings("dependencies")]
    if old := contents.texts.get("requirements.yaml"):
        node = read_mapping(old, f"{name}!requirements.yaml", fields.findings, limits)
        if node is not None:
            beside = Fields(node, "", fields.findings)
            found += [each.required_text("name") for each in beside.mappings("dependencies")]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Contents:
    """What lies in a chart's archive. Paths are below its top directory."""

    tops: frozenset[str]
    files: frozenset[str]  # at the top of the chart
    inside: frozenset[str]  # names of charts inside it
    texts: Mapping[str, bytes]
    sha256: str


def _look_into(file: Path, name: str, limits: Limits) -> _Contents:
    """Read the archive once, from front to back; keep only the few small files that are read."""
    tops: set[str] = set()
    files: set[str] = set()
    inside: set[str] = set()
    texts: dict[str, bytes] = {}
    with file.open("rb") as packed:
        reading = tar_stream.members(packed, name, limits)
        for member in reading:
            top, _, path = member.path.partition("/")
            tops.add(top)
            if member.kind is tar_stream.Kind.DIRECTORY or not path:
                continue
            if "/" not in path:
                files.add(path)
            elif path.startswith("charts/"):
                inside.add(_inner_name(path))
            if path in _READ:
                texts[path] = b"".join(member.content())
        return _Contents(frozenset(tops), frozenset(files), frozenset(inside), texts, reading.sha256)


def _inner_name(path: str) -> str:
    """`charts/NAME/...`, or `charts/NAME-1.2.3.tgz` where it was not unpacked."""
    entry = path.split("/")[1]
    packed = re.fullmatch(r"(.+?)-v?\d+\.\d.*\.tgz", entry)
    return packed[1] if packed else entry


def _fault(findings: Findings, name: str, found: str, expected: str) -> None:
    findings.fault(None, f"{name} {found}", expected=expected, remedy="package the chart with `helm package`")
