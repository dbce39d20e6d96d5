"""What is true of the charts ovn, libvirt and neutron alone."""

from typing import Any

import pytest

from tests.unit.openstack_charts.conftest import Objects, Refused, Template, named, of_kind

BIG = {"label": {"key": "class", "values": ["big"]}}


def environment(daemonset: dict[str, Any]) -> dict[str, str | None]:
    """What the init container that makes bridges is told."""
    bridges = next(
        each for each in daemonset["spec"]["template"]["spec"]["initContainers"] if each["name"] == "bridges"
    )
    return {each["name"]: each.get("value") for each in bridges["env"]}


def changed(before: Objects, after: Objects) -> set[tuple[str, str]]:
    """Kind and name of the objects that differ."""
    return {
        (each["kind"], each["metadata"]["name"])
        for each in after
        if each != named(before, each["kind"], each["metadata"]["name"])
    }


def test_bridges_and_mappings_of_a_class_of_hosts_are_its_own(template: Template) -> None:
    own = {"auto_bridge_add": {"br-ex": "eth2", "br-ex1": "eth3"}, "ovn_bridge_mappings": "physnet0:br-ex,wide:br-ex1"}
    overrides = {"labels": [BIG | {"conf": own}]}
    objects = template(
        "ovn",
        {
            "network": {"interface": {"tunnel": "eth1"}},
            "conf": {
                "auto_bridge_add": {"br-ex": "eth9", "br-ex9": "eth8"},
                "overrides": {"ovn_ovn-controller": overrides},
            },
        },
    )

    told = [environment(each) for each in of_kind(objects, "DaemonSet") if each["metadata"]["name"] != "openvswitch"]
    assert [(each["BRIDGES"], each["BRIDGE_MAPPINGS"], each["ENCAP_DEVICE"]) for each in told] == [
        ("br-ex eth2,br-ex1 eth3", "physnet0:br-ex,wide:br-ex1", "eth1"),
        ("br-ex eth9,br-ex9 eth8", "", "eth1"),
    ]


def test_daemonsets_of_one_component_never_take_each_others_pods(template: Template) -> None:
    for chart, daemonset in (("ovn", "ovn_ovn-controller"), ("libvirt", "libvirt_libvirt")):
        overrides = {daemonset: {"labels": [BIG | {"conf": {}}]}}
        objects = template(chart, {"conf": {"overrides": overrides}})

        selectors = [str(each["spec"]["selector"]) for each in of_kind(objects, "DaemonSet")]
        assert len(selectors) == len(set(selectors)) >= 2


def test_a_changed_mapping_leaves_the_switch_and_the_databases_alone(template: Template) -> None:
    after = template("ovn", {"conf": {"ovn_bridge_mappings": "physnet0:br-ex"}})

    assert changed(template("ovn"), after) == {("DaemonSet", "ovn-controller")}


def test_nothing_stands_between_a_switch_that_died_and_the_next_one(template: Template) -> None:
    pod = named(template("ovn"), "DaemonSet", "openvswitch")["spec"]["template"]["spec"]

    assert "initContainers" not in pod
    assert not any("livenessProbe" in each for each in pod["containers"])


def test_libvirts_files_are_in_its_own_form(template: Template) -> None:
    files = named(template("libvirt"), "ConfigMap", "libvirt-etc")["data"]

    assert 'auth_tcp = "none"' in files["libvirtd.conf"].splitlines()
    assert "listen_tls = 0" in files["libvirtd.conf"].splitlines()
    assert "cgroup_controllers = [  ]" in files["qemu.conf"].splitlines()


def test_physical_networks_of_the_values_reach_neutron_without_a_migration(template: Template) -> None:
    networks = {"ml2_type_flat": {"flat_networks": "physnet0"}, "ml2_type_vlan": {"network_vlan_ranges": "wide"}}
    after = template("neutron", {"conf": {"plugins": {"ml2_conf": networks}}})

    lines = named(after, "ConfigMap", "neutron-etc")["data"]["ml2_conf.ini"].splitlines()
    assert {"flat_networks = physnet0", "network_vlan_ranges = wide"} <= set(lines)
    assert not [kind for kind, _ in changed(template("neutron"), after) if kind == "Job"]


def test_where_ovn_is_comes_from_the_endpoints_alone(template: Template) -> None:
    server = named(template("neutron"), "Deployment", "neutron-server")["spec"]["template"]["spec"]["containers"][0]
    assert "nb=$(address ovn-ovsdb-nb.openstack.svc.cluster.local)\n" in server["command"][2]
    assert "export OS_OVN__OVN_SB_CONNECTION=tcp:$sb:6642\n" in server["command"][2]

    with pytest.raises(Refused, match=r"set endpoints\.ovn_ovsdb_nb instead"):
        template("neutron", {"conf": {"plugins": {"ml2_conf": {"ovn": {"ovn_nb_connection": "tcp:1.2.3.4:6641"}}}}})
