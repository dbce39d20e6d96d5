"""Armada manifests become releases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sturnus.applications.bundle.bundle import Bundle
from sturnus.applications.bundle.manifest import NAMESPACE_FORM
from sturnus.applications.release import (
    Hooks,
    JobSelector,
    Release,
    ReleaseName,
    WaitFor,
    Waiting,
)
from sturnus.core.application_states import ApplicationForm
from tests.tarballs.applications import Files, files_of
from tests.tarballs.charts import ChartSpec, chart_tgz
from tests.tarballs.tiny import TINY
from tests.unit.applications.opening import opened, refusal

BASE: Files = {path: content for path, content in files_of(TINY, ApplicationForm.ARMADA).items() if path != "tiny.yaml"}


def chart(name: str = "store", version: int = 1, **data: Any) -> str:
    given: dict[str, Any] = {
        "chart_name": name,
        "release": name,
        "namespace": "demo",
        "source": {"type": "tar", "location": f"http://x/{name}-0.1.0.tgz"},
    }
    return document("Chart", data.pop("document", name), given | data, version)


def group(name: str, *charts: str, sequenced: bool = False) -> str:
    return document("ChartGroup", name, {"sequenced": sequenced, "chart_group": list(charts)})


def manifest(*groups: str, **data: Any) -> str:
    return document("Manifest", "armada-manifest", {"release_prefix": "osh", "chart_groups": list(groups)} | data)


def document(kind: str, name: str, data: object, version: int = 1) -> str:
    return yaml.safe_dump(
        {
            "schema": f"armada/{kind}/v{version}",
            "metadata": {"schema": "metadata/Document/v1", "name": name},
            "data": data,
        },
        sort_keys=False,
    )


def tarball(*documents: str) -> Files:
    return BASE | {"app.yaml": "---\n".join(documents).encode()}


def alone(**data: Any) -> Files:
    return tarball(chart(**data), group("g", data.get("document", "store")), manifest("g"))


def only(bundle: Bundle) -> Release:
    (release,) = bundle.releases
    return release


def order(bundle: Bundle) -> dict[str, set[str]]:
    """Release → those before it, without the prefix."""
    return {
        each.id.name.removeprefix("osh-"): {other.name.removeprefix("osh-") for other in each.after}
        for each in bundle.releases
    }


def test_a_chart_document_with_nothing_but_what_it_must_have(tmp_path: Path) -> None:
    bundle = opened(tmp_path, alone())

    assert (bundle.manifest.form, bundle.manifest.name, bundle.manifest.file) == (
        ApplicationForm.ARMADA,
        "armada-manifest",
        "app.yaml",
    )
    release = only(bundle)
    assert release == Release(
        id=ReleaseName("demo", "osh-store"),
        chart=bundle.charts[1],
        values={},
        group="g",
        chart_label="store",
        test_timeout=timedelta(minutes=5),
    )
    assert release.timeout == timedelta(minutes=30)
    assert bundle.notes == ()


def test_groups_come_one_after_another_and_within_them_as_they_say(tmp_path: Path) -> None:
    def groups(*, first: bool, second: bool) -> dict[str, set[str]]:
        charts = [chart("store", document=name, release=name) for name in "abcd"]
        both = group("g1", "a", "b", sequenced=first), group("g2", "c", "d", sequenced=second)
        return order(opened(tmp_path, tarball(*charts, *both, manifest("g1", "g2"))))

    assert groups(first=True, second=True) == {"a": set(), "b": {"a"}, "c": {"b"}, "d": {"c"}}
    assert groups(first=True, second=False) == {"a": set(), "b": {"a"}, "c": {"b"}, "d": {"b"}}
    assert groups(first=False, second=True) == {"a": set(), "b": set(), "c": {"a", "b"}, "d": {"c"}}
    assert groups(first=False, second=False) == {"a": set(), "b": set(), "c": {"a", "b"}, "d": {"a", "b"}}


def test_an_empty_group_does_not_break_the_chain(tmp_path: Path) -> None:
    charts = [chart("store", document=name, release=name) for name in "ab"]
    groups = group("g1", "a"), group("g2"), group("g3", "b")

    assert order(opened(tmp_path, tarball(*charts, *groups, manifest("g1", "g2", "g3"))))["b"] == {"a"}


FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "values": ({"values": {"a": [1], "b": None}}, {"values": {"a": [1], "b": None}}),
    "timeout": ({"wait": {"timeout": 300}}, {"timeout": timedelta(minutes=5)}),
    "older timeout": ({"timeout": 60}, {"timeout": timedelta(minutes=1)}),
    "both timeouts": ({"timeout": 60, "wait": {"timeout": 300}}, {"timeout": timedelta(minutes=5)}),
    "wait for nothing": ({"wait": {"resources": []}}, {"waiting": Waiting(())}),
    "wait for all of the release": ({"wait": {"labels": {"release_group": "osh-x"}}}, {"waiting": Waiting(None)}),
    # platform-integ-apps, cert-manager: Armada waited for pods with the label, and for Jobs if there were any.
    "wait for all of the release, whatever its labels": (
        {"wait": {"timeout": 1800, "labels": {"app": "rbd-provisioner"}}},
        {"waiting": Waiting(None)},
    ),
    # rook-ceph: pods that an operator makes later
    "wait for pods of others": (
        {"wait": {"resources": [{"type": "pod", "labels": {"app": "rook-ceph-mon"}}]}},
        {"waiting": Waiting((WaitFor("pod", {"app": "rook-ceph-mon"}),))},
    ),
    "wait for some": (
        {
            "wait": {
                "labels": {"a": "b"},
                "resources": [{"type": "job"}, {"type": "pod", "labels": {"c": 1}, "min_ready": 2}],
            }
        },
        {"waiting": Waiting((WaitFor("job", {"a": "b"}), WaitFor("pod", {"a": "b", "c": "1"}, "2")))},
    ),
    "wait by kind": (
        {
            "version": 2,
            "wait": {
                "resources": {
                    "deployment": {"min_ready": "50%"},
                    "job": [{"labels": {"a": "b"}}, {}],
                    "pod": False,
                }
            },
        },
        {"waiting": Waiting((WaitFor("deployment", {}, "50%"), WaitFor("job", {"a": "b"}), WaitFor("job", {})))},
    ),
    "no tests": ({"test": {"enabled": False}}, {"test_timeout": None}),
    "no tests, older": ({"test": False}, {"test_timeout": None}),
    "tests, older": ({"test": True}, {"test_timeout": timedelta(minutes=5)}),
    "tests": ({"test": {"timeout": 10, "options": {"cleanup": True}}}, {"test_timeout": timedelta(seconds=10)}),
    "no hooks at install": ({"install": {"no_hooks": True}}, {"install_hooks": Hooks.SKIP}),
    "no hooks at upgrade": ({"upgrade": {"no_hooks": True}}, {"upgrade_hooks": Hooks.SKIP}),
    "no hooks at upgrade, v2": (
        {"version": 2, "upgrade": {"options": {"no_hooks": True, "force": True}}},
        {"upgrade_hooks": Hooks.SKIP},
    ),
    "deletions before an upgrade": (
        {"upgrade": {"pre": {"delete": [{"name": "x", "type": "job", "labels": {"a": "b"}}]}}},
        {"delete_before_upgrade": (JobSelector("job", {"a": "b"}),)},
    ),
    "delete timeout": ({"delete": {"timeout": 7}}, {"delete_timeout": timedelta(seconds=7)}),
    "no name for the chart in v2": ({"version": 2, "chart_name": None}, {"chart_label": "store"}),
    "protected": ({"protected": {"continue_processing": True}}, {}),
    "native wait": ({"wait": {"native": {"enabled": False}}}, {}),
}


@pytest.mark.parametrize(("data", "expected"), FIELDS.values(), ids=FIELDS)
def test_a_field_is_mapped(tmp_path: Path, data: dict[str, Any], expected: dict[str, Any]) -> None:
    bundle = opened(tmp_path, alone(**data))

    release = only(bundle)
    assert {name: getattr(release, name) for name in expected} == expected
    assert bundle.notes == ()


@pytest.mark.parametrize(
    "source",
    [
        {"type": "tar", "location": "http://172.17.0.1/helm_charts/starlingx/store-0.1.0.tgz", "subpath": "store"},
        {"type": "tar", "location": "file:///opt/store-0.1.0.tgz", "reference": "master"},
        {"type": "local", "location": "/armada/charts/store"},
        {"type": "git", "location": "https://opendev.org/x", "subpath": "store", "reference": "master"},
    ],
)
def test_the_chart_is_the_one_in_the_tarball_wherever_armada_had_it_from(tmp_path: Path, source: object) -> None:
    assert only(opened(tmp_path, alone(source=source))).chart.file.name == "store-0.1.0.tgz"


def test_what_is_not_needed_is_accepted_with_a_note(tmp_path: Path) -> None:
    files = tarball(
        chart(mood="good", upgrade={"post": {}, "pre": {"update": [], "create": []}}),
        chart("cache"),
        group("g", "store"),
        group("unused", "cache"),
        manifest("g"),
        "schema: deckhand/LayeringPolicy/v1\nmetadata: {name: x}\ndata: {}\n",
    )

    assert opened(tmp_path, files).notes == (
        "app.yaml:58:1: document 6 has the schema 'deckhand/LayeringPolicy/v1', and is ignored",
        "app.yaml:16:7: Chart store: data.upgrade.pre.update is not known here, and ignored",
        "app.yaml:17:7: Chart store: data.upgrade.pre.create is not known here, and ignored",
        "app.yaml:14:5: Chart store: data.upgrade.post is not known here, and ignored",
        "app.yaml:12:3: Chart store: data.mood is not known here, and ignored",
        "app.yaml:40:1: ChartGroup unused is in no Manifest, and ignored",
    )


def test_charts_that_only_others_depend_on_need_no_group(tmp_path: Path) -> None:
    """As in stx-openstack, where the chart `helm-toolkit` is called `openstack-helm-toolkit`."""
    toolkit = chart_tgz(ChartSpec("toolkit"))
    inner = {f"charts/{path}": text for path, text in {"toolkit/Chart.yaml": "name: toolkit\nversion: 0.1.0\n"}.items()}
    store = chart_tgz(ChartSpec("store", files=inner))
    files = tarball(
        chart(dependencies=["osh-toolkit"]),
        chart("toolkit", document="osh-toolkit", chart_name="openstack-toolkit"),
        group("g", "store"),
        manifest("g"),
    )
    bundle = opened(tmp_path, files | {"charts/toolkit-0.1.0.tgz": toolkit, "charts/store-0.1.0.tgz": store})

    assert bundle.notes == ()
    assert only(bundle).chart.contains == ("toolkit",)


def test_what_need_not_be_there_is_waited_for_all_the_same_and_that_is_noted(tmp_path: Path) -> None:
    bundle = opened(tmp_path, alone(wait={"resources": [{"type": "job", "required": False}]}))

    assert only(bundle).waiting == Waiting((WaitFor("job", {}),))
    assert bundle.notes == (
        "app.yaml:15:7: Chart store: data.wait.resources[0].required has no effect here: one is waited for",
    )


def bad(**data: Any) -> Files:
    return alone(**data)


WAIT_KINDS = "job, pod, deployment, daemonset or statefulset"
SECONDS = "a whole number from 1 to 86400"
WRONG: dict[str, tuple[Files, str, str]] = {
    "no manifest": (
        tarball(chart(), group("g", "store")),
        "the tarball has 0 manifests",
        "fluxcd-manifests/, or exactly one YAML file at the top with a document armada/Manifest/v1",
    ),
    "two files with manifests": (
        alone() | {"zzz.yaml": manifest("g").encode()},
        "the tarball has 2 manifests: app.yaml, zzz.yaml",
        "fluxcd-manifests/, or exactly one YAML file at the top with a document armada/Manifest/v1",
    ),
    "two manifests in one file": (
        tarball(chart(), group("g", "store"), manifest("g"), document("Manifest", "other", {})),
        "app.yaml: has 2 documents of schema armada/Manifest, at app.yaml:31:1",
        "exactly one Manifest",
    ),
    "a chart document twice": (
        tarball(chart(), chart(), group("g", "store"), manifest("g")),
        "app.yaml:13:1: Chart store is there twice (document 2); first at app.yaml:1:1",
        "one document for each schema and name",
    ),
    "a document that is a list": (
        tarball(chart(), "- 1\n", group("g", "store"), manifest("g")),
        "app.yaml:13:1: document 2 is a list",
        "documents with schema, metadata and data",
    ),
    "no schema": (
        tarball(chart(), "a: 1\n", group("g", "store"), manifest("g")),
        "app.yaml:13:1: document 2.schema is missing",
        "document 2.schema: text",
    ),
    "no data": (
        tarball(chart(), group("g", "store"), manifest("g"), "schema: armada/Chart/v1\nmetadata: {name: x}\n"),
        "app.yaml:31:1: document 4.data is missing",
        "document 4.data: a mapping",
    ),
    "no name": (
        tarball(chart(), group("g", "store"), manifest("g"), "schema: armada/Chart/v1\nmetadata: {}\ndata: {}\n"),
        "app.yaml:32:11: document 4.metadata.name is missing",
        "document 4.metadata.name: text",
    ),
    "no prefix": (
        tarball(chart(), group("g", "store"), manifest("g", release_prefix=None)),
        "app.yaml:27:3: Manifest armada-manifest: data.release_prefix is missing",
        "Manifest armada-manifest: data.release_prefix: text",
    ),
    "a group that is not there": (
        tarball(chart(), group("g", "store"), manifest("g", "other")),
        "app.yaml:30:5: Manifest armada-manifest names ChartGroup other, and there is no such document",
        "a document armada/ChartGroup/v1 with that name",
    ),
    "a chart that is not there": (
        tarball(chart(), group("g", "store", "other"), manifest("g")),
        "app.yaml:21:5: ChartGroup g names Chart other, and there is no such document",
        "a document armada/Chart/v1 with that name",
    ),
    "a dependency that is not there": (
        bad(dependencies=["toolkit"]),
        "app.yaml:13:5: Chart store names Chart toolkit, and there is no such document",
        "a document armada/Chart/v1 with that name",
    ),
    "a chart in two groups": (
        tarball(chart(), group("g", "store"), group("h", "store"), manifest("g", "h")),
        "app.yaml:28:3: ChartGroup h: data.chart_group names store, which is in ChartGroup g as well",
        "every chart once",
    ),
    "groups that are no list": (
        tarball(chart(), group("g", "store"), manifest(chart_groups="g")),
        "app.yaml:28:3: Manifest armada-manifest: data.chart_groups is 'g'",
        "Manifest armada-manifest: data.chart_groups: a list",
    ),
    "one release twice": (
        tarball(chart(), chart(document="again"), group("g", "store", "again"), manifest("g")),
        "app.yaml:13:1: Chart again makes release demo/osh-store, as the one at app.yaml:1:1 does",
        "one chart document for each release",
    ),
    "no release": (
        bad(release=None),
        "app.yaml:7:3: Chart store: data.release is missing",
        "Chart store: data.release: text",
    ),
    "a release that Helm refuses": (
        bad(release="Store"),
        "app.yaml:7:3: Chart store: data.release makes the release 'osh-Store'",
        "up to 53 lower-case letters, digits, '-' and '.', as Helm requires of a release's name",
    ),
    "a release with too long a name": (
        bad(release="s" * 50),
        f"app.yaml:7:3: Chart store: data.release makes the release 'osh-{'s' * 50}'",
        "up to 53 lower-case letters, digits, '-' and '.', as Helm requires of a release's name",
    ),
    "a namespace that Kubernetes refuses": (
        bad(namespace="kube_system"),
        "app.yaml:8:3: Chart store: data.namespace is 'kube_system'",
        f"Chart store: data.namespace: {NAMESPACE_FORM}",
    ),
    "no name of the chart in v1": (
        bad(chart_name=None),
        "app.yaml:6:3: Chart store: data.chart_name is missing",
        "Chart store: data.chart_name: the chart's name",
    ),
    "no source": (
        bad(source=None),
        "app.yaml:9:3: Chart store: data.source is missing",
        "Chart store: data.source: where the chart was packaged from: type, location",
    ),
    "a chart archive that is not there": (
        bad(source={"type": "tar", "location": "http://x/store-0.2.0.tgz"}),
        "app.yaml:11:5: release demo/osh-store needs chart store (store-0.2.0.tgz), and charts/ has store 0.1.0",
        "every chart of the manifest in charts/",
    ),
    "a chart that is not there at all": (
        bad(chart_name="gone", source={"type": "local", "location": "/charts/gone"}),
        "app.yaml:11:5: release demo/osh-store needs chart gone (gone), and charts/ has no chart gone",
        "every chart of the manifest in charts/",
    ),
    "values that are a list": (
        bad(values=[1]),
        "app.yaml:12:3: Chart store: data.values is a list",
        "Chart store: data.values: a mapping",
    ),
    "a timeout of nothing": (
        bad(wait={"timeout": 0}),
        "app.yaml:13:5: Chart store: data.wait.timeout is 0",
        f"Chart store: data.wait.timeout: {SECONDS}",
    ),
    "a timeout in words": (
        bad(wait={"timeout": "30m"}),
        "app.yaml:13:5: Chart store: data.wait.timeout is '30m'",
        f"Chart store: data.wait.timeout: {SECONDS}",
    ),
    "waiting for what nobody knows": (
        bad(wait={"resources": [{"type": "service"}]}),
        "app.yaml:14:7: Chart store: data.wait.resources[0].type is 'service'",
        f"Chart store: data.wait.resources[0].type: {WAIT_KINDS}",
    ),
    "waiting by a kind that nobody knows": (
        bad(wait={"resources": {"service": {}}}),
        "app.yaml:14:7: Chart store: data.wait.resources.service is no kind to wait for",
        "job, pod, deployment, daemonset, statefulset",
    ),
    "waiting for more than all": (
        bad(wait={"resources": [{"type": "pod", "min_ready": "200%"}]}),
        "app.yaml:15:7: Chart store: data.wait.resources[0].min_ready is '200%'",
        "Chart store: data.wait.resources[0].min_ready: a number, or a share like 80%",
    ),
    "deleting everything": (
        bad(upgrade={"pre": {"delete": [{"type": "job"}]}}),
        "app.yaml:15:9: Chart store: data.upgrade.pre.delete[0].labels is missing",
        "Chart store: data.upgrade.pre.delete[0].labels: labels of what is deleted",
    ),
    "deleting what nobody knows": (
        bad(upgrade={"pre": {"delete": [{"type": "pvc", "labels": {"a": "b"}}]}}),
        "app.yaml:15:9: Chart store: data.upgrade.pre.delete[0].type is 'pvc'",
        "Chart store: data.upgrade.pre.delete[0].type: job, cronjob or pod",
    ),
}


@pytest.mark.parametrize(("files", "fault", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_document_and_line(tmp_path: Path, files: Files, fault: str, expected: str) -> None:
    error = refusal(tmp_path, files)

    assert error.details == (fault,)
    assert error.expected == expected


def test_everything_wrong_in_all_documents_is_said_at_once(tmp_path: Path) -> None:
    files = tarball(
        chart(namespace="A"),
        chart("cache", wait={"timeout": -1}),
        group("g", "store", "cache", "gone"),
        manifest("g", "h"),
    )

    assert refusal(tmp_path, files).details == (
        "app.yaml:8:3: Chart store: data.namespace is 'A'",
        "app.yaml:25:5: Chart cache: data.wait.timeout is -1",
        "app.yaml:36:5: ChartGroup g names Chart gone, and there is no such document",
        "app.yaml:46:5: Manifest armada-manifest names ChartGroup h, and there is no such document",
    )


def test_a_dependency_that_lies_nowhere_is_named(tmp_path: Path) -> None:
    store = chart_tgz(
        ChartSpec("store", files={"requirements.yaml": "dependencies:\n- {name: toolkit, version: 0.1.0}\n"})
    )
    error = refusal(tmp_path, alone() | {"charts/store-0.1.0.tgz": store})

    assert error.message == (
        "app.yaml:11:5: release demo/osh-store needs chart store (store-0.1.0.tgz), which lacks its dependency toolkit"
    )
    assert error.remedy == "run `helm dependency build` for store, then `helm package`"


def test_a_library_cannot_be_a_release(tmp_path: Path) -> None:
    about = "name: store\nversion: 0.1.0\ntype: library\n"
    error = refusal(
        tmp_path, alone() | {"charts/store-0.1.0.tgz": chart_tgz(ChartSpec("store", files={"Chart.yaml": about}))}
    )

    assert error.message.endswith("release demo/osh-store needs chart store (store-0.1.0.tgz), which is a library")
