"""Which pods have to leave a node that is closed, and which our taint removes."""

from typing import Any

import pytest
from lightkube.resources.core_v1 import Pod

from sturnus.kubernetes.evictions import has_to_leave, is_shut_out

OWNER = {"kind": "DaemonSet", "controller": True, "apiVersion": "", "name": "", "uid": ""}
OF_A_DAEMONSET = {"ownerReferences": [OWNER]}


def a_pod(*tolerations: dict[str, Any], metadata: dict[str, Any] | None = None, phase: str = "Running") -> Pod:
    made = Pod.from_dict(
        {
            "metadata": {"name": "a", **(metadata or {})},
            "spec": {"containers": [], "tolerations": list(tolerations)},
            "status": {"phase": phase},
        }
    )
    assert isinstance(made, Pod)
    return made


@pytest.mark.parametrize(
    ("pod", "leaves", "shut_out"),
    [
        (a_pod(), True, True),
        (a_pod(metadata=OF_A_DAEMONSET), False, True),
        (a_pod({"operator": "Exists"}, metadata=OF_A_DAEMONSET), False, False),
        (a_pod(phase="Succeeded"), False, False),
        (a_pod(metadata={"annotations": {"kubernetes.io/config.mirror": "x"}}), False, False),
    ],
    ids=["of a Deployment", "of a DaemonSet", "of kube-proxy", "ended", "static"],
)
def test_who_has_to_leave_and_whom_the_taint_removes(pod: Pod, *, leaves: bool, shut_out: bool) -> None:
    assert (has_to_leave(pod), is_shut_out(pod)) == (leaves, shut_out)


@pytest.mark.parametrize(
    "toleration",
    [
        {"operator": "Exists"},
        {"operator": "Exists", "effect": "NoExecute"},
        {"key": "services", "operator": "Exists"},
        {"key": "services", "value": "disabled", "effect": "NoExecute"},
        {"key": "services", "operator": "Equal", "value": "disabled", "effect": "NoExecute", "tolerationSeconds": 60},
    ],
)
def test_who_tolerates_the_taint_stays(toleration: dict[str, Any]) -> None:
    assert not is_shut_out(a_pod(toleration))


@pytest.mark.parametrize(
    "toleration",
    [
        {"operator": "Exists", "effect": "NoSchedule"},
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
        {"key": "services", "value": "enabled"},
        {"key": "services"},
    ],
)
def test_who_tolerates_something_else_goes(toleration: dict[str, Any]) -> None:
    assert is_shut_out(a_pod(toleration))
