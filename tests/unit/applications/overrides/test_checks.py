from typing import Any

import pytest

from sturnus.applications.overrides.checks import OVERRIDE_CHECKS, OverriddenHost, OverrideFacts
from sturnus.core.states import Administrative
from sturnus.inventory.violations import Reason, violations

LABELS = {"openstack-compute-node": "enabled", "sriov": "enabled"}
UNLOCKED = OverriddenHost("compute-0", Administrative.UNLOCKED, LABELS)
LOCKED = OverriddenHost("compute-1", Administrative.LOCKED, LABELS)
PLAIN = OverriddenHost("compute-2", Administrative.UNLOCKED, {})


def hosts(*names: Any, conf: Any = 1, daemonset: str = "nova_compute") -> dict[str, Any]:
    return over(daemonset, hosts=[{"name": name, "conf": conf} for name in names])


def labels(*chosen: tuple[str, list[str], Any]) -> dict[str, Any]:
    return over(
        "nova_compute",
        labels=[{"label": {"key": key, "values": values}, "conf": conf} for key, values, conf in chosen],
    )


def over(daemonset: str, **kinds: Any) -> dict[str, Any]:
    return {"conf": {"overrides": {daemonset: kinds}}}


def found(before: dict[str, Any], after: dict[str, Any], *of: OverriddenHost) -> list[Reason]:
    facts = OverrideFacts("nova", before, after, of or (UNLOCKED, LOCKED, PLAIN))
    return [each.reason for each in violations(OVERRIDE_CHECKS, facts)]


REFUSED = [Reason.HOST_NOT_LOCKED]
SRIOV = ("sriov", ["enabled"], 1)
CHANGES = [
    ({}, {}, []),
    ({"conf": {"nova": 1}}, {"conf": {"nova": 2}}, []),  # of all hosts: not the matter of this check
    # By name.
    ({}, hosts("compute-1"), []),
    ({}, hosts("compute-9"), []),
    ({}, hosts("compute-0"), REFUSED),
    (hosts("compute-0"), {}, REFUSED),
    (hosts("compute-0"), hosts("compute-0", conf=2), REFUSED),
    (hosts("compute-0", conf=1), hosts("compute-0", conf=True), REFUSED),
    (hosts("compute-0"), hosts("compute-0"), []),
    (hosts("compute-0"), hosts("compute-1", "compute-0"), []),
    (hosts("compute-0"), hosts(["compute-0", "compute-1"]), REFUSED),  # its DaemonSet gets another name
    (hosts(["compute-0", "compute-1"]), hosts("compute-1"), REFUSED),
    (hosts("compute-0"), hosts("compute-0", daemonset="neutron_ovs-agent"), REFUSED),
    # By label.
    ({}, labels(SRIOV), REFUSED),
    (labels(SRIOV), {}, REFUSED),
    ({}, labels(("sriov", ["disabled"], 1)), []),
    ({}, labels(("nolabel", ["enabled"], 1)), []),
    (labels(SRIOV), labels(("sriov", ["enabled", "other"], 1)), REFUSED),
    (labels(SRIOV), labels(("sriov", ["other"], 1)), REFUSED),
    (labels(SRIOV), labels(("sriov", ["enabled"], 2)), REFUSED),
    (
        labels(SRIOV, ("openstack-compute-node", ["enabled"], 2)),
        labels(("openstack-compute-node", ["enabled"], 2), SRIOV),
        REFUSED,  # another one wins now
    ),
    (labels(SRIOV, ("x", ["y"], 2)), labels(("x", ["y"], 2), SRIOV), []),  # the other does not choose any host
    # What cannot be read.
    ({}, over("nova_compute", hosts=[{"conf": 1}]), [Reason.OVERRIDE_INVALID]),
    ({}, over("nova_compute", hosts=[{"name": [1]}]), [Reason.OVERRIDE_INVALID]),
    ({}, over("nova_compute", hosts={"compute-1": 1}), [Reason.OVERRIDE_INVALID]),
    ({}, over("nova_compute", labels=[{"label": {"key": "a"}}]), [Reason.OVERRIDE_INVALID]),
    ({}, over("nova_compute", labels=[{"label": "a"}]), [Reason.OVERRIDE_INVALID]),
    ({}, over("nova_compute", labels=["a"]), [Reason.OVERRIDE_INVALID]),
    ({}, {"conf": {"overrides": {"nova_compute": []}}}, [Reason.OVERRIDE_INVALID]),
    ({}, {"conf": {"overrides": None}}, []),
    ({}, over("nova_compute", hosts=None), []),
    # Of the chart itself: nobody's doing now.
    (over("nova_compute", hosts=[1]), over("nova_compute", hosts=[1]), []),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "reasons"), CHANGES)
def test_what_an_unlocked_host_runs_does_not_change(
    before: dict[str, Any], after: dict[str, Any], reasons: list[Reason]
) -> None:
    assert found(before, after) == reasons


def test_a_locked_host_may_change() -> None:
    assert found(labels(SRIOV), hosts("compute-1", conf=5), LOCKED) == []


def test_the_violation_names_hosts_and_entries() -> None:
    facts = OverrideFacts("nova", hosts("compute-0"), hosts("compute-0", conf=2) | {}, (UNLOCKED,))

    (violation,) = violations(OVERRIDE_CHECKS, facts)

    assert violation.message == (
        "Host compute-0 must be locked. compute-0: conf.overrides.nova_compute.hosts: compute-0 is changed."
    )
    assert violation.remedy == "system host-lock compute-0"


def test_many_hosts_are_counted() -> None:
    many = tuple(OverriddenHost(f"compute-{n}", Administrative.UNLOCKED, LABELS) for n in range(1000))

    (violation,) = violations(OVERRIDE_CHECKS, OverrideFacts("nova", {}, labels(SRIOV), many))

    assert violation.message.startswith(
        "Hosts compute-0, compute-1, compute-2 and 997 more must be locked. compute-0: "
    )
    assert len(violation.message) < 500
