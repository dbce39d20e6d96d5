# ruff: noqa: E501 -- sentences and objects as the programs write them
"""When each kind is ready: an object in, a state out."""

import pytest

from sturnus.applications.readiness.rules import Failed, NotReady, Ready, State, least, state
from tests.unit.applications.readiness.build import item

READY = Ready()

CASES: dict[str, tuple[str, str, State]] = {
    "a deployment with all its pods": (
        "{kind: Deployment, spec: {replicas: 2}, status: {updatedReplicas: 2, replicas: 2, availableReplicas: 2}}",
        "100%", READY,
    ),
    "a deployment that nobody has looked at": (
        "{kind: Deployment, metadata: {generation: 2}, spec: {replicas: 1}, "
        "status: {observedGeneration: 1, updatedReplicas: 1, replicas: 1, availableReplicas: 1}}",
        "100%", NotReady("has changed, and its controller has not looked at it yet"),
    ),
    "a deployment in the middle of an update": (
        "{kind: Deployment, spec: {replicas: 3}, status: {updatedReplicas: 1, replicas: 4, availableReplicas: 3}}",
        "100%", NotReady("has 1 of 3 pods of the new version"),
    ),
    "a deployment whose old pods linger": (
        "{kind: Deployment, spec: {replicas: 1}, status: {updatedReplicas: 1, replicas: 2, availableReplicas: 1}}",
        "100%", NotReady("still has 1 pods of the old version"),
    ),
    "a deployment with half of its pods, of which all are wanted": (
        "{kind: Deployment, spec: {replicas: 2}, status: {updatedReplicas: 2, replicas: 2, availableReplicas: 1}}",
        "100%", NotReady("has 1 of 2 pods ready"),
    ),
    "a deployment with half of its pods, of which half are wanted": (
        "{kind: Deployment, spec: {replicas: 2}, status: {updatedReplicas: 2, replicas: 2, availableReplicas: 1}}",
        "50%", READY,
    ),
    "a deployment scaled to nothing": ("{kind: Deployment, spec: {replicas: 0}, status: {}}", "100%", READY),
    "a daemonset on every host": (
        "{kind: DaemonSet, status: {desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2}}", "100%", READY,
    ),
    "a daemonset that is being updated": (
        "{kind: DaemonSet, status: {desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2}}",
        "100%", NotReady("has 1 of 2 pods of the new version"),
    ),
    "a daemonset whose pods are only replaced by hand": (
        "{kind: DaemonSet, spec: {updateStrategy: {type: OnDelete}}, "
        "status: {desiredNumberScheduled: 2, updatedNumberScheduled: 0, numberAvailable: 2}}", "100%", READY,
    ),
    "a daemonset with one pod of three, of which one is enough": (
        "{kind: DaemonSet, status: {desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 1}}", "1", READY,
    ),
    "a daemonset that is meant for no host": ("{kind: DaemonSet, status: {desiredNumberScheduled: 0}}", "100%", READY),
    "a statefulset with all its pods": (
        "{kind: StatefulSet, spec: {replicas: 1}, status: {readyReplicas: 1, updateRevision: a, currentRevision: a}}", "100%", READY,
    ),
    "a statefulset between two versions": (
        "{kind: StatefulSet, spec: {replicas: 2}, "
        "status: {readyReplicas: 2, updatedReplicas: 1, updateRevision: b, currentRevision: a}}",
        "100%", NotReady("has 1 of 2 pods of the new version"),
    ),
    "a statefulset of which a part is to keep its version": (
        "{kind: StatefulSet, spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}, "
        "status: {readyReplicas: 3, updatedReplicas: 1, updateRevision: b, currentRevision: a}}", "100%", READY,
    ),
    "a statefulset whose pods are only replaced by hand": (
        "{kind: StatefulSet, spec: {updateStrategy: {type: OnDelete}}, "
        "status: {readyReplicas: 1, updateRevision: b, currentRevision: a}}", "100%", READY,
    ),
    "a job that is done": ("{kind: Job, status: {conditions: [{type: Complete, status: 'True'}]}}", "100%", READY),
    "a job that has failed": (
        "{kind: Job, status: {conditions: [{type: Failed, status: 'True', message: too often}]}}", "100%", Failed("failed: too often"),
    ),
    "a job at work": ("{kind: Job, spec: {completions: 3}, status: {succeeded: 1}}", "100%", NotReady("has finished 1 of 3 times")),
    "a job that may not run": ("{kind: Job, spec: {suspend: true}, status: {}}", "100%", NotReady("is suspended")),
    "a job of a cronjob": (
        "{kind: Job, metadata: {ownerReferences: [{kind: CronJob, name: c, controller: true}]}, status: {}}", "100%", READY,
    ),
    "a pod that is ready": ("{kind: Pod, status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}", "100%", READY),
    "a pod that is done": ("{kind: Pod, status: {phase: Succeeded}}", "100%", READY),
    "a pod that runs": ("{kind: Pod, status: {phase: Running, conditions: []}}", "100%", NotReady("is not ready")),
    "a pod that has failed": ("{kind: Pod, status: {phase: Failed, message: out of disk}}", "100%", Failed("failed: out of disk")),
    "a claim that is bound": ("{kind: PersistentVolumeClaim, status: {phase: Bound}}", "100%", READY),
    "a claim that waits": ("{kind: PersistentVolumeClaim, status: {phase: Pending}}", "100%", NotReady("has no volume yet")),
    "a claim that lost its volume": ("{kind: PersistentVolumeClaim, status: {phase: Lost}}", "100%", Failed("has lost its volume")),
    "a service": ("{kind: Service}", "100%", READY),
}  # fmt: skip


@pytest.mark.parametrize(("text", "min_ready", "expected"), CASES.values(), ids=CASES)
def test_state(text: str, min_ready: str, expected: State) -> None:
    assert state(item(text), min_ready) == expected


@pytest.mark.parametrize(
    ("min_ready", "total", "expected"),
    [("100%", 3, 3), ("75%", 3, 3), ("50%", 3, 2), ("2", 3, 2), ("5", 3, 3), ("0%", 3, 0)],
)
def test_a_share_is_rounded_up_and_a_number_is_no_more_than_there_are(
    min_ready: str, total: int, expected: int
) -> None:
    assert least(min_ready, total) == expected
