"""A release: what it waits for, how far it is, and one sentence."""

import random

from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.readiness.explanation import LONGEST, Readiness, readiness
from sturnus.applications.release import WaitFor, Waiting
from sturnus.kubernetes.snapshot import Snapshot
from tests.unit.applications.readiness.build import (
    Json,
    deployment,
    ended,
    job,
    node,
    pod,
    ready_deployment,
    running,
    waiting,
    world,
)

EVERYTHING = Waiting(None)
MADE: list[Json] = [
    {"kind": "Deployment", "metadata": {"name": "api"}},
    {"kind": "Job", "metadata": {"name": "sync"}},
    {"kind": "Service", "metadata": {"name": "api"}},
]


def look(snapshot: Snapshot, wait: Waiting = EVERYTHING) -> Readiness:
    return readiness("keystone", wait, MADE, snapshot)


def test_a_release_waits_for_the_workloads_that_it_made() -> None:
    found = look(world(ready_deployment("api"), job("sync", condition="Complete"), deployment("somebody-elses")))

    assert (found.ready, found.total, found.is_ready, found.sentence) == (2, 2, True, "")


def test_one_that_is_missing_is_named() -> None:
    found = look(world(ready_deployment("api")))

    assert (found.ready, found.total, found.sentence) == (1, 2, "Job sync does not exist")


def test_a_job_that_removes_itself_when_done_is_not_missed() -> None:
    made: list[Json] = [{"kind": "Job", "metadata": {"name": "sync"}, "spec": {"ttlSecondsAfterFinished": 60}}]

    assert readiness("keystone", EVERYTHING, made, world()).is_ready


def test_a_failed_job_is_told_apart_from_one_at_work() -> None:
    assert look(world(job("sync", condition="Failed"))).failed
    assert not look(world(job("sync"))).failed


def test_a_manifest_that_waits_for_nothing_is_ready_at_once() -> None:
    assert look(world(), Waiting(())).is_ready


def test_a_manifest_chooses_by_kind_and_labels() -> None:
    one = job("sync", condition="Complete")
    one["metadata"]["labels"] = {"release_group": "osh-keystone"}
    wanted = Waiting((WaitFor("job", {"release_group": "osh-keystone"}),))

    found = look(world(one, deployment("api")), wanted)

    assert (found.ready, found.total) == (1, 1)


def test_labels_that_fit_nothing_are_named_as_the_likely_mistake() -> None:
    found = look(world(), Waiting((WaitFor("job", {"release_group": "typo"}),)))

    assert found.sentence == "no job with labels release_group=typo exists: are the labels of `wait` right?"
    assert not found.is_ready


def test_without_labels_those_of_the_release_are_meant() -> None:
    ours, others = (
        pod("a", labels={"release_group": "keystone"}, ready=True),
        pod("b", labels={"release_group": "nova"}),
    )

    found = look(world(ours, others), Waiting((WaitFor("pod", {}),)))

    assert (found.ready, found.total) == (1, 1)


def test_pods_that_come_and_go_are_not_awaited() -> None:
    evicted, test, of_job = (pod(name, labels={"a": "b"}) for name in ("evicted", "test", "of-job"))
    evicted["status"] |= {"phase": "Failed", "reason": "Evicted"}
    test["metadata"]["annotations"] = {"helm.sh/hook": "test-success"}
    of_job["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "sync", "controller": True}]
    stays = pod("stays", labels={"a": "b"}, ready=True)

    found = look(world(evicted, test, of_job, stays), Waiting((WaitFor("pod", {"a": "b"}),)))

    assert (found.ready, found.total) == (1, 1)


def test_a_share_of_the_pods_may_be_enough() -> None:
    api = deployment("api", updatedReplicas=2, replicas=2, availableReplicas=1)
    api["spec"]["replicas"] = 2
    api["metadata"]["labels"] = {"a": "b"}

    assert look(world(api), Waiting((WaitFor("deployment", {"a": "b"}, "50%"),))).is_ready
    assert not look(world(api), Waiting((WaitFor("deployment", {"a": "b"}),))).is_ready


def test_a_long_sentence_fits_the_old_column_and_stays_whole_in_the_details() -> None:
    api = deployment("api")
    broken = pod("api-5d4c-x", api, containers=[waiting("api", "ErrImagePull", "y", image="x" * 300)])

    found = readiness("keystone", EVERYTHING, MADE[:1], world(api, broken, nodes=[node("compute-0")]))

    assert len(found.sentence) == LONGEST
    assert found.sentence.endswith("…")
    assert "x" * 300 in found.details[0]


@given(st.randoms(use_true_random=False))
def test_the_same_cause_gives_the_same_sentence_in_whatever_order_it_is_seen(chance: random.Random) -> None:
    api = deployment("api")
    items: list[Json] = [
        api,
        job("sync"),
        *(
            pod(f"api-5d4c-{letter}", api, containers=[running("api") if letter == "a" else ended("api", 1)])
            for letter in "abcd"
        ),
    ]
    chance.shuffle(items)
    made = MADE[:]
    chance.shuffle(made)

    found = readiness("keystone", EVERYTHING, made, world(*items, nodes=[node("compute-0")]))

    assert found.sentence == "pod api-5d4c-b on compute-0 (and 2 more) crashes: container api ends with exit code 1"
