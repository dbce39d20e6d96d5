"""What rendered pods wait for, and the releases that make it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.order.declared import Declared, declared_edges
from sturnus.applications.order.dependencies import Needed, PodDependency, dependencies_of
from sturnus.applications.release import ReleaseName

WEB, DB, NET = (ReleaseName("openstack", name) for name in ("web", "db", "net"))


def pod_spec(**environment: str) -> dict[str, Any]:
    return {
        "initContainers": [
            {"name": "init", "env": [{"name": name, "value": each} for name, each in environment.items()]}
        ],
        "containers": [{"name": "main"}],
    }


def an_object(kind: str, name: str, *, api: str = "v1", **content: Any) -> dict[str, Any]:
    metadata = {"name": name} | content.pop("metadata", {})
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **content}


def deployment(name: str = "web-api", labels: dict[str, str] | None = None, /, **environment: str) -> dict[str, Any]:
    template = {"metadata": {"labels": labels or {}}, "spec": pod_spec(**environment)}
    return an_object("Deployment", name, api="apps/v1", spec={"template": template})


def service(name: str, namespace: str | None = None) -> dict[str, Any]:
    return an_object("Service", name, metadata={"namespace": namespace} if namespace else {})


def job(name: str, labels: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": labels or {}}, "spec": {}}
    return an_object(
        "Job", name, api="batch/v1", metadata={"labels": labels or {}} | metadata, spec={"template": template}
    )


def read(*web: dict[str, Any], db: tuple[dict[str, Any], ...] = (), net: tuple[dict[str, Any], ...] = ()) -> Declared:
    return declared_edges({WEB: list(web), DB: list(db), NET: list(net)})


def words(found: Declared) -> list[str]:
    return [str(each) for each in found.waits]


POD = json.dumps([{"requireSameNode": True, "labels": {"application": "neutron", "component": "ovs-agent"}}])
LABELS = {"application": "neutron", "component": "ovs-agent", "release_group": "x"}
MAKES = "which openstack/db makes"
EDGES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a Service in its own namespace": (
        deployment(DEPENDENCY_SERVICE="mariadb"),
        service("mariadb"),
        f"Deployment web-api of openstack/web waits for Service openstack/mariadb, {MAKES}",
    ),
    "a Service with its namespace": (
        deployment(DEPENDENCY_SERVICE="openstack:mariadb, other:x"),
        service("x", "other"),
        f"Deployment web-api of openstack/web waits for Service other/x, {MAKES}",
    ),
    "a Job": (
        deployment(DEPENDENCY_JOBS="db-sync"),
        job("db-sync"),
        f"Deployment web-api of openstack/web waits for Job openstack/db-sync, {MAKES}",
    ),
    "a Job that is a hook": (
        deployment(DEPENDENCY_JOBS="db-sync"),
        job("db-sync", annotations={"helm.sh/hook": "post-install,post-upgrade"}),
        f"Deployment web-api of openstack/web waits for Job openstack/db-sync, {MAKES}",
    ),
    "a Job by its labels": (
        deployment(DEPENDENCY_JOBS_JSON='[{"labels": {"a": "b"}}]'),
        job("db-sync", {"a": "b"}),
        f"Deployment web-api of openstack/web waits for Job openstack/a=b, {MAKES}",
    ),
    "a DaemonSet": (
        deployment(DEPENDENCY_DAEMONSET="agent"),
        an_object("DaemonSet", "agent", api="apps/v1"),
        f"Deployment web-api of openstack/web waits for DaemonSet openstack/agent, {MAKES}",
    ),
    "a pod on the same node": (
        deployment(DEPENDENCY_POD_JSON=POD),
        deployment("agent", LABELS),
        "Deployment web-api of openstack/web waits for Pod openstack/application=neutron,component=ovs-agent "
        f"on the same node, {MAKES}",
    ),
    "a hook Job waits": (
        job("hook") | {"spec": {"template": {"spec": pod_spec(DEPENDENCY_SERVICE="mariadb")}}},
        service("mariadb"),
        f"Job hook of openstack/web waits for Service openstack/mariadb, {MAKES}",
    ),
    "a pod of its own waits": (
        an_object("Pod", "alone", spec=pod_spec(DEPENDENCY_SERVICE="mariadb")),
        service("mariadb"),
        f"Pod alone of openstack/web waits for Service openstack/mariadb, {MAKES}",
    ),
    "in a List": (
        an_object("List", "x", items=[deployment(DEPENDENCY_SERVICE="mariadb")]),
        an_object("List", "x", items=[service("mariadb")]),
        f"Deployment web-api of openstack/web waits for Service openstack/mariadb, {MAKES}",
    ),
    "a custom resource needs its definition": (
        an_object("Certificate", "tls", api="cert-manager.io/v1"),
        an_object(
            "CustomResourceDefinition",
            "certificates.cert-manager.io",
            api="apiextensions.k8s.io/v1",
            spec={"group": "cert-manager.io", "names": {"kind": "Certificate"}},
        ),
        f"Certificate tls of openstack/web waits for CustomResourceDefinition of Certificate, {MAKES}",
    ),
    "an object needs its namespace": (
        service("web", "apps"),
        an_object("Namespace", "apps"),
        f"Service web of openstack/web waits for Namespace apps, {MAKES}",
    ),
    "an object needs the webhook that may refuse it": (
        an_object("Ingress", "web", api="networking.k8s.io/v1"),
        an_object(
            "ValidatingWebhookConfiguration",
            "admission",
            api="admissionregistration.k8s.io/v1",
            webhooks=[{"rules": [{"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"]}]}],
        ),
        f"Ingress web of openstack/web waits for ValidatingWebhookConfiguration admission, {MAKES}",
    ),
}


@pytest.mark.parametrize(("waiting", "made", "said"), EDGES.values(), ids=EDGES)
def test_what_is_waited_for_leads_to_the_release_that_makes_it(
    waiting: dict[str, Any], made: dict[str, Any], said: str
) -> None:
    found = read(waiting, db=(made,))

    assert found.edges == {WEB: {DB}, DB: frozenset(), NET: frozenset()}
    assert words(found) == [said]


NO_EDGE: dict[str, tuple[dict[str, Any], ...]] = {
    "its own Service": (deployment(DEPENDENCY_SERVICE="web"), service("web")),
    "its own Job": (deployment(DEPENDENCY_JOBS="web-db-sync"), job("web-db-sync")),
    "nothing, in an empty variable": (deployment(DEPENDENCY_SERVICE=" ", DEPENDENCY_JOBS=","),),
    "what another container in the pod does": (deployment(DEPENDENCY_CONTAINER="mariadb"),),
    "a test": (
        an_object(
            "Pod",
            "test",
            metadata={"annotations": {"helm.sh/hook": "test-success"}},
            spec=pod_spec(DEPENDENCY_SERVICE="mariadb"),
        ),
    ),
    "a CronJob": (
        an_object(
            "CronJob",
            "cleaner",
            api="batch/v1",
            spec={"jobTemplate": {"spec": {"template": {"spec": pod_spec(DEPENDENCY_SERVICE="mariadb")}}}},
        ),
    ),
    "a variable that comes from elsewhere": (
        an_object(
            "Pod",
            "p",
            spec={"initContainers": [{"env": [{"name": "DEPENDENCY_SERVICE", "valueFrom": {"secretKeyRef": {}}}]}]},
        ),
    ),
}


@pytest.mark.parametrize("web", NO_EDGE.values(), ids=NO_EDGE)
def test_these_make_no_edge(web: tuple[dict[str, Any], ...]) -> None:
    found = read(*web, db=(service("mariadb"),))

    assert found.edges[WEB] == frozenset()
    assert found.unknown == ()


def test_a_webhook_that_lets_through_when_it_is_down_makes_no_edge() -> None:
    rules = [{"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"]}]
    webhook = an_object(
        "ValidatingWebhookConfiguration", "admission", webhooks=[{"failurePolicy": "Ignore", "rules": rules}]
    )

    assert read(an_object("Ingress", "x", api="networking.k8s.io/v1"), db=(webhook,)).edges[WEB] == frozenset()


def test_by_labels_several_releases_may_be_meant() -> None:
    found = read(
        deployment(DEPENDENCY_POD_JSON='[{"labels": {"a": "b"}}]'),
        db=(deployment("x", {"a": "b"}),),
        net=(deployment("y", {"a": "b", "c": "d"}),),
    )

    assert found.edges[WEB] == {DB, NET}


UNKNOWN = {
    "a Service": (
        {"DEPENDENCY_SERVICE": "gone"},
        "Deployment web-api of openstack/web waits for Service openstack/gone, which no release makes",
    ),
    "a Service of that name elsewhere": (
        {"DEPENDENCY_SERVICE": "kube-system:mariadb"},
        "Deployment web-api of openstack/web waits for Service kube-system/mariadb, which no release makes",
    ),
    "a pod": (
        {"DEPENDENCY_POD_JSON": '[{"labels": {"a": "gone"}}]'},
        "Deployment web-api of openstack/web waits for Pod openstack/a=gone, which no release makes",
    ),
    "no JSON": (
        {"DEPENDENCY_POD_JSON": "["},
        "Deployment web-api of openstack/web waits for what DEPENDENCY_POD_JSON says (unreadable), "
        "which no release makes",
    ),
}


@pytest.mark.parametrize(("environment", "said"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_no_release_makes_is_reported(environment: dict[str, str], said: str) -> None:
    found = read(deployment(**environment), db=(service("mariadb"),))

    assert [str(each) for each in found.unknown] == [said]
    assert found.edges[WEB] == frozenset()


def test_a_pod_spec_is_read_whole_and_every_dependency_once() -> None:
    spec = pod_spec(DEPENDENCY_SERVICE="ns:a,b,b", DEPENDENCY_JOBS="c", DEPENDENCY_POD_JSON=POD)

    assert dependencies_of(spec, "openstack") == (
        PodDependency(Needed.SERVICE, "ns", "a"),
        PodDependency(Needed.SERVICE, "openstack", "b"),
        PodDependency(Needed.JOB, "openstack", "c"),
        PodDependency(
            Needed.POD,
            "openstack",
            labels=(("application", "neutron"), ("component", "ovs-agent")),
            same_node=True,
        ),
    )


KEYS = ["annotations", "apiGroups", "env", "group", "helm.sh/hook", "initContainers", "items", "kind", "labels",
        "metadata", "name", "names", "namespace", "resources", "rules", "spec", "template", "value",
        "webhooks"]  # fmt: skip
WORDS = ["Deployment", "List", "Job", "CustomResourceDefinition", "DEPENDENCY_POD_JSON", "[{}]"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(st.sampled_from(["kind", "metadata", "spec", "items", "apiVersion"]), ANYTHING)))
def test_charts_may_render_anything(contents: list[dict[str, Any]]) -> None:
    found = declared_edges({WEB: contents, DB: contents})

    assert set(found.edges) == {WEB, DB}
    assert all(release not in others for release, others in found.edges.items())
