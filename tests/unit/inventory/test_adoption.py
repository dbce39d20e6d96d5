from dataclasses import replace

import pytest

from sturnus.core.states import Administrative, Availability, Personality
from sturnus.inventory.adoption import (
    Add,
    FoundNode,
    Known,
    KnownHosts,
    Name,
    Refresh,
    Refuse,
    Step,
    labels_taken_over,
    settings_of,
    step_for,
)
from sturnus.inventory.announcement import Known as KnownHost
from sturnus.inventory.lifecycle import Presence
from tests.builders import a_host as host

NODE = FoundNode(
    name="compute-0",
    personality=Personality.WORKER,
    subfunctions="worker",
    address="10.0.0.3",
    presence=Presence.ONLINE,
    administrative=Administrative.UNLOCKED,
    labels={},
)
SAME = host("compute-0", mgmt_ip="10.0.0.3", availability=Availability.AVAILABLE)
AWAY = host("compute-0", mgmt_ip="10.0.0.3", availability=Availability.OFFLINE)
NAMELESS = host(None, id=7, mgmt_ip="10.0.0.3")
OTHER = host("other", mgmt_ip="10.0.0.3")


@pytest.mark.parametrize(
    ("node", "hosts", "step"),
    [
        (NODE, [], Add("no host has its name or address")),
        (replace(NODE, address=None), [KnownHost(OTHER, has_agent=True)], Add("no host has its name or address")),
        (
            NODE,
            [KnownHost(NAMELESS, has_agent=True)],
            Name(NAMELESS, "host 7 announced itself with its address, and has no name"),
        ),
        (NODE, [KnownHost(SAME, has_agent=False)], Known(SAME, "its host is in the inventory")),
        (NODE, [KnownHost(AWAY, has_agent=True)], Known(AWAY, "its host is in the inventory, and has an agent")),
        (
            NODE,
            [KnownHost(AWAY, has_agent=False)],
            Refresh(AWAY, "its host has no agent: whether it answers is what the node says"),
        ),
        (
            replace(NODE, presence=Presence.OFFLINE),
            [KnownHost(SAME, has_agent=False)],
            Refresh(SAME, "its host has no agent: whether it answers is what the node says"),
        ),
        (NODE, [KnownHost(OTHER, has_agent=False)], Refuse("Address 10.0.0.3 belongs to host other already.")),
        (
            replace(NODE, labels={"openstack-control-plane": "enabled", "openstack-controller-node": "disabled"}),
            [],
            Refuse(
                "openstack-control-plane=enabled and openstack-controller-node=disabled disagree: "
                "they are two names of one role."
            ),
        ),
    ],
)
def test_what_becomes_of_a_node(node: FoundNode, hosts: list[KnownHost], step: Step) -> None:
    assert step_for(node, KnownHosts(hosts)) == step


def test_a_node_whose_name_no_host_can_have_is_refused_with_the_rule() -> None:
    step = step_for(replace(NODE, name="node.example.org"), KnownHosts([]))

    assert isinstance(step, Refuse)
    assert step.reason.startswith("hostname cannot be 'node.example.org': 1 to 63 of a-z, 0-9 and '-'")


def test_only_labels_that_mean_something_here_are_taken_over() -> None:
    labels = {
        "openstack-compute-node": "enabled",
        "kube-cpu-mgr-policy": "static",
        "kube-topology-mgr-policy": "misspelt",
        "sriovdp": "no value\0of a label",
        "kubernetes.io/hostname": "compute-0",
        "rack": "one",
    }

    assert labels_taken_over(replace(NODE, labels=labels)) == {
        "openstack-compute-node": "enabled",
        "kube-cpu-mgr-policy": "static",
    }


def test_a_node_without_an_address_sets_none() -> None:
    assert settings_of(replace(NODE, address=None)) == {
        "hostname": "compute-0",
        "personality": Personality.WORKER,
        "subfunctions": "worker",
    }
