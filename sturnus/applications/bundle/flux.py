"""A directory of kustomizations and HelmReleases becomes releases (reference/applications.md §3, mapped as in §8.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sturnus.applications.bundle import kustomization
from sturnus.applications.bundle.charts import Charts
from sturnus.applications.bundle.documents import plain
from sturnus.applications.bundle.findings import Findings, Place
from sturnus.applications.bundle.flux_release import Values, read_release
from sturnus.applications.bundle.kustomization import KubernetesObject
from sturnus.applications.bundle.limits import Limits
from sturnus.applications.bundle.manifest import Manifest, Resource
from sturnus.applications.release import Release, ReleaseName
from sturnus.core.application_states import ApplicationForm

DIRECTORY: Final = "fluxcd-manifests"
_HELM: Final = "helm.toolkit.fluxcd.io/"
_SOURCE: Final = "source.toolkit.fluxcd.io/"
_VERSIONS: Final = frozenset({"v2", "v2beta1", "v2beta2"})

Identity = tuple[str, str]
"""Namespace and name of a HelmRelease: what `dependsOn` names. Not those of the Helm release that it makes."""


def read(bundle: Path, charts: Charts, findings: Findings, limits: Limits) -> Manifest | None:
    """Read `fluxcd-manifests/`; None if it cannot be read at all. Faults go into `findings`."""
    top = bundle / DIRECTORY
    if not (top / "base").is_dir():
        findings.fault(
            Place(DIRECTORY),
            "has no directory base",
            expected="base/, kustomization.yaml, and a directory for each chart",
            remedy="build the tarball anew",
        )
    made = kustomization.read(top, findings, limits)
    _refuse_twins(made.objects, findings)
    helm_releases = [each for each in made.objects if _is_helm_release(each, findings)]
    values = Values(top, made.generated, findings, limits)
    releases = dict(_releases(helm_releases, charts, values, findings))
    if not helm_releases:
        findings.fault(
            Place(DIRECTORY),
            "lists no HelmRelease",
            expected="a HelmRelease for each chart",
            remedy=f"list them in {DIRECTORY}/kustomization.yaml",
        )
    return Manifest(
        form=ApplicationForm.FLUXCD,
        name=DIRECTORY,
        file=DIRECTORY,
        releases=tuple(_ordered(helm_releases, releases, findings)),
        resources=tuple(_resources(made.objects, findings)),
    )


def _is_helm_release(each: KubernetesObject, findings: Findings) -> bool:
    if each.kind != "HelmRelease" or not each.api_version.startswith(_HELM):
        return False
    if each.api_version.removeprefix(_HELM) not in _VERSIONS:
        findings.note(each.fields.at("apiVersion"), f"{each.api_version} is read like {_HELM}v2")
    return True


def _refuse_twins(objects: Sequence[KubernetesObject], findings: Findings) -> None:
    seen: dict[tuple[str, str, str | None, str], Place] = {}
    for each in objects:
        place = each.fields.node.place
        identity = (each.api_version.split("/", maxsplit=1)[0], each.kind, each.namespace, each.name)
        first = seen.setdefault(identity, place)
        if first is not place:
            findings.fault(
                place,
                f"{each.kind} {each.name} is there twice; first at {first}",
                expected="every object once",
                remedy="remove or rename one of them",
            )


def _releases(
    helm_releases: Sequence[KubernetesObject], charts: Charts, values: Values, findings: Findings
) -> Iterator[tuple[Identity, Release]]:
    taken: dict[ReleaseName, Place] = {}
    for each in helm_releases:
        release = read_release(each, charts, values)
        if release is None:
            continue
        place = each.fields.node.place
        first = taken.setdefault(release.id, place)
        if first is not place:
            findings.fault(
                place,
                f"HelmRelease {each.name} makes release {release.id}, as the one at {first} does",
                expected="one HelmRelease for each release",
                remedy="give one of them another releaseName or namespace",
            )
        yield _identity(each), release


def _ordered(
    helm_releases: Sequence[KubernetesObject], releases: dict[Identity, Release], findings: Findings
) -> Iterator[Release]:
    """Yield the releases with what they depend on."""
    known = {_identity(each) for each in helm_releases}
    for each in helm_releases:
        after = set()
        for wanted, place in _depends_on(each):
            if wanted not in known or wanted == _identity(each):
                what = "itself" if wanted in known else f"{wanted[0]}/{wanted[1]}, which is no HelmRelease here"
                findings.fault(
                    place,
                    f"HelmRelease {each.name} depends on {what}",
                    expected="a HelmRelease of this application",
                    remedy=f"correct dependsOn in {place.file}",
                )
            elif wanted in releases:
                after.add(releases[wanted].id)
        if (release := releases.get(_identity(each))) is not None:
            yield replace(release, after=frozenset(after))


def _depends_on(each: KubernetesObject) -> Iterator[tuple[Identity, Place]]:
    spec = each.fields.mapping("spec")
    for one in spec.mappings("dependsOn") if spec else ():
        name = one.required_text("name")
        namespace = one.text("namespace") or _identity(each)[0]
        one.ignored("readyExpr")
        one.note_unknown()
        if name:
            yield (namespace, name), one.at("name")


def _identity(each: KubernetesObject) -> Identity:
    return each.namespace or "default", each.name


def _resources(objects: Sequence[KubernetesObject], findings: Findings) -> Iterator[Resource]:
    """Yield what is neither a HelmRelease nor a source of charts: those are looked at and left out."""
    for each in objects:
        if each.api_version.startswith(_HELM):
            continue
        if each.api_version.startswith(_SOURCE):
            _check_source(each, findings)
            continue
        yield Resource(each.api_version, each.kind, each.name, each.namespace, plain(each.fields.node))


def _check_source(each: KubernetesObject, findings: Findings) -> None:
    """Charts come from the tarball; a repository without an address is a mistake all the same."""
    spec = each.fields.mapping("spec")
    url = spec.required_text("url") if spec else ""
    if spec is None and "spec" not in each.fields:
        each.fields.missing("spec", "url and interval")
    if url and not url.startswith(("http://", "https://", "oci://")) and each.kind == "HelmRepository":
        findings.fault(
            spec.at("url") if spec else each.fields.at("spec"),
            f"HelmRepository {each.name} has no address of a repository",
            expected="a url that begins with http://, https:// or oci://",
            remedy="correct spec.url",
        )
