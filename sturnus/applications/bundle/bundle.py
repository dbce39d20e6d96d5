"""A tarball becomes a Bundle: opened without trust, kept as files, read into one model whatever its form.

Everything here is synchronous and takes from a moment to seconds: call it in a thread. Nothing in a tarball is
executed: charts are not rendered, plug-ins are listed and ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sturnus.applications.bundle import armada, charts, checksums, flux, metadata
from sturnus.applications.bundle.archive import Progress, ignored, settle, unpacked
from sturnus.applications.bundle.documents import Document, read_documents, read_mapping
from sturnus.applications.bundle.findings import Findings, Place
from sturnus.applications.bundle.limits import DEFAULT_LIMITS, Limits
from sturnus.applications.bundle.manifest import Manifest, Resource
from sturnus.applications.bundle.metadata import NAME, NAME_FORM, VERSION, VERSION_FORM, Metadata
from sturnus.applications.order import graph
from sturnus.applications.release import ChartArchive, Release

OVERRIDES: Final = "overrides.yaml"
_PLUGINS: Final = "plugins"
_IMAGES: Final = "images"


@dataclass(frozen=True, slots=True)
class CalledFor:
    """What the operator called the application; counts only where its metadata does not say (as in StarlingX)."""

    name: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """An application as it was uploaded."""

    name: str
    version: str
    directory: Path  # where its files are; `ChartArchive.file` points into it
    sha256: str  # of the tarball
    metadata: Metadata
    manifest: Manifest
    charts: tuple[ChartArchive, ...]  # all in the tarball, also those that no release uses
    plugins: tuple[str, ...]  # wheels: listed, and ignored
    overrides: str | None  # the text of overrides.yaml
    notes: tuple[str, ...]  # what the operator might want to know

    @property
    def releases(self) -> tuple[Release, ...]:
        """In the order of the manifest."""
        return self.manifest.releases

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Objects that the manifest brings beside its releases."""
        return self.manifest.resources


def open_bundle(
    tarball: Path,
    into: Path,
    *,
    called: CalledFor = CalledFor(),
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = ignored,
) -> Bundle:
    """Unpack a tarball into `into/SHA256` and read it. One that is refused, or an opening that dies, leaves nothing.

    The same tarball always has the same place, so doing it again does no harm. Raises Invalid with everything that is
    wrong, NotFound, Unavailable (disk full), and whatever `progress` raises.
    """
    with unpacked(tarball, into, limits, progress) as fresh:
        findings = Findings()
        checksums.verify(fresh.directory, findings, limits, progress)
        findings.refuse_if_any()  # damaged files have faults of their own, which would only confuse
        bundle = _read(fresh.directory, fresh.sha256, called, limits, progress)
        return _moved(bundle, settle(fresh, into))


def read_bundle(
    directory: Path,
    *,
    called: CalledFor = CalledFor(),
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = ignored,
) -> Bundle:
    """Read a bundle that was opened before, from its place. Raises as `open_bundle` does."""
    return _read(directory, directory.name, called, limits, progress)


def _read(directory: Path, sha256: str, called: CalledFor, limits: Limits, progress: Progress) -> Bundle:
    findings = Findings()
    about = _metadata(directory, findings, limits)
    name, version = _identity(about, called, findings)
    if (directory / _IMAGES).is_dir():
        findings.fault(
            Place(_IMAGES),
            "holds embedded images",
            expected="images in a registry",
            remedy="push the images to a registry, and leave images/ out",
        )
    found = charts.index(directory, findings, limits, progress)
    manifest = _manifest(directory, name, found, findings, limits)
    overrides = _overrides(directory, findings, limits)
    if manifest is None or findings.faults:
        findings.refuse_if_any()
        raise AssertionError("a manifest that cannot be read has a fault")
    manifest = _without_disabled(manifest, about, findings)
    graph.refuse_cycles(manifest.releases, findings)
    findings.refuse_if_any()
    return Bundle(
        name=name,
        version=version,
        directory=directory,
        sha256=sha256,
        metadata=about,
        manifest=manifest,
        charts=found.all,
        plugins=tuple(_plugins(directory, findings)),
        overrides=overrides,
        notes=tuple(findings.notes),
    )


def _moved(bundle: Bundle, place: Path) -> Bundle:
    """Say where the files are now."""

    def moved(chart: ChartArchive) -> ChartArchive:
        return replace(chart, file=place / chart.file.relative_to(bundle.directory))

    releases = tuple(replace(release, chart=moved(release.chart)) for release in bundle.releases)
    return replace(
        bundle,
        directory=place,
        charts=tuple(moved(chart) for chart in bundle.charts),
        manifest=replace(bundle.manifest, releases=releases),
    )


def _metadata(directory: Path, findings: Findings, limits: Limits) -> Metadata:
    file = directory / metadata.FILE
    if not file.is_file():
        return Metadata()
    node = read_mapping(file.read_bytes(), metadata.FILE, findings, limits)
    return metadata.read(node, findings) if node is not None else Metadata()


def _identity(about: Metadata, called: CalledFor, findings: Findings) -> tuple[str, str]:
    """Metadata wins over what the operator typed (reference/inventory.md §3.3)."""
    name, version = about.name or called.name, about.version or called.version
    for kind, found, form, option, pattern in (
        ("name", name, NAME_FORM, "--app-name", NAME),
        ("version", version, VERSION_FORM, "--app-version", VERSION),
    ):
        key = f"app_{kind}"
        if not found:
            findings.fault(
                Place(metadata.FILE),
                f"does not say {key}",
                expected=f"{key}: {form}",
                remedy=f"add it, or pass {option} to application-upload",
            )
        elif not pattern.fullmatch(found):
            findings.fault(
                None,
                f"{option} is {found[:80]!r}",
                expected=form,
                remedy=f"pass another {option} to application-upload",
            )
    return name or "", version or ""


def _manifest(directory: Path, name: str, found: charts.Charts, findings: Findings, limits: Limits) -> Manifest | None:
    """Read whichever form is there; FluxCD's if both are, as StarlingX did while it moved from one to the other."""
    if (directory / flux.DIRECTORY).is_dir():
        manifest = flux.read(directory, found, findings, limits)
        return replace(manifest, name=f"{name}-{flux.DIRECTORY}") if manifest else None
    files = dict(_armada_files(directory, findings, limits))
    if len(files) != 1:
        names = f": {', '.join(file.name for file in files)}" if files else ""
        findings.fault(
            None,
            f"the tarball has {len(files)} manifests{names}",
            expected=f"{flux.DIRECTORY}/, or exactly one YAML file at the top with a document armada/Manifest/v1",
            remedy="build the tarball anew",
        )
        return None
    ((file, documents),) = files.items()
    return armada.read(documents, file, found, findings)


def _armada_files(directory: Path, findings: Findings, limits: Limits) -> Iterator[tuple[Path, list[Document]]]:
    for file in sorted(directory.iterdir()):
        if file.suffix in {".yaml", ".yml"} and file.is_file() and file.name not in {metadata.FILE, OVERRIDES}:
            documents = read_documents(file.read_bytes(), file.name, findings, limits)
            if armada.holds_manifest(documents):
                yield file, documents
            else:
                findings.note(Place(file.name), "is no Armada manifest, and ignored")


def _overrides(directory: Path, findings: Findings, limits: Limits) -> str | None:
    file = directory / OVERRIDES
    if not file.is_file():
        return None
    text = file.read_bytes()
    if len(text) > limits.document:
        findings.fault(
            Place(OVERRIDES), f"has {len(text)} bytes", expected=f"at most {limits.document}", remedy="make it smaller"
        )
        return None
    try:
        return text.decode()
    except UnicodeDecodeError:
        findings.fault(Place(OVERRIDES), "is not UTF-8", expected="text in UTF-8", remedy=f"save {OVERRIDES} as UTF-8")
        return None


def _plugins(directory: Path, findings: Findings) -> Iterator[str]:
    for file in sorted((directory / _PLUGINS).glob("*.whl")):
        findings.note(Place(f"{_PLUGINS}/{file.name}"), "is a plug-in of StarlingX: it is kept, and never run")
        yield file.name


def _without_disabled(manifest: Manifest, about: Metadata, findings: Findings) -> Manifest:
    """Mark the releases of charts that the metadata disables."""
    used = {name for release in manifest.releases for name in (release.chart_label, release.chart.name)}
    for name in sorted(about.disabled_charts - used):
        findings.note(Place(metadata.FILE), f"disabled_charts names {name}, and no release is made of it")
    disabled = about.disabled_charts
    return replace(
        manifest,
        releases=tuple(
            replace(release, enabled=not disabled & {release.chart_label, release.chart.name})
            for release in manifest.releases
        ),
    )
