# ruff: noqa: E501 -- objects as the programs write them
"""When a Job has done its work: a Job and its pods in, yes or no out. Seen: reference/lab.md's Kubernetes, 1.35."""

import pytest

from sturnus.applications.readiness.work import has_worked, work_is_done
from sturnus.kubernetes.snapshot import Snapshot, Watched
from tests.unit.applications.readiness.build import item

JOB = "{kind: Job, metadata: {name: sync, uid: j1}, spec: {completions: 1}, status: {active: 1}}"
TWICE = "{kind: Job, metadata: {name: sync, uid: j1}, spec: {completions: 2}, status: {active: 1}}"
AS_MANY_AS_IT_TAKES = "{kind: Job, metadata: {name: sync, uid: j1}, spec: {parallelism: 2}, status: {active: 1}}"


def pod(states: str, owner: str = "j1", containers: str = "[{name: main}]") -> str:
    return (
        f"{{kind: Pod, metadata: {{ownerReferences: [{{kind: Job, uid: {owner}}}]}}, spec: {{containers: {containers}}}, "
        f"status: {{phase: Pending, containerStatuses: {states}}}}}"
    )


ENDED = "[{name: main, state: {terminated: {exitCode: 0}}}]"
RUNS = "[{name: main, state: {running: {}}}]"
FAILED = "[{name: main, state: {terminated: {exitCode: 1}}}]"
ONE_OF_TWO = "[{name: main, state: {terminated: {exitCode: 0}}}, {name: log, state: {running: {}}}]"
TWO = "[{name: main}, {name: log}]"

CASES: dict[str, tuple[str, list[str], bool]] = {
    "no pod yet": (JOB, [], False),
    "its pod waits": (JOB, [pod("[]")], False),
    "its pod runs": (JOB, [pod(RUNS)], False),
    "its container has ended well, and nobody calls the pod Succeeded yet": (JOB, [pod(ENDED)], True),
    "its container has failed": (JOB, [pod(FAILED)], False),
    "a second try has ended well": (JOB, [pod(FAILED), pod(ENDED)], True),
    "a container beside the main one still runs": (JOB, [pod(ONE_OF_TWO, containers=TWO)], False),
    "only one of two containers is told of": (JOB, [pod(ENDED, containers=TWO)], False),
    "another Job's pod": (JOB, [pod(ENDED, owner="j2")], False),
    "once of twice": (TWICE, [pod(ENDED), pod(RUNS)], False),
    "twice of twice": (TWICE, [pod(ENDED), pod(ENDED)], True),
    "only its controller knows how often": (AS_MANY_AS_IT_TAKES, [pod(ENDED)], False),
    "complete, and its pods cleaned away": (JOB.replace("active: 1", "conditions: [{type: Complete, status: 'True'}]"), [], True),
    "failed by its deadline": (JOB.replace("active: 1", "conditions: [{type: Failed, status: 'True'}]"), [pod(ENDED)], False),
}  # fmt: skip


@pytest.mark.parametrize(("job", "pods", "done"), CASES.values(), ids=CASES.keys())
def test_a_job_has_worked_when_its_containers_have_ended_well(job: str, pods: list[str], *, done: bool) -> None:
    assert work_is_done(item(job), [item(each) for each in pods]) is done


@pytest.mark.parametrize(("before", "worked"), [(set(), True), ({"j1"}, False), ({"j0"}, True)])
def test_a_job_of_an_earlier_run_is_not_the_one(before: set[str], *, worked: bool) -> None:
    snapshot = Snapshot("ns", {Watched.JOB: {"sync": item(JOB)}, Watched.POD: {"sync-x": item(pod(ENDED))}})

    assert has_worked("sync", snapshot, before) is worked
    assert not has_worked("other", snapshot, before)
