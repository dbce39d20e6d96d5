# ruff: noqa: E501 -- sentences and objects as the programs write them
"""Broken worlds, and the sentence that an operator reads: word for word, since that is what counts."""

from typing import Any

import pytest

from sturnus.applications.readiness.evidence import NONE, Evidence, LogOf
from sturnus.applications.readiness.explanation import evidence_wanted, explain, room_wanted
from sturnus.kubernetes.room import Room
from sturnus.kubernetes.snapshot import Snapshot, Watched
from tests.unit.applications.readiness.build import (
    Json,
    daemon_set,
    deployment,
    ended,
    event,
    job,
    node,
    pod,
    ready_deployment,
    running,
    waiting,
    workload,
    world,
)

NODES = [node("compute-0"), node("compute-1")]
API = deployment("api")


def first(snapshot: Snapshot, kind: Watched = Watched.DEPLOYMENT, name: str = "api", evidence: Evidence = NONE) -> str:
    return explain(kind, name, snapshot, evidence)[0].sentence


NOT_FOUND = 'failed to pull and unpack image "r.local/api:9": failed to resolve image: r.local/api:9: not found'

CONTAINERS: dict[str, tuple[Json, str]] = {
    "an image that is not there, while it is pulled": (
        waiting("api", "ErrImagePull", f"rpc error: code = NotFound desc = {NOT_FOUND}", image="r.local/api:9"),
        "pod api-5d4c-x on compute-0 cannot pull image r.local/api:9: r.local/api:9: not found",
    ),
    "an image that is not there, while it backs off": (
        waiting("api", "ImagePullBackOff", f'Back-off pulling image "r.local/api:9": ErrImagePull: rpc error: code = NotFound desc = {NOT_FOUND}', image="r.local/api:9"),
        "pod api-5d4c-x on compute-0 cannot pull image r.local/api:9: r.local/api:9: not found",
    ),
    "an image name that is none": (
        waiting("api", "InvalidImageName", 'couldn\'t parse image name "A": invalid reference format', image="A"),
        'pod api-5d4c-x on compute-0 cannot pull image A: couldn\'t parse image name "A": invalid reference format',
    ),
    "a secret that is missing": (
        waiting("api", "CreateContainerConfigError", 'secret "keystone-db" not found'),
        'pod api-5d4c-x on compute-0 cannot start container api: secret "keystone-db" not found',
    ),
    "a key of a secret that is missing": (
        waiting("api", "CreateContainerConfigError", "couldn't find key password in Secret openstack/keystone-db"),
        "pod api-5d4c-x on compute-0 cannot start container api: couldn't find key password in Secret openstack/keystone-db",
    ),
    "a program that is missing": (
        waiting("api", "CreateContainerError", 'failed to create containerd task: runc create failed: unable to start container process: error during container init: exec: "serve": executable file not found in $PATH'),
        'pod api-5d4c-x on compute-0 cannot start container api: exec: "serve": executable file not found in $PATH',
    ),
    "a crash loop, backing off": (
        waiting("api", "CrashLoopBackOff", "back-off 40s restarting failed container", last={"exitCode": 1}, restarts=3),
        "pod api-5d4c-x on compute-0 crashes: container api ends with exit code 1",
    ),
    "a crash loop, just ended": (
        ended("api", 1, restarts=3),
        "pod api-5d4c-x on compute-0 crashes: container api ends with exit code 1",
    ),
    "a crash loop, started again": (
        running("api", last={"exitCode": 1}, restarts=3),
        "pod api-5d4c-x on compute-0 crashes: container api ends with exit code 1",
    ),
    "a crash that tells why": (
        waiting("api", "CrashLoopBackOff", last={"exitCode": 127, "message": "x\n2026-01-01 00:00:01.123 7 ERROR no such table\n"}),
        "pod api-5d4c-x on compute-0 crashes: container api ends with exit code 127 (command not found): ERROR no such table",
    ),
    "too much memory": (
        waiting("api", "CrashLoopBackOff", last={"exitCode": 137, "reason": "OOMKilled"}, resources={"limits": {"memory": "128Mi"}}),
        "pod api-5d4c-x on compute-0 runs out of memory: container api is killed at its limit of 128 MiB",
    ),
    "a container that starts": (
        waiting("api", "ContainerCreating"),
        "pod api-5d4c-x on compute-0 is starting, container api is not ready yet",
    ),
    "a container that runs": (running("api"), "pod api-5d4c-x on compute-0 is running, container api is not ready yet"),
}  # fmt: skip


@pytest.mark.parametrize(("status", "sentence"), CONTAINERS.values(), ids=CONTAINERS)
def test_a_container_says_what_is_wrong_with_it(status: Json, sentence: str) -> None:
    assert first(world(API, pod("api-5d4c-x", API, containers=[status]), nodes=NODES)) == sentence


def test_the_last_line_of_the_log_is_asked_for_and_told() -> None:
    status = waiting("api", "CrashLoopBackOff", last={"exitCode": 1}, restarts=3)
    snapshot = world(API, pod("api-5d4c-x", API, containers=[status]), nodes=NODES)
    log = LogOf("api-5d4c-x", "api", 3, ended=False)

    assert evidence_wanted(snapshot) == {log}
    assert first(snapshot, evidence=Evidence({log: "2026-01-01T00:00:00Z cannot reach the database"})) == (
        "pod api-5d4c-x on compute-0 crashes: container api ends with exit code 1: cannot reach the database"
    )


def test_until_the_next_log_has_been_read_the_last_one_counts() -> None:
    status = waiting("api", "CrashLoopBackOff", last={"exitCode": 1}, restarts=3)
    snapshot = world(API, pod("api-5d4c-x", API, containers=[status]), nodes=NODES)
    logs = {LogOf("api-5d4c-x", "api", run, ended=True): f"run {run}" for run in (1, 2)} | {
        LogOf("other", "api", 3, ended=True): "x"
    }

    assert first(snapshot, evidence=Evidence(logs)).endswith("exit code 1: run 2")


def test_a_crashing_container_that_runs_for_a_moment_is_not_forgotten() -> None:
    status = running("api", ready=True, last={"exitCode": 1}, restarts=4)
    snapshot = world(API, pod("api-5d4c-x", API, containers=[status], ready=True), nodes=NODES)

    assert first(snapshot) == "pod api-5d4c-x on compute-0 crashes: container api ends with exit code 1"
    assert evidence_wanted(snapshot) == {LogOf("api-5d4c-x", "api", 4, ended=False)}


def test_the_logs_of_ready_workloads_are_not_asked_for() -> None:
    api = ready_deployment("api")
    once = running("api", ready=True, last={"exitCode": 1}, restarts=1)

    assert not evidence_wanted(world(api, pod("api-5d4c-x", api, containers=[once], ready=True), nodes=NODES))


def test_a_failing_probe_is_told_in_its_own_words() -> None:
    the_pod = pod("api-5d4c-x", API, containers=[running("api")])
    old = event(the_pod, "Unhealthy", "Startup probe failed: x", at="2026-01-01T00:00:00Z", container="api")
    new = event(the_pod, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", container="api")

    assert first(world(API, the_pod, old, new, nodes=NODES)) == (
        "pod api-5d4c-x on compute-0 is not ready: readiness probe of container api fails: HTTP probe failed with statuscode: 503"
    )


def test_a_probe_that_failed_after_the_crash_is_the_newer_cause() -> None:
    the_pod = pod(
        "api-5d4c-x",
        API,
        containers=[running("api", last={"exitCode": 1, "finishedAt": "2026-01-01T00:01:00Z"}, restarts=1)],
    )
    failed = event(the_pod, "Unhealthy", "Readiness probe failed: refused", at="2026-01-01T00:03:00Z", container="api")

    assert (
        first(world(API, the_pod, nodes=NODES))
        == "pod api-5d4c-x on compute-0 crashes: container api ends with exit code 1"
    )
    assert first(world(API, the_pod, failed, nodes=NODES)).endswith("readiness probe of container api fails: refused")


def test_a_secret_that_cannot_be_mounted_is_named() -> None:
    the_pod = pod("api-5d4c-x", API, containers=[waiting("api", "ContainerCreating")])
    failed = event(
        the_pod, "FailedMount", 'MountVolume.SetUp failed for volume "etc" : secret "keystone-etc" not found'
    )

    assert first(world(API, the_pod, failed, nodes=NODES)) == (
        'pod api-5d4c-x on compute-0 cannot mount volume etc: secret "keystone-etc" not found'
    )


def test_a_host_that_does_not_answer_is_named() -> None:
    snapshot = world(
        API, pod("api-5d4c-x", API, containers=[running("api")]), nodes=[node("compute-0", ready="Unknown")]
    )

    assert first(snapshot) == "pod api-5d4c-x on compute-0 is not ready: host compute-0 does not answer"


def test_a_quota_is_told_by_the_deployment() -> None:
    api = deployment("api", conditions=[{
        "type": "ReplicaFailure", "status": "True",
        "message": 'pods "api-5d4c-zzzzz" is forbidden: exceeded quota: q, requested: memory=1Gi, used: memory=0, limited: memory=512Mi',
    }])  # fmt: skip

    assert first(world(api, nodes=NODES)) == (
        "Deployment api cannot make pods: exceeded quota: q, requested: memory=1Gi, used: memory=0, limited: memory=512Mi"
    )


def test_a_policy_is_told_by_an_event_at_the_daemonset() -> None:
    agent = daemon_set("agent")
    refused = event(
        agent,
        "FailedCreate",
        'Error creating: pods "agent-" is forbidden: violates PodSecurity "baseline:latest": privileged',
    )

    assert first(world(agent, refused, nodes=NODES), Watched.DAEMON_SET, "agent") == (
        'DaemonSet agent cannot make pods: violates PodSecurity "baseline:latest": privileged'
    )


def unscheduled(message: str = "0/2 nodes are available", **spec: Any) -> Json:
    made = pod("api-5d4c-x", API, host=None, **spec)
    made["status"]["conditions"] = [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    ]
    return made


TAINT = {"key": "services", "value": "disabled", "effect": "NoExecute"}
AFFINITY = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}]}}}  # fmt: skip
HUNGRY = {"containers": [{"name": "api", "resources": {"requests": {"memory": "64Gi", "cpu": "6"}}}]}

UNSCHEDULABLE: dict[str, tuple[Json, list[Json], str]] = {
    "no host has the label": (
        unscheduled(nodeSelector={"openvswitch": "enabled"}), NODES,
        "pod api-5d4c-x fits no host: no host has label openvswitch=enabled",
    ),
    "no host has both labels": (
        unscheduled(nodeSelector={"a": "1", "b": "1"}), [node("n1", {"a": "1"}), node("n2", {"b": "1"})],
        "pod api-5d4c-x fits no host: no host has all of the labels a=1, b=1",
    ),
    "no host fits the affinity": (
        unscheduled(affinity=AFFINITY), NODES, "pod api-5d4c-x fits no host: no host has label zone=a or b",
    ),
    "the host is tainted": (
        unscheduled(), [node("compute-0", taints=[TAINT])],
        "pod api-5d4c-x fits no host: compute-0 has taint services=disabled:NoExecute",
    ),
    "the hosts are cordoned": (
        unscheduled(),
        [node(name, taints=[{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]) for name in ("c0", "c1")],
        "pod api-5d4c-x fits no host: c0 (and 1 more) takes no new pods (cordoned)",
    ),
    "too little memory": (
        unscheduled("0/2 nodes are available: 2 Insufficient memory.", **HUNGRY), [node("c0", memory="4Gi"), node("c1", memory="8Gi")],
        "pod api-5d4c-x fits no host: it asks for 64 GiB of memory; the largest has 8 GiB",
    ),
    "too few cores": (
        unscheduled("0/2 nodes are available: 2 Insufficient cpu.", **HUNGRY), NODES,
        "pod api-5d4c-x fits no host: it asks for 6 cores",
    ),
    "something that only the scheduler knows": (
        unscheduled("0/2 nodes are available: 2 node(s) had volume node affinity conflict."), NODES,
        "pod api-5d4c-x fits no host: 0/2 nodes are available: 2 node(s) had volume node affinity conflict.",
    ),
    "a claim that does not exist": (
        unscheduled(volumes=[{"persistentVolumeClaim": {"claimName": "data"}}]), NODES,
        "pod api-5d4c-x waits for volume claim data, which does not exist",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("the_pod", "nodes", "sentence"), UNSCHEDULABLE.values(), ids=UNSCHEDULABLE)
def test_a_pod_that_no_host_takes_names_what_is_missing(the_pod: Json, nodes: list[Json], sentence: str) -> None:
    assert first(world(API, the_pod, nodes=nodes)) == sentence


def test_a_tolerated_taint_does_not_count() -> None:
    tolerant = unscheduled("0/1: x", tolerations=[{"key": "services", "operator": "Exists"}])

    assert (
        first(world(API, tolerant, nodes=[node("compute-0", taints=[TAINT])])) == "pod api-5d4c-x fits no host: 0/1: x"
    )


def test_the_room_that_is_left_is_asked_for_and_told() -> None:
    snapshot = world(API, unscheduled("2 Insufficient memory.", **HUNGRY), nodes=NODES)
    room = {"compute-0": Room(1000, 2**30, 10), "compute-1": Room(500, 3 * 2**30, 10)}

    assert room_wanted(snapshot)
    assert first(snapshot, evidence=Evidence(room=room)) == (
        "pod api-5d4c-x fits no host: it asks for 64 GiB of memory; compute-1 has the most left: 3 GiB"
    )


def test_a_claim_is_explained_by_its_provisioner() -> None:
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "uid": "u"}, "spec": {"storageClassName": "fast"},
             "status": {"phase": "Pending"}}  # fmt: skip
    the_pod = unscheduled(volumes=[{"persistentVolumeClaim": {"claimName": "data"}}])
    failed = event(claim, "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found')

    assert first(world(API, the_pod, claim, failed, nodes=NODES)) == (
        'pod api-5d4c-x waits for volume claim data: storageclass.storage.k8s.io "fast" not found'
    )


def entrypoint(**dependencies: str) -> Json:
    return running("init", env=[{"name": f"DEPENDENCY_{key}", "value": value} for key, value in dependencies.items()])


OVS = '[{"labels": {"application": "neutron", "component": "neutron-ovs-agent"}, "requireSameNode": true}]'
OVS_LABELS = {"application": "neutron", "component": "neutron-ovs-agent"}
COMPUTE = daemon_set("nova-compute")


def compute(**dependencies: str) -> Json:
    return pod(
        "nova-compute-x2x",
        COMPUTE,
        host="compute-1",
        init=[entrypoint(**dependencies)],
        containers=[waiting("nova-compute", "PodInitializing")],
    )


def service(name: str, **selector: str) -> Json:
    return {"kind": "Service", "metadata": {"name": name}, "spec": {"selector": selector}}


SYNC = job("keystone-db-sync")
DEPENDENCIES: dict[str, tuple[Json, list[Json], str]] = {
    "an agent that no host is meant for": (
        compute(POD_JSON=OVS), [daemon_set("neutron-ovs-agent", labels=OVS_LABELS, selector={"openvswitch": "enabled"})],
        "waits for daemonset neutron-ovs-agent on the same node: no host has label openvswitch=enabled",
    ),
    "an agent that this host is not meant for": (
        compute(POD_JSON=OVS), [daemon_set("neutron-ovs-agent", labels=OVS_LABELS, selector={"vswitch": "ovs"})],
        "waits for daemonset neutron-ovs-agent on the same node: compute-1 does not have label vswitch=ovs",
    ),
    "a pod that nothing makes": (
        compute(POD_JSON=OVS), [],
        "waits for a pod with labels application=neutron,component=neutron-ovs-agent on the same node: it does not exist",
    ),
    "a job that does not exist": (
        compute(JOBS="nova-db-sync"), [], "waits for job nova-db-sync: it does not exist",
    ),
    "a job that has failed": (
        compute(JOBS="openstack:nova-db-sync"), [job("nova-db-sync", condition="Failed", message="too often")],
        "waits for job nova-db-sync: failed: too often",
    ),
    "a job that is done, and one whose image is missing": (
        compute(JOBS="keystone-db-sync,nova-db-init"),
        [SYNC, job("nova-db-init", condition="Complete"),
         pod("keystone-db-sync-abc", SYNC, containers=[waiting("sync", "ErrImagePull", "x: not found", image="x")])],
        "waits for job keystone-db-sync: pod keystone-db-sync-abc on compute-0 cannot pull image x: x: not found",
    ),
    "a service that does not exist": (
        compute(SERVICE="openstack:mariadb"), [], "waits for service mariadb: it does not exist",
    ),
    "a service without a ready pod": (
        compute(SERVICE="openstack:api"),
        [service("api", app="api"), API, pod("api-5d4c-x", API, containers=[ended("api", 1)])],
        "waits for service api: pod api-5d4c-x on compute-0 crashes: container api ends with exit code 1",
    ),
    "a daemonset whose pod on the host starts": (
        compute(DAEMONSET="openstack:libvirt"),
        [(libvirt := daemon_set("libvirt")), pod("libvirt-0", libvirt, host="compute-0", ready=True),
         pod("libvirt-1", libvirt, host="compute-1", containers=[running("libvirt")])],
        "waits for daemonset libvirt on the same node: pod libvirt-1 on compute-1 is running, container libvirt is not ready yet",
    ),
    "two things, the worse of which is told": (
        compute(SERVICE="openstack:mariadb", JOBS="openstack:nova-db-sync"), [job("nova-db-sync", condition="Failed", message="no")],
        "waits for job nova-db-sync (and 1 more): failed: no",
    ),
    "another namespace, which is not seen": (
        compute(SERVICE="kube-system:dns"), [], "waits for service dns in namespace kube-system",
    ),
    "nothing that is missing": (
        compute(SERVICE="openstack:api"), [service("api", app="api"), pod("api-5d4c-x", API, ready=True)],
        "is starting, init container init runs",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("the_pod", "others", "text"), DEPENDENCIES.values(), ids=DEPENDENCIES)
def test_an_init_container_names_what_it_waits_for_and_why_that_is_not_there(
    the_pod: Json, others: list[Json], text: str
) -> None:
    nodes = [node("compute-0", {"vswitch": "ovs"}), node("compute-1")]

    assert first(world(COMPUTE, the_pod, *others, nodes=nodes), Watched.DAEMON_SET, "nova-compute") == (
        f"pod nova-compute-x2x on compute-1 {text}"
    )


def test_dependencies_are_followed_one_level_and_circles_end() -> None:
    one, two = ready_deployment("one", availableReplicas=0), ready_deployment("two", availableReplicas=0)
    pods = [
        pod(f"{owner['metadata']['name']}-5d4c-x", owner, init=[entrypoint(SERVICE=f"openstack:{other}")])
        for owner, other in ((one, "two"), (two, "one"))
    ]
    snapshot = world(one, two, *pods, service("one", app="one"), service("two", app="two"), nodes=NODES)

    assert first(snapshot, name="one") == (
        "pod one-5d4c-x on compute-0 waits for service two: pod two-5d4c-x on compute-0 waits for service one"
    )


def test_the_worst_cause_comes_first_and_equal_ones_are_one() -> None:
    pods = [
        pod("api-5d4c-a", API, containers=[running("api")]),
        pod("api-5d4c-b", API, containers=[ended("api", 1)]),
        pod("api-5d4c-c", API, host="compute-1", containers=[ended("api", 1)]),
        pod("api-5d4c-d", API, containers=[waiting("api", "ErrImagePull", "gone", image="x")]),
    ]

    assert [reason.sentence for reason in explain(Watched.DEPLOYMENT, "api", world(API, *pods, nodes=NODES))] == [
        "pod api-5d4c-d on compute-0 cannot pull image x: gone",
        "pod api-5d4c-b on compute-0 (and 1 more) crashes: container api ends with exit code 1",
        "pod api-5d4c-a on compute-0 is running, container api is not ready yet",
    ]


def test_a_job_that_has_failed_is_explained_by_its_last_pod() -> None:
    sync = job("keystone-db-sync", condition="Failed", message="Job has reached the specified backoff limit")
    the_pod = pod("keystone-db-sync-abc", sync, containers=[ended("sync", 1, message="access denied")])
    the_pod["status"]["phase"] = "Failed"

    assert [
        reason.sentence for reason in explain(Watched.JOB, "keystone-db-sync", world(sync, the_pod, nodes=NODES))
    ] == [
        "pod keystone-db-sync-abc on compute-0 crashes: container sync ends with exit code 1: access denied",
        "Job keystone-db-sync failed: Job has reached the specified backoff limit",
    ]


def test_what_is_ready_has_no_reason() -> None:
    assert explain(Watched.DEPLOYMENT, "api", world(ready_deployment("api"))) == ()


def test_a_workload_that_does_not_exist_says_so() -> None:
    assert first(world(), Watched.STATEFUL_SET, "mariadb") == "StatefulSet mariadb does not exist"


def test_a_workload_without_pods_says_what_it_lacks() -> None:
    assert first(world(workload("StatefulSet", "mariadb", readyReplicas=0)), Watched.STATEFUL_SET, "mariadb") == (
        "StatefulSet mariadb has 0 of 1 pods ready"
    )
