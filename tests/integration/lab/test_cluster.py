"""Kubernetes does what it is for: one test per thing that the platform builds on."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import httpx2
import pytest
from lightkube import ApiError, Client
from lightkube.models.batch_v1 import JobSpec
from lightkube.models.core_v1 import PodSpec, PodTemplateSpec
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.models.policy_v1 import Eviction, PodDisruptionBudgetSpec
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import PersistentVolumeClaim, Pod, PodEviction
from lightkube.resources.policy_v1 import PodDisruptionBudget

from lab.ground.description import Lab
from lab.machine import inside
from lab.registry import credentials
from lab.registry.service import authority
from tests.integration.lab.objects import claim, container, deployment, pod, pod_with_volume, service
from tests.integration.lab.waiting import eventually


def phase(client: Client, namespace: str, name: str) -> str:
    status = client.get(Pod, name, namespace=namespace).status
    return str(status.phase if status else None)


def logs(client: Client, namespace: str, name: str) -> str:
    return "".join(client.log(name, namespace=namespace))


def run_to_end(client: Client, namespace: str, script: str) -> str:
    """Run a script in a pod; what it printed."""
    client.create(pod("script", script), namespace=namespace)
    ended = eventually(lambda: phase(client, namespace, "script"), lambda now: now in {"Succeeded", "Failed"}, 60)
    printed = logs(client, namespace, "script")
    assert ended == "Succeeded", printed
    return printed


def deployed(client: Client, namespace: str, replicas: int) -> None:
    client.create(deployment("web", replicas), namespace=namespace)

    def ready() -> int:
        status = client.get(Deployment, "web", namespace=namespace).status
        return (status.readyReplicas if status else None) or 0

    eventually(ready, lambda now: now == replicas, 60)


def test_three_hosts_are_ready_nodes(lab: Lab, nodes: Callable[[], dict[str, str]]) -> None:
    assert nodes() == {host.name: "Ready" for host in lab.hosts}


def test_a_service_is_found_by_name_and_reaches_pods_on_every_node(client: Client, namespace: str) -> None:
    deployed(client, namespace, 3)
    client.create(service("web"), namespace=namespace)

    printed = run_to_end(client, namespace, "for i in $(seq 40); do wget -q -O - http://web || exit 1; done")

    answered = {line.split()[-1] for line in printed.splitlines()}
    nodes = {p.spec.nodeName for p in client.list(Pod, namespace=namespace, labels={"app": "web"}) if p.spec}
    assert len(answered) == 3
    assert len(nodes) >= 2


def test_names_outside_of_the_cluster_are_answered_at_once_as_unknown(client: Client, namespace: str) -> None:
    printed = run_to_end(client, namespace, "nslookup nowhere.example. ; nslookup compute-1.; true")

    assert "NXDOMAIN" in printed
    assert "172.31.77.21" in printed


def test_the_registry_wants_a_password_and_gives_images_to_those_who_have_it(lab: Lab) -> None:
    login = credentials.ensure(lab)
    url = f"https://{lab.outside(lab.active_controller)}:9001/v2/busybox/tags/list"
    trusting = ssl.create_default_context(cafile=authority(lab).certificate)

    assert httpx2.get(url, verify=trusting, trust_env=False).status_code == 401
    answer = httpx2.get(url, verify=trusting, trust_env=False, auth=(login.user, login.password))

    assert answer.json() == {"name": "busybox", "tags": ["1"]}


def test_a_claim_is_bound_and_what_is_written_outlives_its_pod(client: Client, namespace: str) -> None:
    client.create(claim("data"), namespace=namespace)
    client.create(pod_with_volume("writer", "data", "echo kept >/data/file"), namespace=namespace)
    eventually(lambda: phase(client, namespace, "writer"), lambda now: now == "Succeeded", 90)
    client.delete(Pod, "writer", namespace=namespace)

    client.create(pod_with_volume("reader", "data", "cat /data/file"), namespace=namespace)
    eventually(lambda: phase(client, namespace, "reader"), lambda now: now == "Succeeded", 60)

    bound = client.get(PersistentVolumeClaim, "data", namespace=namespace).status
    assert bound
    assert bound.phase == "Bound"
    assert logs(client, namespace, "reader") == "kept\n"


def test_an_eviction_that_a_disruption_budget_forbids_is_refused(client: Client, namespace: str) -> None:
    deployed(client, namespace, 2)
    budget = PodDisruptionBudgetSpec(minAvailable=2, selector=LabelSelector(matchLabels={"app": "web"}))
    client.create(PodDisruptionBudget(metadata=ObjectMeta(name="web"), spec=budget), namespace=namespace)
    name = next(p.metadata.name for p in client.list(Pod, namespace=namespace) if p.metadata and p.metadata.name)
    eviction = Eviction(metadata=ObjectMeta(name=name, namespace=namespace))

    def budget_is_known() -> bool:
        status = client.get(PodDisruptionBudget, "web", namespace=namespace).status
        return bool(status and status.currentHealthy == 2)

    eventually(budget_is_known, bool, 30)
    with pytest.raises(ApiError) as refused:
        client.create(PodEviction(metadata=eviction.metadata), name=name, namespace=namespace)
    assert refused.value.status.code == 429

    client.delete(PodDisruptionBudget, "web", namespace=namespace)
    client.create(PodEviction(metadata=eviction.metadata), name=name, namespace=namespace)


def test_a_job_runs_to_its_end(client: Client, namespace: str) -> None:
    spec = JobSpec(
        template=PodTemplateSpec(spec=PodSpec(containers=[container("echo done")], restartPolicy="Never")),
        backoffLimit=0,
    )
    client.create(Job(metadata=ObjectMeta(name="once"), spec=spec), namespace=namespace)

    def succeeded() -> int:
        status = client.get(Job, "once", namespace=namespace).status
        return (status.succeeded if status else None) or 0

    eventually(succeeded, lambda now: now == 1, 60)


def test_a_node_port_is_reached_from_the_machine(lab: Lab, client: Client, namespace: str) -> None:
    deployed(client, namespace, 1)
    spec = client.create(service("web", "NodePort"), namespace=namespace).spec
    assert spec
    assert spec.ports
    url = f"http://{lab.outside(lab.active_controller)}:{spec.ports[0].nodePort}/"

    def answer() -> str:
        try:
            return httpx2.get(url, trust_env=False, timeout=2).text
        except httpx2.HTTPError as error:
            return str(error)

    assert eventually(answer, lambda now: now.startswith("hello from web-"), 20)


def test_the_metrics_api_knows_every_node(lab: Lab, lab_command: Callable[..., object]) -> None:
    top = "kubectl --kubeconfig /etc/kubernetes/admin.conf top nodes --no-headers"

    def usage() -> str:
        done = lab_command("exec", "controller-0", "--name", lab.name, "--", "sh", "-c", top, check=False)
        return str(getattr(done, "stdout", ""))

    eventually(usage, lambda now: all(host.name in now for host in lab.hosts) and "unknown" not in now, 90)


def test_services_are_still_there_when_kube_proxy_begins_anew(lab: Lab, client: Client) -> None:
    def running() -> list[str]:
        found = client.list(
            Pod, namespace="kube-system", labels={"k8s-app": "kube-proxy"}, fields={"spec.nodeName": "compute-0"}
        )
        return [each.metadata.name or "" for each in found if each.metadata and is_running(each)]

    (before,) = running()
    client.delete(Pod, before, namespace="kube-system")
    eventually(running, lambda now: len(now) == 1 and now != [before], 60)

    listed = ["nft", "list", "map", "ip", "kube-proxy", "service-ips"]
    eventually(
        lambda: inside.run(lab, lab.host("compute-0"), listed),
        lambda now: "10.96.0.1 . tcp . 443" in now and "10.96.0.10 . udp . 53" in now,
        30,
    )


def is_running(pod: Pod) -> bool:
    return pod.status is not None and pod.status.phase == "Running"
