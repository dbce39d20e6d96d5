"""One release: facts in, decision out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.engine.decisions import (
    PENDING,
    Absent,
    Blocker,
    Chart,
    Decision,
    ReleaseFacts,
    Revision,
    Running,
    Step,
    Workloads,
    next_step,
)

WANTED = Chart("new")
DEPLOYED = Running(3, "deployed", "new")
OLD = Running(3, "deployed", "old")
NOT_READY = Workloads(1, 2, "pod db-0: image cannot be pulled")
KEYSTONE = Blocker("keystone", "hook 3/11 keystone-db-sync", failed=False)
BROKEN = Blocker("mariadb", "hook mariadb-init failed", failed=True)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(ReleaseFacts(WANTED, None), (Step.INSTALL, "not in the cluster"), id="absent"),
        pytest.param(
            ReleaseFacts(WANTED, None, blockers=[KEYSTONE]),
            (Step.WAIT, "waits for keystone: hook 3/11 keystone-db-sync"),
            id="absent, and its turn has not come",
        ),
        pytest.param(
            ReleaseFacts(WANTED, None, blockers=[KEYSTONE, BROKEN]),
            (Step.FAIL, "needs mariadb, which failed: hook mariadb-init failed"),
            id="absent, and what it needs failed",
        ),
        pytest.param(
            ReleaseFacts(WANTED, DEPLOYED, blockers=[BROKEN]),
            (Step.FINISH, "ready"),
            id="as wanted: who comes first does not matter",
        ),
        pytest.param(ReleaseFacts(WANTED, OLD), (Step.UPGRADE, "chart, values or options changed"), id="changed"),
        pytest.param(
            ReleaseFacts(WANTED, Running(1, "failed", "new")),
            (Step.UPGRADE, "revision 1 is failed"),
            id="a failed first install is upgraded over, never purged",
        ),
        pytest.param(
            ReleaseFacts(WANTED, OLD, stale_jobs=["db-sync"]),
            (Step.REPLACE_JOBS, "the template of db-sync changed"),
            id="a Job stands in the way",
        ),
        pytest.param(
            ReleaseFacts(WANTED, DEPLOYED, missing=["Job/db-sync"]),
            (Step.UPGRADE, "Job/db-sync is gone from the cluster"),
            id="somebody deleted a part of it",
        ),
        pytest.param(
            ReleaseFacts(WANTED, Running(2, "pending-upgrade", "new")),
            (Step.REPAIR, "revision 2 is pending-upgrade, and the process that wrote it is gone"),
            id="orphaned",
        ),
        pytest.param(
            ReleaseFacts(WANTED, Running(2, "pending-upgrade", None), is_worked_on=True),
            (Step.WAIT, "another Helm process works on it: revision 2 is pending-upgrade"),
            id="somebody else's Helm",
        ),
        pytest.param(
            ReleaseFacts(WANTED, DEPLOYED, workloads=NOT_READY), (Step.AWAIT, NOT_READY.reason), id="not ready yet"
        ),
        pytest.param(
            ReleaseFacts(WANTED, DEPLOYED, workloads=NOT_READY, late=True),
            (Step.FAIL, "not ready in time: pod db-0: image cannot be pulled"),
            id="not ready, and late",
        ),
        pytest.param(
            ReleaseFacts(WANTED, None, failure="hook db-init failed"),
            (Step.FAIL, "hook db-init failed"),
            id="Helm failed",
        ),
        pytest.param(ReleaseFacts(Absent(), None), (Step.FINISH, "removed"), id="gone"),
        pytest.param(
            ReleaseFacts(Absent(), OLD), (Step.UNINSTALL, "revision 3 is in the cluster"), id="there, and not wanted"
        ),
        pytest.param(
            ReleaseFacts(Absent(), Running(1, "uninstalling", "x")),
            (Step.UNINSTALL, "revision 1 is in the cluster"),
            id="a removal that was cut off begins anew",
        ),
        pytest.param(
            ReleaseFacts(Absent(), Running(1, "uninstalling", "x"), is_worked_on=True),
            (Step.WAIT, "another Helm process works on it: revision 1 is uninstalling"),
            id="somebody else's Helm, and not wanted",
        ),
        pytest.param(
            ReleaseFacts(WANTED, Running(1, "uninstalling", "x")),
            (Step.REPAIR, "revision 1 is uninstalling, and the process that wrote it is gone"),
            id="half gone, and wanted again",
        ),
        pytest.param(
            ReleaseFacts(Absent(), OLD, blockers=[Blocker("nova", "uninstalling", failed=False)]),
            (Step.WAIT, "waits for nova: uninstalling"),
            id="removed in reverse order",
        ),
        pytest.param(
            ReleaseFacts(Revision(2, "two"), Running(3, "deployed", "three")),
            (Step.ROLL_BACK, "revision 3 runs, revision 2 is wanted"),
            id="an earlier revision is wanted",
        ),
        pytest.param(
            ReleaseFacts(Revision(2, "two"), Running(4, "deployed", "two")),
            (Step.FINISH, "ready"),
            id="rolled back: the newer revision has the old digest",
        ),
        pytest.param(
            ReleaseFacts(Revision(2, "two"), None),
            (Step.FAIL, "revision 2 cannot come back: Helm keeps no record of the release"),
            id="nothing to go back to",
        ),
    ],
)
def test_each_situation_has_its_step_and_its_reason(facts: ReleaseFacts, expected: tuple[Step, str]) -> None:
    assert next_step(facts) == Decision(*expected)


wanted = st.one_of(
    st.builds(Chart, st.sampled_from(["a", "b"])), st.builds(Revision, st.just(1), st.just("a")), st.just(Absent())
)
running = st.none() | st.builds(
    Running,
    st.integers(1, 5),
    st.sampled_from(["deployed", "failed", "uninstalled", *sorted(PENDING)]),
    st.sampled_from(["a", "b", None]),
)
facts = st.builds(
    ReleaseFacts,
    wanted,
    running,
    is_worked_on=st.booleans(),
    blockers=st.lists(st.sampled_from([KEYSTONE, BROKEN]), max_size=3),
    stale_jobs=st.lists(st.just("job"), max_size=1),
    missing=st.lists(st.just("Secret/x"), max_size=1),
    workloads=st.sampled_from([Workloads(0, 0, None), NOT_READY]),
    failure=st.none() | st.just("failed"),
    late=st.booleans(),
)


def _is_removed_again(found: ReleaseFacts, decision: Decision) -> bool:
    return decision.step is Step.UNINSTALL and found.running is not None and found.running.status == "uninstalling"


@given(facts)
def test_nothing_changes_the_cluster_while_others_come_first_or_somebody_works_on_it(found: ReleaseFacts) -> None:
    decision = next_step(found)

    if decision.step in {Step.INSTALL, Step.UPGRADE, Step.ROLL_BACK, Step.UNINSTALL, Step.REPLACE_JOBS}:
        assert not found.blockers
        assert found.running is None or found.running.status not in PENDING or _is_removed_again(found, decision)
        assert not (found.is_worked_on and found.running is not None and found.running.status in PENDING)
        assert found.failure is None
    assert decision.reason


@given(facts)
def test_finished_means_as_wanted_and_ready(found: ReleaseFacts) -> None:
    if next_step(found).step is Step.FINISH:
        if isinstance(found.wanted, Absent):
            assert found.running is None or found.running.status == "uninstalled"
        else:
            assert found.running is not None
            assert (found.running.status, found.running.digest) == ("deployed", found.wanted.digest)
            assert found.workloads.are_ready
