"""What is true of every chart."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.openstack.chart_schemas import CHARTS, OF_CHARTS, written
from tests.unit.openstack_charts.conftest import LIBRARY, Refused, Template, named, of_kind

SERVING = ("Deployment", "StatefulSet", "DaemonSet")
PRIVILEGED = {"nova-compute", "libvirt", "vswitchd", "bridges"}
"""Containers that change the host: its network, its cgroups."""
KINDS = {
    "ConfigMap", "DaemonSet", "Deployment", "Job", "PersistentVolumeClaim", "PodDisruptionBudget",
    "Role", "RoleBinding", "Service", "ServiceAccount", "StatefulSet",
}  # fmt: skip
"""Secret is not among them: passwords are the platform's, and in no chart."""

every_chart = pytest.mark.parametrize("chart", sorted(OF_CHARTS))


def pods(objects: list[dict[str, Any]], *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and pod template of each workload."""
    for each in of_kind(objects, *kinds):
        yield f"{each['kind']} {each['metadata']['name']}", each["spec"]["template"]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def test_every_directory_is_a_chart_with_a_schema() -> None:
    directories = {path.parent.name for path in CHARTS.glob("*/Chart.yaml")} - {LIBRARY}

    assert set(OF_CHARTS) <= directories
    assert all((CHARTS / name / "values.schema.json").is_file() for name in OF_CHARTS)


@every_chart
def test_the_schema_is_the_one_that_is_generated(chart: str) -> None:
    assert (CHARTS / chart / "values.schema.json").read_text() == written(chart), (
        "run python -m apps.openstack.chart_schemas"
    )


@every_chart
def test_helm_finds_nothing_to_say(chart: str, charts: Path, helm: Callable[..., str]) -> None:
    helm("lint", "--strict", str(charts / chart))


@every_chart
def test_helm_removes_no_volume(chart: str, template: Template) -> None:
    """Whether data go with the application is the operator's choice: `application-remove --keep-volumes`."""
    claims = list(of_kind(template(chart), "PersistentVolumeClaim"))

    policies = [each["metadata"].get("annotations", {}).get("helm.sh/resource-policy") for each in claims]
    assert policies == ["keep"] * len(claims)


@every_chart
def test_objects_are_of_few_kinds_each_named_once(chart: str, template: Template) -> None:
    objects = template(chart)

    assert {each["kind"] for each in objects} <= KINDS
    names = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert len(names) == len(set(names))
    assert not [each for each in objects if "helm.sh/hook" in each["metadata"].get("annotations", {})]


@every_chart
@pytest.mark.parametrize(
    "wrong",
    [
        {"conff": {}},
        {"images": {"tags": {"entrypoint": ""}}},
        {"images": {"pull_policy": "sometimes"}},
        {"pod": {"replicas": {"nobody": 1}}},
        {"endpoints": {"identity": {"port": {"api": {"default": "http"}}}}},
        {"dependencies": {"static": {"api": {"services": [{"service": "oslo_db"}]}}}},
    ],
    ids=json.dumps,
)
def test_a_wrong_value_is_refused_with_its_place(chart: str, wrong: dict[str, Any], template: Template) -> None:
    with pytest.raises(Refused, match="values don't meet the specifications of the schema"):
        template(chart, wrong)


@every_chart
def test_every_server_is_probed_asks_for_resources_and_may_be_moved_one_at_a_time(
    chart: str, template: Template
) -> None:
    objects = template(chart)
    budgets = [each["spec"]["selector"]["matchLabels"] for each in of_kind(objects, "PodDisruptionBudget")]
    for name, pod in pods(objects, *SERVING):
        for container in pod["spec"]["containers"]:
            assert "readinessProbe" in container, name
            assert "tcpSocket" not in json.dumps(container["readinessProbe"]), f"{name}: a port proves nothing"
            assert container["readinessProbe"]["timeoutSeconds"] >= 5, name
        if not name.startswith("DaemonSet"):
            assert any(budget.items() <= pod["metadata"]["labels"].items() for budget in budgets), name
            assert "podAntiAffinity" in pod["spec"]["affinity"], name


@every_chart
def test_every_container_asks_for_resources_and_has_no_privilege_that_it_does_not_need(
    chart: str, template: Template
) -> None:
    for name, pod in pods(template(chart), *SERVING, "Job"):
        for container in containers(pod):
            where = f"{name}: {container['name']}"
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}, where
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"], where
            if container["name"] in PRIVILEGED:
                continue
            assert not security["allowPrivilegeEscalation"], where
            assert security["capabilities"] == {"drop": ["ALL"]}, where
            if not pod["spec"].get("hostNetwork"):
                assert {**pod["spec"]["securityContext"], **security}["runAsNonRoot"], where


@every_chart
def test_only_init_containers_have_a_token_of_the_api(chart: str, template: Template) -> None:
    objects = template(chart)
    for account in of_kind(objects, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
    for name, pod in pods(objects, *SERVING, "Job"):
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        for container in pod["spec"]["containers"]:
            assert "token" not in {each["name"] for each in container.get("volumeMounts", [])}, name


@every_chart
def test_passwords_come_from_the_secret_and_are_in_no_environment_or_argument(chart: str, template: Template) -> None:
    objects = template(chart)
    for name, pod in pods(objects, *SERVING, "Job"):
        for container in containers(pod):
            for variable in container.get("env", []):
                assert "secretKeyRef" not in variable.get("valueFrom", {}), name
                assert not re.search("PASS|SECRET", variable["name"]), name
    for name, pod in pods(objects, *SERVING):
        for container in pod["spec"]["containers"]:
            mounted = {each["name"] for each in container.get("volumeMounts", [])}
            assert "secret" not in mounted or name == "Deployment horizon", name  # which reads one key, its own
    for configuration in of_kind(objects, "ConfigMap"):
        text = "\n".join(configuration["data"].values())
        for value in re.findall(r"(?:password|\bconnection|transport_url|default_pass|secret) = (.*)", text):
            assert re.search("<[a-z-]+>", value), f"{configuration['metadata']['name']}: a password, not a placeholder"


@every_chart
def test_what_pods_wait_for_is_named_by_the_values(chart: str, template: Template) -> None:
    values = yaml.safe_load((CHARTS / chart / "values.yaml").read_text())
    waiting = values["dependencies"]["static"]
    objects = template(chart)
    jobs = {each["metadata"]["name"] for each in of_kind(objects, "Job")}
    for wanted in waiting.values():
        assert set(wanted.get("jobs", [])) <= jobs
    components = {pod["metadata"]["labels"]["component"].replace("-", "_") for _, pod in pods(objects, *SERVING, "Job")}
    assert components == set(waiting)


def test_a_changed_option_rolls_only_what_reads_it(template: Template) -> None:
    changed = template("nova", {"conf": {"nova": {"DEFAULT": {"cpu_allocation_ratio": 8.5}}}})
    before = template("nova")

    differing = {
        (each["kind"], each["metadata"]["name"])
        for each in changed
        if each != named(before, each["kind"], each["metadata"]["name"])
    }
    assert {kind for kind, _ in differing} == {"ConfigMap", "Deployment", "DaemonSet"}  # no Job: no migration again
    assert "cpu_allocation_ratio = 8.5" in named(changed, "ConfigMap", "nova-compute-etc")["data"]["nova.conf"]


def test_options_are_written_as_oslo_config_reads_them(template: Template) -> None:
    options = {
        "whole": 1000000, "part": 1.5, "truth": True, "none": None, "several": ["a", "b"],
        "repeated": {"type": "multistring", "values": ["p", "q"]},
    }  # fmt: skip
    text = named(template("placement", {"conf": {"placement": {"s": options}}}), "ConfigMap", "placement-etc")["data"][
        "placement.conf"
    ]

    assert text.strip().split("[s]\n")[1].splitlines() == [
        "part = 1.5", "repeated = p", "repeated = q", "several = a,b", "truth = true", "whole = 1000000",
    ]  # fmt: skip


def test_hosts_with_settings_of_their_own_get_a_daemonset_of_their_own(template: Template) -> None:
    overrides = {
        "labels": [
            {"label": {"key": "class", "values": ["big"]}, "conf": {"nova": {"compute": {"cpu_dedicated_set": "2-5"}}}}
        ],
        "hosts": [{"name": ["c-1", "c-2"], "conf": {"nova": {"DEFAULT": {"reserved_host_memory_mb": 512}}}}],
    }
    objects = template("nova", {"conf": {"overrides": {"nova_compute": overrides}}})

    where = {
        name: [
            (each["key"], each["operator"], each["values"])
            for each in pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
                "nodeSelectorTerms"
            ][0]["matchExpressions"]
        ]
        for name, pod in pods(objects, "DaemonSet")
    }
    named_hosts = ("kubernetes.io/hostname", "NotIn", ["c-1", "c-2"])
    assert sorted(where.values()) == sorted(
        [
            [("kubernetes.io/hostname", "In", ["c-1", "c-2"])],
            [named_hosts, ("class", "In", ["big"])],
            [named_hosts, ("class", "NotIn", ["big"])],
        ]
    )
    texts = [
        each["data"]["nova.conf"] for each in of_kind(objects, "ConfigMap") if "compute" in each["metadata"]["name"]
    ]
    assert sum("cpu_dedicated_set = 2-5" in text for text in texts) == 1
    assert sum("reserved_host_memory_mb = 512" in text for text in texts) == 1
