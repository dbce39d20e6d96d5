"""Releases are followed to their end, on a scripted cluster and in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.engine.board import Board, Task
from sturnus.applications.engine.decisions import Absent, Chart, Revision, Running
from sturnus.applications.engine.following import Followed, follow
from sturnus.applications.engine.phases import DONE
from sturnus.applications.release import ReleaseName
from sturnus.core.application_states import ReleasePhase as Phase
from sturnus.core.clock import SystemClock
from sturnus.helm.repair import Intent
from tests import virtual_time
from tests.unit.applications.engine.scripted_cluster import Script, ScriptedCluster

TIMEOUT = timedelta(minutes=30)


def named(name: str) -> ReleaseName:
    return ReleaseName("openstack", name)


def tasks(order: Mapping[str, list[str]], cluster: ScriptedCluster | None = None, **more: Any) -> list[Task]:
    """What is wanted, and what the cluster has of it."""
    records = {} if cluster is None else cluster.records
    return [
        Task(
            name=named(name),
            wanted=Chart(f"digest of {name}"),
            comes_after=frozenset(map(named, before)),
            timeout=TIMEOUT,
            running=records.get(named(name)),
            **more,
        )
        for name, before in order.items()
    ]


def a_cluster(scripts: Mapping[str, Script]) -> ScriptedCluster:
    return ScriptedCluster(
        {named(name): script for name, script in scripts.items()},
        {named(name): f"digest of {name}" for name in scripts},
    )


async def carry_out(wanted: list[Task], cluster: ScriptedCluster, at_once: int = 8) -> Board:
    board = Board(wanted, SystemClock())
    ground = Followed(board, cluster, cluster, asyncio.Semaphore(at_once))
    async with asyncio.TaskGroup() as group:
        for task in wanted:
            group.create_task(follow(task, ground))
    return board


def phases(board: Board) -> dict[str, Phase]:
    return {each.name.name: each.phase for each in board.all_progress()}


def test_a_release_starts_the_moment_its_own_predecessors_are_ready() -> None:
    order = {"db": [], "mq": [], "keystone": ["db"], "nova": ["keystone", "mq"]}
    scripts = {"db": Script(1, 4), "mq": Script(1, 20), "keystone": Script(2, 3), "nova": Script(1, 1)}

    async def story() -> ScriptedCluster:
        cluster = a_cluster(scripts)
        await carry_out(tasks(order), cluster)
        return cluster

    cluster = virtual_time.run(story())

    assert cluster.when("install", "db") == cluster.when("install", "mq") == 0
    assert cluster.when("install", "keystone") == 5  # at once, though mq is not ready
    assert cluster.when("install", "nova") == 21


def test_a_release_may_start_before_helm_has_heard_that_the_hooks_of_another_have_worked() -> None:
    scripts = {"db": Script(helm=5, settle=0, worked=2), "keystone": Script(helm=1, settle=0)}

    async def story() -> tuple[ScriptedCluster, Board]:
        cluster = a_cluster(scripts)
        return cluster, await carry_out(tasks({"db": [], "keystone": ["db"]}), cluster)

    cluster, board = virtual_time.run(story())

    assert cluster.when("install", "keystone") == 2
    assert phases(board) == {"db": Phase.READY, "keystone": Phase.READY}


def test_what_others_started_from_may_still_fail_and_then_the_operation_says_so() -> None:
    scripts = {"db": Script(helm=5, worked=2, fails="the record cannot be written"), "keystone": Script(helm=1)}

    async def story() -> Board:
        return await carry_out(tasks({"db": [], "keystone": ["db"]}), a_cluster(scripts))

    board = virtual_time.run(story())

    assert phases(board) == {"db": Phase.FAILED, "keystone": Phase.READY}
    assert board.failures() == {named("db"): "the record cannot be written"}


def test_a_second_run_changes_nothing() -> None:
    order = {"db": [], "keystone": ["db"]}

    async def story() -> tuple[Board, int]:
        cluster = a_cluster({"db": Script(), "keystone": Script()})
        await carry_out(tasks(order), cluster)
        before = len(cluster.history)
        board = await carry_out(tasks(order, cluster), cluster)
        return board, len(cluster.history) - before

    board, more = virtual_time.run(story())

    assert phases(board) == {"db": Phase.UNCHANGED, "keystone": Phase.UNCHANGED}
    assert more == 0


def test_what_needs_a_failed_release_fails_with_its_reason_and_the_rest_goes_on() -> None:
    order = {"db": [], "keystone": ["db"], "horizon": ["keystone"], "ovn": []}
    scripts = {
        "db": Script(fails="hook db-init failed: exit code 1"),
        "keystone": Script(),
        "horizon": Script(),
        "ovn": Script(),
    }

    async def story() -> Board:
        return await carry_out(tasks(order), a_cluster(scripts))

    board = virtual_time.run(story())

    assert phases(board) == {
        "db": Phase.FAILED, "keystone": Phase.FAILED, "horizon": Phase.FAILED, "ovn": Phase.READY
    }  # fmt: skip
    assert list(board.failures().values()) == [
        "hook db-init failed: exit code 1",
        "needs db, which failed: hook db-init failed: exit code 1",
        "needs keystone, which failed: needs db, which failed: hook db-init failed: exit code 1",
    ]


def test_workloads_that_never_get_ready_fail_when_their_time_is_up_and_not_before() -> None:
    async def story() -> tuple[Board, float]:
        board = await carry_out(tasks({"db": []}), a_cluster({"db": Script(never_ready="pod db-0: ImagePullBackOff")}))
        return board, asyncio.get_running_loop().time()

    board, end = virtual_time.run(story())

    assert board.failures() == {named("db"): "not ready in time: pod db-0: ImagePullBackOff"}
    assert end == TIMEOUT.total_seconds()


def test_helm_that_hangs_is_ended_by_the_release_s_own_deadline() -> None:
    async def story() -> Board:
        return await carry_out(tasks({"db": []}), a_cluster({"db": Script(helm=1e9)}))

    assert virtual_time.run(story()).failures() == {named("db"): "helm did not end within 1800 s"}


def test_a_cluster_that_is_away_for_a_minute_is_waited_for() -> None:
    async def story() -> tuple[Board, float]:
        cluster = a_cluster({"db": Script(1, 1)})
        cluster.away_until = 60
        board = await carry_out(tasks({"db": []}), cluster)
        return board, cluster.when("install", "db")

    board, installed = virtual_time.run(story())

    assert phases(board) == {"db": Phase.READY}
    assert 60 <= installed <= 70


def test_no_more_helm_processes_run_at_once_than_the_gate_lets_through() -> None:
    async def story() -> ScriptedCluster:
        names = [f"app-{number}" for number in range(30)]
        cluster = a_cluster({name: Script(3, 1) for name in names})
        await carry_out(tasks({name: [] for name in names}), cluster, at_once=4)
        return cluster

    assert virtual_time.run(story()).most_at_once == 4


def test_a_pending_record_of_a_dead_process_is_repaired_and_the_release_upgraded() -> None:
    async def story() -> ScriptedCluster:
        cluster = a_cluster({"db": Script()})
        cluster.records[named("db")] = Running(1, "pending-install", "digest of db")
        await carry_out(tasks({"db": []}, cluster), cluster)
        return cluster

    cluster = virtual_time.run(story())

    assert [what for _, what, _ in cluster.history] == ["repair", "upgrade", "ready"]
    assert cluster.records[named("db")] == Running(2, "deployed", "digest of db")


def test_jobs_in_the_way_are_replaced_once_before_the_upgrade() -> None:
    async def story() -> ScriptedCluster:
        cluster = a_cluster({"db": Script()})
        cluster.records[named("db")] = Running(1, "deployed", "older")
        await carry_out(tasks({"db": []}, cluster, stale_jobs=("db-sync",)), cluster)
        return cluster

    history = [what for _, what, _ in virtual_time.run(story()).history]

    assert history == ["replace jobs", "upgrade", "ready"]


def test_removal_goes_in_the_order_that_it_is_given() -> None:
    async def story() -> tuple[ScriptedCluster, Board]:
        cluster = a_cluster({"db": Script(2), "keystone": Script(3)})
        cluster.records |= {named(name): Running(1, "deployed", "x") for name in ("db", "keystone")}
        wanted = [
            Task(named("db"), Absent(), frozenset({named("keystone")}), TIMEOUT, cluster.records[named("db")]),
            Task(named("keystone"), Absent(), frozenset(), TIMEOUT, cluster.records[named("keystone")]),
        ]
        return cluster, await carry_out(wanted, cluster)

    cluster, board = virtual_time.run(story())

    assert (cluster.when("uninstall", "keystone"), cluster.when("uninstall", "db")) == (0, 3)
    assert phases(board) == {"db": Phase.REMOVED, "keystone": Phase.REMOVED}
    assert cluster.records == {}


def test_a_removal_that_was_cut_off_is_begun_anew() -> None:
    async def story() -> tuple[ScriptedCluster, Board]:
        cluster = a_cluster({"db": Script(2)})
        cluster.intent = Intent.REMOVE
        cluster.records[named("db")] = Running(1, "uninstalling", "x")
        wanted = Task(named("db"), Absent(), frozenset(), TIMEOUT, cluster.records[named("db")])
        return cluster, await carry_out([wanted], cluster)

    cluster, board = virtual_time.run(story())

    assert [what for _, what, _ in cluster.history] == ["uninstall"]
    assert phases(board) == {"db": Phase.REMOVED}
    assert cluster.records == {}


def test_an_earlier_revision_comes_back() -> None:
    async def story() -> ScriptedCluster:
        cluster = a_cluster({"db": Script()})
        cluster.records[named("db")] = Running(5, "deployed", "newer")
        wanted = Task(named("db"), Revision(4, "digest of db"), frozenset(), TIMEOUT, cluster.records[named("db")])
        await carry_out([wanted], cluster)
        return cluster

    assert virtual_time.run(story()).records == {named("db"): Running(6, "deployed", "digest of db")}


def test_what_others_did_not_wait_for_is_awaited_in_the_end() -> None:
    async def story() -> tuple[list[Phase], float]:
        cluster = a_cluster({"db": Script(1, 0)})
        (task,) = tasks({"db": []})
        board = Board([task], SystemClock())
        ground = Followed(board, cluster, cluster, asyncio.Semaphore(8))
        await follow(task, ground)
        seen = [phases(board)["db"]]
        cluster.unready.add(named("db"))
        settling = asyncio.ensure_future(cluster.settle(named("db"), 29))
        board.waited_for_after_all(named("db"))
        await follow(task, ground)
        await settling
        return [*seen, phases(board)["db"]], asyncio.get_running_loop().time()

    assert virtual_time.run(story()) == ([Phase.READY, Phase.READY], 30)


def test_what_others_did_not_wait_for_has_its_whole_time_in_the_end() -> None:
    async def story() -> Board:
        cluster = a_cluster({"db": Script(1, 0)})
        (task,) = tasks({"db": []})
        board = Board([task], SystemClock())
        ground = Followed(board, cluster, cluster, asyncio.Semaphore(8))
        await follow(task, ground)
        await asyncio.sleep(TIMEOUT.total_seconds() + 60)  # others take their time
        cluster.unready.add(named("db"))
        settling = asyncio.ensure_future(cluster.settle(named("db"), 29))
        board.waited_for_after_all(named("db"))
        await follow(task, ground)
        await settling
        return board

    assert phases(virtual_time.run(story())) == {"db": Phase.READY}


def test_an_abort_says_what_was_going_on() -> None:
    async def story() -> Board:
        cluster = a_cluster({"db": Script(never_ready="pod db-0: CrashLoopBackOff"), "keystone": Script()})
        wanted = tasks({"db": [], "keystone": ["db"]})
        board = Board(wanted, SystemClock())
        ground = Followed(board, cluster, cluster, asyncio.Semaphore(8))
        running = [asyncio.ensure_future(follow(task, ground)) for task in wanted]
        await asyncio.sleep(10)
        for each in running:
            each.cancel()
        await asyncio.wait(running)
        board.aborted("aborted by admin")
        return board

    board = virtual_time.run(story())

    assert [each.reason for each in board.all_progress()] == [
        "aborted by admin while waiting: pod db-0: CrashLoopBackOff",
        "aborted by admin while pending: waits for db: pod db-0: CrashLoopBackOff",
    ]


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    names = [f"r{number}" for number in range(draw(st.integers(1, 8)))]
    return {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3)) if index else []
        for index, name in enumerate(names)
    }


durations = st.floats(0.5, 30, allow_nan=False)


@given(graphs(), st.data())
def test_any_graph_takes_its_critical_path_and_nobody_starts_too_early(
    order: dict[str, list[str]], data: st.DataObject
) -> None:
    scripts = {name: Script(data.draw(durations), data.draw(durations)) for name in order}

    async def story() -> tuple[ScriptedCluster, float]:
        cluster = a_cluster(scripts)
        await carry_out(tasks(order), cluster)
        return cluster, asyncio.get_running_loop().time()

    cluster, end = virtual_time.run(story())

    finish: dict[str, float] = {}
    for name, before in order.items():  # in topological order by construction
        starts = max((finish[each] for each in before), default=0.0)
        finish[name] = starts + scripts[name].helm + scripts[name].settle
        assert cluster.when("install", name) == pytest.approx(starts)
    assert end == pytest.approx(max(finish.values()))


@given(graphs(), st.data())
def test_whenever_the_process_dies_the_next_one_finishes_and_nothing_is_done_twice(
    order: dict[str, list[str]], data: st.DataObject
) -> None:
    scripts = {name: Script(data.draw(durations), data.draw(durations)) for name in order}
    deaths = data.draw(st.lists(st.floats(0.1, 60), max_size=4))

    async def story() -> tuple[ScriptedCluster, Board]:
        cluster = a_cluster(scripts)
        for lives in deaths:
            try:
                async with asyncio.timeout(lives):
                    await carry_out(tasks(order, cluster), cluster)
            except TimeoutError:
                continue
        return cluster, await carry_out(tasks(order, cluster), cluster)

    cluster, board = virtual_time.run(story())

    assert set(phases(board).values()) <= DONE
    assert all(record.status == "deployed" for record in cluster.records.values())
    for name in order:
        steps = [what for _, what, who in cluster.history if who == name and what in {"install", "upgrade", "repair"}]
        # Each death in the middle of Helm costs one repair and one upgrade; one that was done is never done again.
        assert steps == ["install", *["repair", "upgrade"] * (len(steps) // 2)]
