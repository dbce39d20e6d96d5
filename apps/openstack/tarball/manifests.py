"""What lies in `fluxcd-manifests/`, made from the table of releases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from apps.openstack.tarball.charts import Chart
from apps.openstack.tarball.releases import NAMESPACE, RELEASES, ChartRelease
from lab.ground.errors import LabError

KUSTOMIZATION = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
REPOSITORY = {"kind": "HelmRepository", "name": "starlingx"}


def manifests(charts: Mapping[str, Chart], images: Mapping[str, str]) -> dict[str, bytes]:
    """Return all files, by their path from the tarball's top.

    Args:
        charts: by name.
        images: name → reference, as the record of images has them.

    """
    made = _base()
    for release in RELEASES:
        made |= _release(release, charts[release.chart], images)
    return {f"fluxcd-manifests/{path}": content for path, content in made.items()}


def _base() -> dict[str, bytes]:
    resources = ["base", *(release.chart for release in RELEASES)]
    return {
        "kustomization.yaml": _yaml(KUSTOMIZATION | {"namespace": NAMESPACE, "resources": resources}),
        "base/kustomization.yaml": _yaml(KUSTOMIZATION | {"resources": ["helmrepository.yaml", "namespace.yaml"]}),
        "base/helmrepository.yaml": _yaml({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "HelmRepository",
            "metadata": {"name": REPOSITORY["name"]},
            # The platform that applies this puts its own address here; ours takes charts from the tarball.
            "spec": {"url": "http://127.0.0.1:8080/helm_charts/starlingx", "interval": "1m"},
        }),
        "base/namespace.yaml": _yaml({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}),
    }  # fmt: skip


def _release(release: ChartRelease, chart: Chart, images: Mapping[str, str]) -> dict[str, bytes]:
    layers = [f"{release.chart}-static-overrides", f"{release.chart}-system-overrides"]
    generators = [{"name": layer, "files": [f"{layer}.yaml"]} for layer in layers]
    return {
        f"{release.chart}/kustomization.yaml": _yaml(
            KUSTOMIZATION
            | {
                "namespace": NAMESPACE,
                "resources": ["helmrelease.yaml"],
                "secretGenerator": generators,
                "generatorOptions": {"disableNameSuffixHash": True},
            }
        ),
        f"{release.chart}/helmrelease.yaml": _yaml(helm_release(release, chart, layers)),
        f"{release.chart}/{layers[0]}.yaml": _yaml(static_overrides(chart, images)),
        f"{release.chart}/{layers[1]}.yaml": b"",  # the platform's own, written when it applies
    }


def helm_release(release: ChartRelease, chart: Chart, layers: list[str]) -> dict[str, Any]:
    """One HelmRelease with the keys that StarlingX's own have (reference/applications.md §3.1)."""
    wanted = {"chart": chart.name, "version": chart.version, "interval": "1m", "sourceRef": REPOSITORY}
    waits = {"dependsOn": [{"name": name, "namespace": NAMESPACE} for name in release.after]} if release.after else {}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": release.chart, "labels": {"chart_group": release.name}},
        "spec": {
            "releaseName": release.name,
            "chart": {"spec": wanted},
            "interval": "1m",
            "timeout": f"{release.timeout.total_seconds() / 60:.0f}m",
            "test": {"enable": False},
            "install": {"disableHooks": False},
            "upgrade": {"disableHooks": False},
            **waits,
            "valuesFrom": [{"kind": "Secret", "name": layer, "valuesKey": f"{layer}.yaml"} for layer in layers],
        },
    }


def static_overrides(chart: Chart, images: Mapping[str, str]) -> dict[str, Any]:
    """The images as they were built, in the place of those that the chart's values name (`images.tags`).

    Raises:
        LabError: a chart names an image that there is no recipe for.

    """
    tags: Mapping[str, str] = (chart.values.get("images") or {}).get("tags") or {}
    return (
        {"images": {"tags": {key: _built(chart, key, str(name), images) for key, name in tags.items()}}} if tags else {}
    )


def _built(chart: Chart, key: str, named: str, images: Mapping[str, str]) -> str:
    """`registry.local:9001/openstack/mariadb:latest` → the same image with the tag of what was built."""
    name = named.rsplit("/", maxsplit=1)[-1].partition(":")[0]
    if name not in images:
        found = f"chart {chart.name}: images.tags.{key} is {named!r}, and no recipe makes an image {name}"
        raise LabError(found, f"name one of {', '.join(sorted(images))}, or add a recipe")
    return images[name]


def _yaml(document: Mapping[str, Any]) -> bytes:
    return yaml.safe_dump(document, sort_keys=False, width=1000).encode()
