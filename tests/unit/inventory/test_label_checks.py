import pytest

from sturnus.core.errors import Invalid
from sturnus.inventory.host import Host
from sturnus.inventory.label_checks import (
    LABEL_CHECKS,
    LABEL_REMOVAL_CHECKS,
    AssignFacts,
    Existing,
    RemoveFacts,
)
from sturnus.inventory.labels import GUARDED
from sturnus.inventory.processors.model import CpuFunction
from sturnus.inventory.violations import Reason, refuse_if, violations
from tests.builders import a_host, in_service

KEEP, OVERWRITE = Existing.KEEP, Existing.OVERWRITE
LOCKED, UNLOCKED = a_host("compute-0"), in_service("compute-1")
COMPUTE = {"openstack-compute-node": "enabled"}
LONG = "x" * 64

ASSIGNMENTS = [
    # host, stored, wanted, existing → reasons
    (LOCKED, {}, COMPUTE, KEEP, []),
    (LOCKED, {}, {"example.com/rack": "r1", "zone": ""}, KEEP, []),
    (UNLOCKED, {}, {"sriov": "enabled"}, KEEP, []),  # not in the guarded list
    (UNLOCKED, {}, COMPUTE, KEEP, [Reason.HOST_NOT_LOCKED]),
    (UNLOCKED, COMPUTE, COMPUTE, OVERWRITE, []),  # changes nothing, so nothing that runs is disturbed
    (UNLOCKED, COMPUTE, {"openstack-compute-node": "no"}, OVERWRITE, [Reason.HOST_NOT_LOCKED]),
    (LOCKED, COMPUTE, COMPUTE, KEEP, [Reason.LABEL_EXISTS]),
    (LOCKED, COMPUTE, {"openstack-compute-node": "no"}, OVERWRITE, []),
    (LOCKED, {}, {}, KEEP, [Reason.LABEL_INVALID]),
    (LOCKED, {}, {"-bad": "ok"}, KEEP, [Reason.LABEL_INVALID]),
    (LOCKED, {}, {"ok": "-bad"}, KEEP, [Reason.LABEL_INVALID]),
    (LOCKED, {}, {"-bad": "-bad"}, KEEP, [Reason.LABEL_INVALID, Reason.LABEL_INVALID]),
    (LOCKED, {}, {"kubernetes.io/hostname": "me"}, KEEP, [Reason.LABEL_RESERVED]),
    (LOCKED, {}, {"class.sturnus.io/nova": "c1"}, KEEP, [Reason.LABEL_RESERVED]),
    (LOCKED, {}, {"kube-cpu-mgr-policy": "none"}, KEEP, [Reason.LABEL_INVALID]),
    (LOCKED, {}, {"kube-topology-mgr-policy": "Best-Effort"}, KEEP, []),
    # Two names of one role.
    (LOCKED, {}, {"openstack-controller-node": "enabled", "openstack-control-plane": "enabled"}, KEEP, []),
    (LOCKED, {"openstack-control-plane": "enabled"}, {"openstack-controller-node": "enabled"}, KEEP, []),
    (
        LOCKED,
        {"openstack-control-plane": "enabled"},
        {"openstack-controller-node": "no"},
        KEEP,
        [Reason.LABELS_DISAGREE],
    ),
    # All that is wrong is said, not the first.
    (
        UNLOCKED,
        {"rack": "r1"},
        {"rack": "r2", "sriovdp": "enabled", "-bad": LONG},
        KEEP,
        [Reason.LABEL_INVALID, Reason.LABEL_INVALID, Reason.LABEL_EXISTS, Reason.HOST_NOT_LOCKED],
    ),
]


@pytest.mark.parametrize(("host", "stored", "wanted", "existing", "reasons"), ASSIGNMENTS)
def test_assignments(
    host: Host, stored: dict[str, str], wanted: dict[str, str], existing: Existing, reasons: list[Reason]
) -> None:
    found = violations(LABEL_CHECKS, AssignFacts(host, stored, wanted, existing))

    assert [violation.reason for violation in found] == reasons


@pytest.mark.parametrize("key", sorted(GUARDED))
def test_a_guarded_label_is_removed_from_a_locked_host_only(key: str) -> None:
    assert violations(LABEL_REMOVAL_CHECKS, RemoveFacts(LOCKED, key)) == ()
    assert [each.reason for each in violations(LABEL_REMOVAL_CHECKS, RemoveFacts(UNLOCKED, key))] == [
        Reason.HOST_NOT_LOCKED
    ]


def test_other_labels_are_removed_from_any_host() -> None:
    assert violations(LABEL_REMOVAL_CHECKS, RemoveFacts(UNLOCKED, "sriov")) == ()


def test_the_guard_answers_in_the_words_that_clients_know() -> None:
    with pytest.raises(Invalid) as refused:
        refuse_if(LABEL_CHECKS, AssignFacts(UNLOCKED, {}, COMPUTE, KEEP))

    assert refused.value.message == "Host compute-1 must be locked."
    assert refused.value.expected == "a locked host, since openstack-compute-node decides what runs on it"
    assert refused.value.remedy == "system host-lock compute-1"


@pytest.mark.parametrize(
    ("stored", "wanted", "message"),
    [
        ({"rack": "r1"}, {"rack": "r2"}, "Label rack already exists on host compute-0."),
        ({"a": "1", "b": "2"}, {"b": "1", "a": "1"}, "Labels a, b already exist on host compute-0."),
        ({}, {}, "No label was given."),
        ({}, {"/x": ""}, "Label key '/x' has nothing before '/'."),
        ({}, {"x": LONG}, f"Label value 'x={LONG}' has 64 characters, more than 63."),
        ({}, {"kubernetes.io/os": "linux"}, "Label kubernetes.io/os belongs to Kubernetes itself."),
        (
            {},
            {"kube-memory-mgr-policy": "some"},
            "Label kube-memory-mgr-policy=some means nothing: one of none, static is expected.",
        ),
        (
            {},
            {"openstack-controller-node": "a", "openstack-control-plane": "b"},
            "openstack-control-plane=b and openstack-controller-node=a disagree: they are two names of one role.",
        ),
    ],
)
def test_refusals_say_what_was_found(stored: dict[str, str], wanted: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_if(LABEL_CHECKS, AssignFacts(LOCKED, stored, wanted, KEEP))

    assert refused.value.message == message


BESIDE_THE_SWITCH = (CpuFunction.PLATFORM, CpuFunction.ISOLATED, CpuFunction.VSWITCH)


def test_the_compute_label_stays_while_cores_are_divided_as_only_compute_hosts_may() -> None:
    host, key = a_host(), "openstack-compute-node"

    (refused,) = violations(LABEL_REMOVAL_CHECKS, RemoveFacts(host, key, BESIDE_THE_SWITCH))
    overwritten = AssignFacts(host, {key: "enabled"}, {key: "no"}, Existing.OVERWRITE, BESIDE_THE_SWITCH)

    assert refused.message == (
        "Host compute-0 has cores for Vswitch and Application-isolated, which only hosts with openstack-compute-node "
        "may have."
    )
    assert violations(LABEL_CHECKS, overwritten) == (refused,)
    assert violations(LABEL_REMOVAL_CHECKS, RemoveFacts(host, "rack", BESIDE_THE_SWITCH)) == ()
    assert violations(LABEL_REMOVAL_CHECKS, RemoveFacts(host, key, (CpuFunction.PLATFORM, CpuFunction.SHARED))) == ()
