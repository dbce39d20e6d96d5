"""A directory of kustomizations and HelmReleases becomes releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sturnus.applications.bundle.bundle import Bundle
from sturnus.applications.bundle.durations import parse_duration
from sturnus.applications.bundle.manifest import NAMESPACE_FORM, RELEASE_FORM
from sturnus.applications.release import Hooks, Release, ReleaseName, Waiting
from sturnus.core.application_states import ApplicationForm
from tests.tarballs.applications import Files, files_of
from tests.tarballs.charts import chart_tgz
from tests.tarballs.tiny import STORE, TINY
from tests.unit.applications.opening import opened, refusal

BASE: Files = {path: each for path, each in files_of(TINY, ApplicationForm.ARMADA).items() if path != "tiny.yaml"}
TOP = "fluxcd-manifests"


def text(value: object) -> bytes:
    return yaml.safe_dump(value, sort_keys=False).encode()


def helm_release(name: str = "store", metadata: Mapping[str, Any] | None = None, api: str = "v2", **spec: Any) -> bytes:
    given: dict[str, Any] = {"releaseName": name, "chart": {"spec": {"chart": "store", "version": "0.1.0"}}}
    return text(
        {
            "apiVersion": f"helm.toolkit.fluxcd.io/{api}",
            "kind": "HelmRelease",
            "metadata": {"name": name} | dict(metadata or {}),
            "spec": {key: value for key, value in (given | spec).items() if value is not None},
        }
    )


def tarball(root: Mapping[str, Any] | None = None, **files: bytes) -> Files:
    """One kustomization at the top; files named `a__b` lie in `a/b.yaml`."""
    listed = [f"{name.replace('__', '/')}.yaml" for name in files if "__" not in name]
    kustomization = {"namespace": "demo", "resources": ["base", *listed]} | dict(root or {})
    manifests = {f"{name.replace('__', '/')}.yaml": content for name, content in files.items()}
    return BASE | {
        f"{TOP}/{path}": content
        for path, content in {
            "kustomization.yaml": text({key: value for key, value in kustomization.items() if value is not None}),
            "base/kustomization.yaml": text({"resources": []}),
            **manifests,
        }.items()
    }


def alone(**spec: Any) -> Files:
    return tarball(store=helm_release(**spec))


def only(bundle: Bundle) -> Release:
    (release,) = bundle.releases
    return release


@pytest.mark.parametrize("api", ["v2", "v2beta1", "v2beta2"])
def test_a_helm_release_with_nothing_but_what_it_must_have(tmp_path: Path, api: str) -> None:
    bundle = opened(tmp_path, alone(api=api))

    assert (bundle.manifest.form, bundle.manifest.name, bundle.manifest.file) == (
        ApplicationForm.FLUXCD,
        "tiny-fluxcd-manifests",
        "fluxcd-manifests",
    )
    assert only(bundle) == Release(
        id=ReleaseName("demo", "store"), chart=bundle.charts[1], values={}, chart_label="store"
    )
    assert bundle.notes == ()
    assert bundle.resources == ()


FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "release name": ({"releaseName": "osh-store"}, {"id": ReleaseName("demo", "osh-store"), "chart_label": "store"}),
    "no release name": ({"releaseName": None}, {"id": ReleaseName("demo", "store")}),
    "target namespace": ({"targetNamespace": "other"}, {"id": ReleaseName("other", "store")}),
    "target namespace and no release name": (
        {"targetNamespace": "other", "releaseName": None},
        {"id": ReleaseName("other", "other-store")},
    ),
    "group": ({"metadata": {"labels": {"chart_group": "g"}}}, {"group": "g"}),
    "timeout": ({"timeout": "1h30m"}, {"timeout": timedelta(minutes=90)}),
    "timeout of the install": ({"install": {"timeout": "90s"}}, {"timeout": timedelta(seconds=90)}),
    "both timeouts": ({"timeout": "5m", "install": {"timeout": "90s"}}, {"timeout": timedelta(minutes=5)}),
    "delete timeout": ({"uninstall": {"timeout": "7s"}}, {"delete_timeout": timedelta(seconds=7)}),
    "no wait": ({"install": {"disableWait": True}}, {"waiting": Waiting(())}),
    "wait": ({"install": {"disableWait": False}}, {"waiting": Waiting(None)}),
    "no hooks": (
        {"install": {"disableHooks": True}, "upgrade": {"disableHooks": True}},
        {"install_hooks": Hooks.SKIP, "upgrade_hooks": Hooks.SKIP},
    ),
    "tests": ({"test": {"enable": True, "timeout": "10s"}}, {"test_timeout": timedelta(seconds=10)}),
    "tests as long as usual": ({"test": {"enable": True}}, {"test_timeout": timedelta(minutes=5)}),
    "no tests": ({"test": {"enable": False}}, {"test_timeout": None}),
    "values": ({"values": {"a": {"b": None}}}, {"values": {"a": {"b": None}}}),
    "what Flux needs and we do not": (
        {
            "interval": "1m",
            "maxHistory": 3,
            "driftDetection": {},
            "install": {"remediation": {"retries": 3}, "crds": "Create"},
        },
        {},
    ),
}


@pytest.mark.parametrize(("spec", "expected"), FIELDS.values(), ids=FIELDS)
def test_a_field_is_mapped(tmp_path: Path, spec: dict[str, Any], expected: dict[str, Any]) -> None:
    bundle = opened(tmp_path, alone(**spec))

    release = only(bundle)
    assert {name: getattr(release, name) for name in expected} == expected
    assert bundle.notes == ()


VERSIONS = {
    "0.1.0": "0.1.0",
    "0.1.0+abc": "0.1.0",  # what follows + does not count if nothing else fits
    "0.2.0+abc": "0.2.0+abc",
}


@pytest.mark.parametrize(("wanted", "found"), VERSIONS.items())
def test_the_chart_is_chosen_by_name_and_version(tmp_path: Path, wanted: str, found: str) -> None:
    files = alone(chart={"spec": {"chart": "store", "version": wanted}})
    files["charts/store-2.tgz"] = chart_tgz(replace(STORE, version="0.2.0+abc"))

    assert only(opened(tmp_path, files)).chart.version == found


@pytest.mark.parametrize("version", [None, "*", ""])
def test_without_a_version_the_only_chart_of_the_name_is_meant(tmp_path: Path, version: str | None) -> None:
    files = alone(chart={"spec": {"chart": "store", "version": version}})

    assert only(opened(tmp_path, files)).chart.version == "0.1.0"


NAMESPACES = {
    # root kustomization, inner kustomization, object: what holds
    "outermost": ("a", "b", "c", "a"),
    "inner": (None, "b", "c", "b"),
    "its own": (None, None, "c", "c"),
    "none": (None, None, None, "default"),
}


@pytest.mark.parametrize(("root", "inner", "own", "holds"), NAMESPACES.values(), ids=NAMESPACES)
def test_the_outermost_kustomization_that_names_a_namespace_decides(
    tmp_path: Path, root: str | None, inner: str | None, own: str | None, holds: str
) -> None:
    kustomization = {"resources": ["helmrelease.yaml"]} | ({"namespace": inner} if inner else {})
    files = tarball(
        {"namespace": root, "resources": ["base", "store"]},
        store__kustomization=text(kustomization),
        store__helmrelease=helm_release(metadata={"namespace": own} if own else {}),
    )

    assert only(opened(tmp_path, files)).id.namespace == holds


def test_only_what_a_kustomization_lists_is_read(tmp_path: Path) -> None:
    files = alone() | {f"{TOP}/other/helmrelease.yaml": b"[", f"{TOP}/notes.txt": b"\xff"}

    assert only(opened(tmp_path, files)).id.name == "store"


def test_kustomizations_may_lie_deep_and_be_called_otherwise(tmp_path: Path) -> None:
    files = tarball({"resources": ["base"], "bases": ["a"]}) | {
        f"{TOP}/a/kustomization.yml": text({"resources": ["b/"]}),
        f"{TOP}/a/b/Kustomization": text({"resources": ["../../store.yaml"]}),
        f"{TOP}/store.yaml": helm_release(),
    }

    assert only(opened(tmp_path, files)).id == ReleaseName("demo", "store")


def test_depends_on_becomes_the_order_with_namespaces(tmp_path: Path) -> None:
    files = tarball(
        {"namespace": None},
        a=helm_release("a", {"namespace": "x"}, releaseName="osh-a"),
        b=helm_release("b", {"namespace": "x"}, dependsOn=[{"name": "a"}]),
        c=helm_release(
            "c", {"namespace": "z"}, dependsOn=[{"name": "a", "namespace": "x"}, {"name": "b", "namespace": "x"}]
        ),
    )

    assert {each.id: each.after for each in opened(tmp_path, files).releases} == {
        ReleaseName("x", "osh-a"): frozenset(),
        ReleaseName("x", "b"): {ReleaseName("x", "osh-a")},
        ReleaseName("z", "c"): {ReleaseName("x", "osh-a"), ReleaseName("x", "b")},
    }


def values_from(*sources: Mapping[str, Any], **spec: Any) -> Files:
    generators = {
        "secretGenerator": [
            {"name": "static", "files": ["static.yaml"]},
            {"name": "system", "files": ["values.yaml=system.yaml"]},
        ],
        "configMapGenerator": [{"name": "map", "files": ["map.yaml"]}],
    }
    files = {
        "static": "a: {x: 1, z: 1, list: [1, 2]}\nb: static\n",
        "system": "",
        "map": "a: {z: 2, list: [3]}\nc: null\n",
    }
    return tarball(generators, store=helm_release(valuesFrom=list(sources), **spec)) | {
        f"{TOP}/kustomization.yaml": text({"namespace": "demo", "resources": ["base", "store.yaml"], **generators}),
        **{f"{TOP}/{name}.yaml": content.encode() for name, content in files.items()},
    }


STATIC = {"kind": "Secret", "name": "static", "valuesKey": "static.yaml"}
SYSTEM = {"kind": "Secret", "name": "system"}
MAP = {"kind": "ConfigMap", "name": "map", "valuesKey": "map.yaml"}
MERGED: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any], dict[str, Any]]] = {
    "one": ((STATIC,), {}, {"a": {"x": 1, "z": 1, "list": [1, 2]}, "b": "static"}),
    "an empty one": ((SYSTEM,), {}, {}),
    "in order": ((STATIC, SYSTEM, MAP), {}, {"a": {"x": 1, "z": 2, "list": [3]}, "b": "static", "c": None}),
    "in another order": ((MAP, STATIC), {}, {"a": {"z": 1, "list": [1, 2], "x": 1}, "c": None, "b": "static"}),
    "spec.values last": ((STATIC,), {"b": "spec", "a": {"x": 9}}, {"a": {"x": 9, "z": 1, "list": [1, 2]}, "b": "spec"}),
    "one that is not there and need not be": (({"kind": "Secret", "name": "user", "optional": True},), {}, {}),
}


@pytest.mark.parametrize(("sources", "values", "merged"), MERGED.values(), ids=MERGED)
def test_values_are_merged_in_their_order(
    tmp_path: Path, sources: tuple[dict[str, Any], ...], values: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert only(opened(tmp_path, values_from(*sources, values=values or None))).values == merged


def test_other_objects_are_listed_and_repositories_looked_at(tmp_path: Path) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo", "labels": {"a": "b"}}}
    repository = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmRepository",
        "metadata": {"name": "starlingx"},
        "spec": {"url": "http://192.168.206.1:8080/helm_charts/starlingx", "interval": "1m"},
    }
    files = tarball(store=helm_release(), base__all=text(namespace) + b"---\n" + text(repository))
    files[f"{TOP}/base/kustomization.yaml"] = text({"resources": ["all.yaml"]})

    (resource,) = opened(tmp_path, files).resources
    assert (resource.api_version, resource.kind, resource.name) == ("v1", "Namespace", "demo")
    assert resource.content == namespace


def test_what_is_not_needed_is_accepted_with_a_note(tmp_path: Path) -> None:
    files = tarball({"mood": "good"}, store=helm_release(api="v3", suspend=True, colour="red"))

    assert opened(tmp_path, files).notes == (
        "fluxcd-manifests/kustomization.yaml:5:1: mood is not known here, and ignored",
        "fluxcd-manifests/store.yaml:1:1: helm.toolkit.fluxcd.io/v3 is read like helm.toolkit.fluxcd.io/v2",
        "fluxcd-manifests/store.yaml:11:3: spec.suspend has no effect here",
        "fluxcd-manifests/store.yaml:12:3: spec.colour is not known here, and ignored",
    )


def without(files: Files, *paths: str) -> Files:
    return {path: content for path, content in files.items() if not path.startswith(tuple(paths))}


def circle() -> Files:
    return tarball(
        a=helm_release("a", dependsOn=[{"name": "c"}]),
        b=helm_release("b", dependsOn=[{"name": "a"}]),
        c=helm_release("c", dependsOn=[{"name": "b"}]),
        d=helm_release("d", dependsOn=[{"name": "a"}]),
    )


K = "fluxcd-manifests/kustomization.yaml"
S = "fluxcd-manifests/store.yaml"
ONLY_FILES = "files of the tarball only"
DURATION = "a duration like 30m or 1h30m, at most 24h"
WRONG: dict[str, tuple[Files, str, str]] = {
    "no base": (
        without(alone(), f"{TOP}/base"),
        f"fluxcd-manifests: has no directory base; {K}:3:3: lists base, and there is no such file",
        "base/, kustomization.yaml, and a directory for each chart; files of the tarball only",
    ),
    "no kustomization": (
        without(alone(), K),
        "fluxcd-manifests: has no kustomization.yaml; fluxcd-manifests: lists no HelmRelease",
        "a kustomization.yaml in every listed directory; a HelmRelease for each chart",
    ),
    "no kustomization in a directory": (
        tarball({"resources": ["base", "store.yaml", "x"]}, store=helm_release(), x__y=b""),
        "fluxcd-manifests/x: has no kustomization.yaml",
        "a kustomization.yaml in every listed directory",
    ),
    "no HelmRelease": (tarball(), "fluxcd-manifests: lists no HelmRelease", "a HelmRelease for each chart"),
    "a file that is not there": (
        tarball({"resources": ["base", "store.yaml", "gone.yaml"]}, store=helm_release()),
        f"{K}:5:3: lists gone.yaml, and there is no such file",
        ONLY_FILES,
    ),
    "a way out": (
        tarball({"resources": ["base", "store.yaml", "../metadata.yaml"]}, store=helm_release()),
        f"{K}:5:3: lists ../metadata.yaml, outside of fluxcd-manifests",
        "files in fluxcd-manifests only",
    ),
    "an absolute path": (
        tarball({"resources": ["base", "store.yaml", "/etc/passwd"]}, store=helm_release()),
        f"{K}:5:3: lists /etc/passwd, outside of fluxcd-manifests",
        "files in fluxcd-manifests only",
    ),
    "a way far out": (
        tarball({"resources": ["base", "store.yaml", "../" * 40 + "etc/passwd"]}, store=helm_release()),
        f"{K}:5:3: lists {'../' * 40}etc/passwd, outside of fluxcd-manifests",
        "files in fluxcd-manifests only",
    ),
    "the internet": (
        tarball({"resources": ["base", "store.yaml", "https://example.com/x.yaml"]}, store=helm_release()),
        f"{K}:5:3: lists https://example.com/x.yaml, which is not in the tarball",
        ONLY_FILES,
    ),
    "itself": (
        tarball({"resources": ["base", "store.yaml", "."]}, store=helm_release()),
        f"{K}:5:3: lists ., in which it lies itself",
        "kustomizations without a circle",
    ),
    "twice": (
        tarball({"resources": ["base", "store.yaml", "base/../store.yaml"]}, store=helm_release()),
        f"{K}:5:3: lists base/../store.yaml, as {K}:4:3 does",
        "every resource once",
    ),
    "patches": (
        tarball({"patches": [{"path": "x"}]}, store=helm_release()),
        f"{K}:5:1: patches would change the objects",
        "resources, namespace and generators only",
    ),
    "a prefix": (
        tarball({"namePrefix": "x-"}, store=helm_release()),
        f"{K}:5:1: namePrefix would change the objects",
        "resources, namespace and generators only",
    ),
    "resources that are no list": (
        tarball({"resources": "base"}, store=helm_release()),
        f"{K}:2:1: resources is 'base'; fluxcd-manifests: lists no HelmRelease",
        "resources: a list; a HelmRelease for each chart",
    ),
    "generated values that are not there": (
        tarball({"secretGenerator": [{"name": "x", "files": ["gone.yaml"]}]}, store=helm_release()),
        f"{K}:8:5: lists gone.yaml, and there is no such file",
        ONLY_FILES,
    ),
    "generated from the environment": (
        tarball({"secretGenerator": [{"name": "x", "envs": ["/proc/self/environ"]}]}, store=helm_release()),
        f"{K}:7:3: secretGenerator[0].envs is not read here",
        "values in files",
    ),
    "an object that is a list": (
        tarball(store=helm_release() + b"---\n- 1\n"),
        f"{S}:12:1: is a list",
        "a Kubernetes object",
    ),
    "an object without a name": (
        tarball(store=helm_release() + b"---\n" + text({"apiVersion": "v1", "kind": "Secret", "metadata": {}})),
        f"{S}:14:11: metadata.name is missing",
        "metadata.name: text",
    ),
    "an object without metadata": (
        tarball(store=helm_release() + b"---\n" + text({"apiVersion": "v1", "kind": "Secret"})),
        f"{S}:12:1: metadata is missing",
        "metadata: a mapping with a name",
    ),
    "an object twice": (
        tarball(store=helm_release() + b"---\n" + helm_release()),
        f"{S}:12:1: HelmRelease store is there twice; first at {S}:1:1; "
        f"{S}:12:1: HelmRelease store makes release demo/store, as the one at {S}:1:1 does",
        "every object once; one HelmRelease for each release",
    ),
    "one release twice": (
        tarball(store=helm_release(), again=helm_release("again", releaseName="store")),
        f"fluxcd-manifests/again.yaml:1:1: HelmRelease again makes release demo/store, as the one at {S}:1:1 does",
        "one HelmRelease for each release",
    ),
    "no spec": (
        tarball(
            store=text({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "a"}})
        ),
        f"{S}:1:1: spec is missing",
        "spec: what to install",
    ),
    "no chart": (alone(chart=None), f"{S}:6:3: spec.chart is missing", "spec.chart: spec: chart and version"),
    "a chart reference": (
        alone(chartRef={"kind": "OCIRepository"}),
        f"{S}:11:3: spec.chartRef is not read here",
        "charts of the tarball, as they are",
    ),
    "post-renderers": (
        alone(postRenderers=[{}]),
        f"{S}:11:3: spec.postRenderers is not read here",
        "charts of the tarball, as they are",
    ),
    "a chart that is not there": (
        alone(chart={"spec": {"chart": "gone", "version": "1.0.0"}}),
        f"{S}:9:7: release demo/store needs chart gone 1.0.0, and charts/ has no chart gone",
        "every chart of the manifest in charts/",
    ),
    "a version that is not there": (
        alone(chart={"spec": {"chart": "store", "version": "9"}}),
        f"{S}:9:7: release demo/store needs chart store 9, and charts/ has store 0.1.0",
        "every chart of the manifest in charts/",
    ),
    "values files of the chart": (
        alone(chart={"spec": {"chart": "store", "valuesFiles": ["x"]}}),
        f"{S}:10:7: spec.chart.spec.valuesFiles is not read here",
        "values in valuesFrom or values",
    ),
    "a release that Helm refuses": (
        alone(releaseName="Store"),
        f"{S}:6:3: spec.releaseName makes the release 'Store'",
        RELEASE_FORM,
    ),
    "a namespace that Kubernetes refuses": (
        alone(targetNamespace="a.b"),
        f"{S}:11:3: spec.targetNamespace makes the namespace 'a.b'",
        NAMESPACE_FORM,
    ),
    "a timeout without a unit": (alone(timeout="30"), f"{S}:11:3: spec.timeout is '30'", DURATION),
    "a timeout of nothing": (alone(timeout="0s"), f"{S}:11:3: spec.timeout is '0s'", DURATION),
    "a timeout of a week": (alone(timeout="168h"), f"{S}:11:3: spec.timeout is '168h'", DURATION),
    "a dependency that is not there": (
        alone(dependsOn=[{"name": "gone"}]),
        f"{S}:12:5: HelmRelease store depends on demo/gone, which is no HelmRelease here",
        "a HelmRelease of this application",
    ),
    "a dependency in another namespace": (
        tarball(store=helm_release(dependsOn=[{"name": "b", "namespace": "x"}]), b=helm_release("b")),
        f"{S}:12:5: HelmRelease store depends on x/b, which is no HelmRelease here",
        "a HelmRelease of this application",
    ),
    "a dependency on itself": (
        alone(dependsOn=[{"name": "store"}]),
        f"{S}:12:5: HelmRelease store depends on itself",
        "a HelmRelease of this application",
    ),
    "a dependency without a name": (
        alone(dependsOn=[{"namespace": "x"}]),
        f"{S}:12:5: spec.dependsOn[0].name is missing",
        "spec.dependsOn[0].name: text",
    ),
    "a circle": (
        circle(),
        "releases wait for each other in a circle: demo/a, which waits for demo/c, which waits for demo/b, "
        "which waits for demo/a",
        "an order in which every release can start",
    ),
    "values that nothing makes": (
        alone(valuesFrom=[{"kind": "Secret", "name": "gone"}]),
        f"{S}:13:5: spec.valuesFrom[0].name names Secret gone with the key values.yaml, which nothing makes",
        "a generator's name",
    ),
    "values at a path": (
        values_from(STATIC | {"targetPath": "a.b"}),
        f"{S}:15:5: spec.valuesFrom[0].targetPath is not read here",
        "whole values files",
    ),
    "a values file that is no YAML": (
        values_from(STATIC) | {f"{TOP}/static.yaml": b"a: ["},
        "fluxcd-manifests/static.yaml:2:1: is not YAML: did not find expected node content",
        "YAML",
    ),
    "a values file that is a list": (
        values_from(STATIC) | {f"{TOP}/static.yaml": b"- 1\n"},
        "fluxcd-manifests/static.yaml:1:1: is a list",
        "one YAML document with keys and values",
    ),
    "a repository without an address": (
        tarball(
            store=helm_release(),
            repo=text(
                {
                    "apiVersion": "source.toolkit.fluxcd.io/v1",
                    "kind": "HelmRepository",
                    "metadata": {"name": "starlingx"},
                    "spec": {"url": "file:///etc"},
                }
            ),
        ),
        "fluxcd-manifests/repo.yaml:6:3: HelmRepository starlingx has no address of a repository",
        "a url that begins with http://, https:// or oci://",
    ),
}


@pytest.mark.parametrize(("files", "fault", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, files: Files, fault: str, expected: str) -> None:
    error = refusal(tmp_path, files)

    assert error.message == fault
    assert error.expected == expected


DURATIONS = {
    "30m": 1800.0,
    "1h30m": 5400.0,
    "5m0s": 300.0,
    "1.5h": 5400.0,
    "100ms": 0.1,
    "1m.5s": 60.5,
    "0": 0.0,
    "2µs": 0.000002,
    "": None,
    "30": None,
    "-1s": None,
    "1 h": None,
    "m": None,
    "1d": None,
    "9" * 13 + "s": None,
    "9" * 12 + "h": None,
    "1s" * 50: None,
}


@pytest.mark.parametrize(("written", "seconds"), DURATIONS.items())
def test_durations_are_read_as_go_writes_them(written: str, seconds: float | None) -> None:
    found = parse_duration(written)

    assert (None if found is None else found.total_seconds()) == seconds
