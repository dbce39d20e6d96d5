from typing import Any

import pytest
from lightkube.resources.core_v1 import Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget

from sturnus.kubernetes.budgets import Budget, Leaver, leavers


def a_pod(name: str = "db-0", **changes: Any) -> Pod:
    values: dict[str, Any] = {
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "db", "tier": "data"}},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }
    values["metadata"] |= changes.pop("metadata", {})
    made = Pod.from_dict(values | changes)
    assert isinstance(made, Pod)
    return made


def a_budget(selector: dict[str, Any] | None, allowed: int = 0, **spec: Any) -> PodDisruptionBudget:
    made = PodDisruptionBudget.from_dict(
        {
            "metadata": {"name": "db", "namespace": "shop"},
            "spec": {"selector": selector} | spec if selector is not None else spec,
            "status": {"disruptionsAllowed": allowed, "currentHealthy": 1 + allowed, "desiredHealthy": 1},
        }
    )
    assert isinstance(made, PodDisruptionBudget)
    return made


APP = {"matchLabels": {"app": "db"}}
SELECTORS = [
    (APP, True),
    ({"matchLabels": {"app": "db", "tier": "front"}}, False),
    ({}, True),  # policy/v1: the empty selector takes all pods of the namespace, none takes none
    (None, False),
    ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["db", "web"]}]}, True),
    ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["db"]}]}, False),
    ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
    ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
    ({"matchLabels": {"app": "db"}, "matchExpressions": [{"key": "zone", "operator": "Exists"}]}, False),
    ({"matchExpressions": [{"key": "tier", "operator": "Like"}]}, False),
]


@pytest.mark.parametrize(("selector", "covers"), SELECTORS)
def test_a_budget_covers_the_pods_that_it_selects(selector: dict[str, Any] | None, *, covers: bool) -> None:
    (leaver,) = leavers([a_pod()], [a_budget(selector)])

    assert leaver.budgets == ((Budget("shop", "db", 0, 1, 1, holds_unready=True),) if covers else ())


def test_a_budget_of_another_namespace_covers_nothing() -> None:
    assert leavers([a_pod(metadata={"namespace": "other"})], [a_budget(APP)])[0].budgets == ()


FREE: list[dict[str, Any]] = [
    {"status": {"phase": "Pending"}},
    {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
]


@pytest.mark.parametrize("changes", FREE)
def test_nobody_is_asked_about_a_pod_that_has_not_begun_or_ends(changes: dict[str, Any]) -> None:
    assert leavers([a_pod(**changes)], [a_budget(APP)])[0].budgets == ()


def test_only_pods_that_have_to_leave_are_listed_by_name() -> None:
    daemon = {
        "ownerReferences": [{"kind": "DaemonSet", "controller": True, "apiVersion": "v1", "name": "d", "uid": ""}]
    }
    pods = [a_pod("db-1"), a_pod("agent", metadata=daemon), a_pod("job", status={"phase": "Succeeded"}), a_pod("db-0")]

    assert [leaver.title for leaver in leavers(pods, [])] == ["shop/db-0", "shop/db-1"]


NONE_LEFT = Budget("shop", "db", allowed=0, healthy=1, wanted=1, holds_unready=True)
SHORT = Budget("shop", "db", allowed=0, healthy=1, wanted=2, holds_unready=True)
ONE_LEFT = Budget("shop", "web", allowed=1, healthy=2, wanted=1, holds_unready=True)
NO_MATTER = Budget("shop", "db", allowed=0, healthy=1, wanted=2, holds_unready=False)
SAID = "budget db allows no disruption now: 1 healthy, {} wanted"
HELD = [
    ((), True, None),
    ((ONE_LEFT,), True, None),
    ((NONE_LEFT,), True, SAID.format(1)),
    ((NONE_LEFT,), False, None),  # one that is not ready may go while enough others are
    ((SHORT,), False, SAID.format(2)),
    ((NO_MATTER,), True, SAID.format(2)),
    ((NO_MATTER,), False, None),
    ((NONE_LEFT, ONE_LEFT), True, "it has several budgets, db, web: Kubernetes lets no such pod leave"),
]


@pytest.mark.parametrize(("budgets", "ready", "why"), HELD)
def test_a_pod_is_held_up_as_kubernetes_would_hold_it(
    budgets: tuple[Budget, ...], *, ready: bool, why: str | None
) -> None:
    assert Leaver("shop", "db-0", ready, budgets).held_up_by == why
