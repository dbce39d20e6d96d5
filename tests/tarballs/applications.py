"""Application tarballs made from parameters, in both forms, from the same description.

    spec = ApplicationSpec("demo", releases=(ReleaseSpec(ChartSpec("db"), name="demo-db"), ...), groups=(...))
    file = write_tarball(directory, spec, ApplicationForm.FLUXCD)

`files_of(spec, form)` gives the files before they are packed (path → bytes), for tests that break something:

    files = files_of(spec, ApplicationForm.ARMADA)
    del files["charts/db-0.1.0.tgz"]
    pack(files)

`pack` adds checksum.md5 unless it is told not to. Same parameters, same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from sturnus.core.application_states import ApplicationForm
from tests.tarballs.archives import md5_list, tgz
from tests.tarballs.charts import ChartSpec, chart_tgz

Files = dict[str, bytes]


@dataclass(frozen=True)
class ReleaseSpec:
    chart: ChartSpec
    name: str = ""  # "": the chart's; HelmRelease NAME, and Armada document PREFIX-NAME below
    after: tuple[str, ...] = ()  # names of releases: dependsOn. Armada has groups instead
    values: str = ""  # of the manifest: YAML text
    namespace: str = ""  # "": the application's
    release: str = ""  # name in Helm without the prefix; "": Armada's document name
    helm_name: str = ""  # the whole name in Helm; FluxCD only
    timeout: int = 1800  # seconds
    disable_wait: bool = False

    @property
    def called(self) -> str:
        return self.name or self.chart.name


@dataclass(frozen=True)
class GroupSpec:
    name: str
    releases: tuple[str, ...]
    sequenced: bool = True


@dataclass(frozen=True)
class ApplicationSpec:
    name: str
    releases: tuple[ReleaseSpec, ...]
    groups: tuple[GroupSpec, ...] = ()  # () : one sequenced group
    version: str = "1.0-1"
    namespace: str = "demo"
    prefix: str = "osh"  # of Helm's release names
    document_prefix: str = ""  # of the names of Armada's documents, and so of its releases: "openstack-"
    disabled: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    extra_charts: tuple[ChartSpec, ...] = ()  # in charts/, and in no release
    plugin: str = ""  # name of a wheel's package
    overrides: str = ""  # overrides.yaml
    manifest: str = ""  # file name of the Armada manifest; "": NAME.yaml

    def helm_name(self, release: ReleaseSpec) -> str:
        return release.helm_name or f"{self.prefix}-{release.release or self.document_prefix + release.called}"

    def group_of(self, release: ReleaseSpec) -> str:
        return next(group.name for group in self.all_groups if release.called in group.releases)

    @property
    def all_groups(self) -> tuple[GroupSpec, ...]:
        return self.groups or (GroupSpec(f"{self.name}-all", tuple(each.called for each in self.releases)),)


def write_tarball(directory: Path, spec: ApplicationSpec, form: ApplicationForm) -> Path:
    """Write `NAME-VERSION.tgz` into a directory that exists."""
    file = directory / f"{spec.name}-{spec.version}.tgz"
    file.write_bytes(pack(files_of(spec, form)))
    return file


def pack(files: Mapping[str, bytes], *, checksums: bool = True) -> bytes:
    """Pack as the build of StarlingX does: `./` before each name, a list of MD5 sums."""
    listed = {"checksum.md5": md5_list(files)} if checksums else {}
    return tgz({**files, **listed}, prefix="./")


def files_of(spec: ApplicationSpec, form: ApplicationForm) -> Files:
    """All files but the checksums."""
    manifest = armada_files(spec) if form is ApplicationForm.ARMADA else flux_files(spec)
    return _common_files(spec) | manifest


def _common_files(spec: ApplicationSpec) -> Files:
    about: dict[str, Any] = {"app_name": spec.name, "app_version": spec.version}
    if spec.disabled:
        about["disabled_charts"] = list(spec.disabled)
    files = {"metadata.yaml": _yaml(about | dict(spec.metadata))}
    charts = {f"{each.name}-{each.version}": each for each in (*_charts(spec), *spec.extra_charts)}
    files |= {f"charts/{file}.tgz": chart_tgz(each) for file, each in sorted(charts.items())}
    if spec.plugin:
        files[f"plugins/{spec.plugin}-1.0-py3-none-any.whl"] = wheel(spec.plugin)
    if spec.overrides:
        files["overrides.yaml"] = spec.overrides.encode()
    return files


def _charts(spec: ApplicationSpec) -> tuple[ChartSpec, ...]:
    return tuple(each.chart for each in spec.releases)


def armada_files(spec: ApplicationSpec) -> Files:
    """One file of documents, as in 2019 (reference/applications.md §2.1)."""
    groups = [_armada_group(spec, group) for group in spec.all_groups]
    names = [group.name for group in spec.all_groups]
    manifest = _armada_document("Manifest", "armada-manifest", {"release_prefix": spec.prefix, "chart_groups": names})
    charts = [_armada_chart(spec, each) for each in spec.releases]
    return {spec.manifest or f"{spec.name}.yaml": "---\n".join((*charts, *groups, manifest)).encode()}


def _armada_chart(spec: ApplicationSpec, each: ReleaseSpec) -> str:
    name = spec.document_prefix + each.called
    labels = {"release_group": f"{spec.prefix}-{name}"}
    data: dict[str, Any] = {
        "chart_name": each.chart.name,
        "release": each.release or name,
        "namespace": each.namespace or spec.namespace,
        "wait": {"timeout": each.timeout, "labels": labels} | ({"resources": []} if each.disable_wait else {}),
        "test": {"enabled": False},
        "install": {"no_hooks": False},
        "upgrade": {"no_hooks": False, "pre": {"delete": [{"type": "job", "labels": labels}]}},
        "source": {
            "type": "tar",
            "location": f"http://172.17.0.1/helm_charts/starlingx/{each.chart.name}-{each.chart.version}.tgz",
            "subpath": each.chart.name,
            "reference": "master",
        },
        "dependencies": [],
    }
    text = _armada_document("Chart", name, data)
    return text + (f"  values:\n{indent(each.values, '    ')}" if each.values else "")


def _armada_group(spec: ApplicationSpec, group: GroupSpec) -> str:
    members = [spec.document_prefix + name for name in group.releases]
    data = {"description": f"Deploy {group.name}", "sequenced": group.sequenced, "chart_group": members}
    return _armada_document("ChartGroup", group.name, data)


def _armada_document(kind: str, name: str, data: Mapping[str, Any]) -> str:
    metadata = {"schema": "metadata/Document/v1", "name": name}
    return _yaml({"schema": f"armada/{kind}/v1", "metadata": metadata, "data": dict(data)}).decode()


def flux_files(spec: ApplicationSpec) -> Files:
    """A directory of kustomizations, as today (reference/applications.md §3.1)."""
    top = "fluxcd-manifests"
    resources = ["base", *(each.called for each in spec.releases)]
    url = {"url": "http://192.168.206.1:8080/helm_charts/starlingx", "interval": "1m"}
    files = {
        f"{top}/kustomization.yaml": _kustomization(namespace=spec.namespace, resources=resources),
        f"{top}/base/kustomization.yaml": _kustomization(resources=["helmrepository.yaml", "namespace.yaml"]),
        f"{top}/base/helmrepository.yaml": _object("source.toolkit.fluxcd.io/v1", "HelmRepository", "starlingx", url),
        f"{top}/base/namespace.yaml": _object("v1", "Namespace", spec.namespace),
    }
    for each in spec.releases:
        files |= {f"{top}/{each.called}/{name}": content for name, content in _flux_release(spec, each).items()}
    return files


def _flux_release(spec: ApplicationSpec, each: ReleaseSpec) -> Files:
    name = each.called
    overrides = [f"{name}-{layer}-overrides" for layer in ("static", "system")]
    wait = {"disableHooks": False} | ({"disableWait": True} if each.disable_wait else {})
    body: dict[str, Any] = {
        "releaseName": spec.helm_name(each),
        "chart": {
            "spec": {
                "chart": each.chart.name,
                "version": each.chart.version,
                "interval": "1m",
                "sourceRef": {"kind": "HelmRepository", "name": "starlingx"},
            }
        },
        "interval": "1m",
        "timeout": f"{each.timeout // 60}m" if each.timeout % 60 == 0 else f"{each.timeout}s",
        "test": {"enable": False},
        "install": wait,
        "upgrade": dict(wait),
        "valuesFrom": [{"kind": "Secret", "name": one, "valuesKey": f"{one}.yaml"} for one in overrides],
    }
    if each.namespace:
        body["targetNamespace"] = each.namespace
    if each.after:
        body["dependsOn"] = [{"name": other, "namespace": spec.namespace} for other in each.after]
    generators = [{"name": one, "files": [f"{one}.yaml"]} for one in overrides]
    return {
        "kustomization.yaml": _kustomization(
            namespace=spec.namespace,
            resources=["helmrelease.yaml"],
            secretGenerator=generators,
            generatorOptions={"disableNameSuffixHash": True},
        ),
        "helmrelease.yaml": _object(
            "helm.toolkit.fluxcd.io/v2", "HelmRelease", name, body, {"chart_group": spec.group_of(each)}
        ),
        f"{overrides[0]}.yaml": each.values.encode(),
        f"{overrides[1]}.yaml": b"",
    }


def _kustomization(**fields: Any) -> bytes:
    return _yaml({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **fields})


def _object(
    api: str, kind: str, name: str, spec: Mapping[str, Any] | None = None, labels: Mapping[str, str] | None = None
) -> bytes:
    metadata = {"name": name} | ({"labels": dict(labels)} if labels else {})
    return _yaml({"apiVersion": api, "kind": kind, "metadata": metadata} | ({"spec": dict(spec)} if spec else {}))


def wheel(package: str) -> bytes:
    """A plug-in wheel of StarlingX in shape. Whoever imports it, is told."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for module in ("__init__", "common/constants", "helm/openstack", "lifecycle/lifecycle_openstack"):
            trap = f"raise SystemExit('{package} of a tarball was executed')\n" + "# plug-in\n" * 500
            archive.writestr(zipfile.ZipInfo(f"{package}/{module}.py"), trap)
        points = f"[systemconfig.helm_applications]\nopenstack = {package}.helm.openstack\n"
        archive.writestr(zipfile.ZipInfo(f"{package}-1.0.dist-info/entry_points.txt"), points)
    return content.getvalue()


def _yaml(value: object) -> bytes:
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, width=200).encode()
