"""Which logs are kept: a reason must not flicker."""

from __future__ import annotations

import pytest

from sturnus.applications.engine.cluster_eyes import as_seen, outdated
from sturnus.applications.readiness.evidence import LogOf

FIRST, SECOND = LogOf("db-0", "db", 1, ended=True), LogOf("db-0", "db", 2, ended=True)


@pytest.mark.parametrize(
    ("logs", "wanted", "pods", "gone"),
    [
        pytest.param([FIRST], [FIRST], ["db-0"], [], id="wanted"),
        pytest.param([FIRST], [], ["db-0"], [], id="not wanted while the container runs again for a moment"),
        pytest.param([FIRST], [SECOND], ["db-0"], [FIRST], id="a newer run is to be read"),
        pytest.param([FIRST], [], ["db-1"], [FIRST], id="its pod is gone"),
    ],
)
def test_a_log_is_kept_until_a_newer_one_or_the_end_of_its_pod(
    logs: list[LogOf], wanted: list[LogOf], pods: list[str], gone: list[LogOf]
) -> None:
    assert outdated(logs, wanted, pods) == gone


def test_what_was_seen_before_the_cluster_went_away_is_not_told_as_if_it_were_so_now() -> None:
    assert as_seen("Job sync has finished 0 of 1 times", None) == "Job sync has finished 0 of 1 times"
    assert as_seen("Job sync has finished 0 of 1 times", "Kubernetes does not answer") == (
        "Kubernetes does not answer; seen before that: Job sync has finished 0 of 1 times"
    )
