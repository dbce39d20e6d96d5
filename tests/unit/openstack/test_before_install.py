from __future__ import annotations

from typing import Any

import pytest

from sturnus.openstack.before_install import InstallFacts, against_it
from sturnus.openstack.cluster_facts import claimed_classes
from sturnus.openstack.facts import PlatformFacts
from sturnus.openstack.passwords import KEYS
from tests.unit.openstack.builders import PHYSNET0, TENANTS, VLANS, a_compute, a_controller


def facts(**changes: Any) -> InstallFacts:
    """An installation that nothing stands against."""
    platform = PlatformFacts("RegionOne", (a_compute(), a_compute("compute-1"), a_controller()), (PHYSNET0, TENANTS))
    values: dict[str, Any] = {
        "platform": platform,
        "ovn": {"conf": {"ovn_bridge_mappings": "physnet0:br-ex"}, "network": {"interface": {"tunnel": "under0"}}},
        "storage_classes": {"local-path": True},
        "claims": {None},
        "installed": False,
        "password_keys": None,
    }
    return InstallFacts(**values | changes)


def test_nothing_stands_against_an_ordinary_installation() -> None:
    assert against_it(facts()) == []


@pytest.mark.parametrize(
    ("changes", "problem", "remedy"),
    [
        (
            {"platform": PlatformFacts("RegionOne", (a_compute(),), (PHYSNET0,))},
            "no host of the inventory has this label: there is no place for APIs and databases",
            "system host-label-assign HOST openstack-controller-node",
        ),
        (
            {"platform": PlatformFacts("RegionOne", (a_controller(),), (PHYSNET0,))},
            "no worker of the inventory has this label: there is no place for servers",
            "system host-label-assign HOST openstack-compute-node",
        ),
        (
            {"platform": PlatformFacts("RegionOne", (a_compute(), a_controller()), (TENANTS,))},
            "there is none of type flat or vlan: no server could be reached from outside",
            "system datanetwork-add physnet0 flat",
        ),
        (
            {
                "platform": PlatformFacts(
                    "RegionOne",
                    (a_compute(bridged={"physnet0": "eth1"}), a_compute("compute-1"), a_controller()),
                    (PHYSNET0,),
                )
            },
            "compute-1 does not carry it, and other compute hosts do",
            "system interface-datanetwork-assign compute-1 INTERFACE physnet0",
        ),
        (
            {"ovn": {"conf": {"ovn_bridge_mappings": ""}, "network": {"interface": {"tunnel": "under0"}}}},
            "no compute host has an interface of class data that carries it",
            "system host-if-modify -c data HOST INTERFACE; system interface-datanetwork-assign HOST INTERFACE physnet0",
        ),
        (
            {"ovn": {"conf": {"ovn_bridge_mappings": "physnet0:br-ex"}, "network": {"interface": {"tunnel": None}}}},
            "compute hosts have no device of one name for them (they have: none)",
            "system datanetwork-add tenants vxlan -g 239.1.1.1; system host-if-modify -c data HOST INTERFACE; "
            "system interface-datanetwork-assign HOST INTERFACE tenants; "
            "or system helm-override-update openstack ovn openstack --set network.interface.tunnel=DEVICE",
        ),
        (
            {"storage_classes": {"slow": False}},
            "volumes ask for the default one, and the cluster has none that is the default (it has: slow)",
            "system service-parameter-add openstack helm storage_class=CLASS, or mark one as the default",
        ),
        (
            {"claims": {"fast"}},
            "the cluster does not have it, and volumes ask for it",
            "kubectl get storageclass; system service-parameter-modify openstack helm storage_class=CLASS",
        ),
        (
            {"installed": True, "password_keys": None},
            "it is gone, and the databases were made with its passwords",
            "restore it; or system application-remove openstack --force, and install anew, without the data",
        ),
    ],
    ids=[
        "control",
        "compute",
        "networks",
        "not everywhere",
        "no bridge",
        "no tunnels",
        "no default",
        "unknown class",
        "passwords gone",
    ],
)
def test_what_stands_against_it_comes_with_what_to_do(changes: dict[str, Any], problem: str, remedy: str) -> None:
    assert [(each.problem, each.remedy) for each in against_it(facts(**changes))] == [(problem, remedy)]


def test_all_that_stands_against_it_is_told_at_once() -> None:
    found = against_it(facts(platform=PlatformFacts("RegionOne"), ovn={}, storage_classes={}))

    assert [each.subject for each in found] == [
        "openstack-controller-node",
        "openstack-compute-node",
        "data networks",
        "tunnels",
        "storage class",
    ]


def test_a_data_network_that_nobody_assigned_is_the_charts_own_matter() -> None:
    hosts = (a_compute(), a_controller())

    assert against_it(facts(platform=PlatformFacts("RegionOne", hosts, (PHYSNET0,)))) == []


def test_an_application_without_the_platforms_ovn_wires_its_networks_itself() -> None:
    platform = PlatformFacts("RegionOne", (a_compute(), a_controller()), (PHYSNET0, VLANS))

    assert against_it(facts(ovn=None, platform=platform)) == []


def test_installing_again_with_its_passwords_is_as_good_as_the_first_time() -> None:
    assert against_it(facts(installed=True, password_keys=KEYS)) == []


def test_classes_are_read_from_claims_and_from_templates_of_claims() -> None:
    objects: list[dict[str, Any]] = [
        {"kind": "PersistentVolumeClaim", "spec": {"storageClassName": "fast"}},
        {"kind": "PersistentVolumeClaim", "spec": {"storageClassName": ""}},
        {"kind": "StatefulSet", "spec": {"volumeClaimTemplates": [{"spec": {}}]}},
        {"kind": "StatefulSet", "spec": {}},
        {"kind": "Deployment"},
    ]

    assert claimed_classes(objects) == {"fast", None}
