from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sturnus.applications.overrides.values import at, path_of
from sturnus.openstack.classes import class_labels
from sturnus.openstack.compute_hosts import ranges
from sturnus.openstack.facts import DataNetwork, GivenDevice, GivenPort, HostFacts, HugePages, PlatformFacts
from sturnus.openstack.overrides import system_values
from tests.unit.openstack.builders import MORE_VLANS, PHYSNET0, TENANTS, VLANS, a_compute, a_controller


def said(chart: str, path: str, *hosts: HostFacts, **platform: Any) -> Any:
    return at(system_values(chart, PlatformFacts("RegionOne", hosts, **platform)), path_of(path))


def own(chart: str, daemonset: str, host: HostFacts, **platform: Any) -> Any:
    """What a chart gives to one host alone."""
    entries = said(chart, f"conf.overrides.{daemonset}.labels", host, **platform)
    assert len(entries) == 1
    return entries[0]["conf"]


@pytest.mark.parametrize(
    ("controllers", "copies"),
    [
        ((), 1),
        ((a_controller("controller-0"),), 1),
        ((a_controller("controller-0"), a_controller("controller-1")), 2),
        ((a_controller("controller-0"), a_controller("controller-1", unlocked=False)), 1),
        (tuple(a_controller(f"controller-{n}") for n in range(7)), 3),
        ((a_compute(), a_compute("compute-1")), 1),
    ],
    ids=["none yet", "one", "two", "one of them locked", "more than are of use", "only computes"],
)
def test_services_without_state_run_once_per_controller_in_service(
    controllers: tuple[HostFacts, ...], copies: int
) -> None:
    assert said("keystone", "pod.replicas.api", *controllers) == copies
    assert said("nova", "pod.replicas.conductor", *controllers) == copies
    assert said("mariadb", "pod.replicas.server", *controllers) == 1
    assert said("glance", "pod.replicas.api", *controllers) == 1


def test_every_user_of_keystone_has_the_systems_region() -> None:
    found = system_values("nova", PlatformFacts("Nord"))

    users = at(found, path_of("endpoints.identity.auth"))
    assert users.keys() >= {"admin", "nova"}
    assert all(user == {"region_name": "Nord"} for user in users.values())


def test_nothing_is_said_of_a_chart_that_the_platform_does_not_know() -> None:
    assert system_values("ingress", PlatformFacts("RegionOne", (a_compute(),), (PHYSNET0,))) == {}


@pytest.mark.parametrize(
    ("networks", "wanted"),
    [
        (
            (PHYSNET0,),
            {"ml2": {"physical_network_mtus": "physnet0:1500"}, "ml2_type_flat": {"flat_networks": "physnet0"}},
        ),
        (
            (PHYSNET0, VLANS, TENANTS, MORE_VLANS),
            {
                "ml2": {"physical_network_mtus": "physnet0:1500,vlans:9000,more:1500"},
                "ml2_type_flat": {"flat_networks": "physnet0"},
                "ml2_type_vlan": {"network_vlan_ranges": "vlans,more"},
            },
        ),
    ],
)
def test_flat_and_vlan_data_networks_are_physical_networks(
    networks: tuple[DataNetwork, ...], wanted: dict[str, Any]
) -> None:
    assert said("neutron", "conf.plugins.ml2_conf", data_networks=networks) == wanted


def test_tunnels_alone_are_no_physical_network() -> None:
    assert "conf" not in system_values("neutron", PlatformFacts("RegionOne", (), (TENANTS,)))


def test_each_device_that_carries_physical_networks_has_a_bridge_of_its_own() -> None:
    host = a_compute(bridged={"vlans": "eth2", "physnet0": "prov0", "more": "eth2"})

    conf = said("ovn", "conf", host, data_networks=(PHYSNET0, TENANTS, VLANS, MORE_VLANS))

    assert conf == {
        "ovn_bridge_mappings": "physnet0:br-ex,vlans:br-ex1,more:br-ex1",
        "auto_bridge_add": {"br-ex": "prov0", "br-ex1": "eth2"},
    }


def test_what_most_hosts_have_is_said_for_all_and_the_others_have_a_class() -> None:
    usual = [a_compute(f"compute-{n}", bridged={"physnet0": "prov0"}) for n in range(3)]
    other = a_compute("compute-3", bridged={"physnet0": "eth7"})
    platform = PlatformFacts("RegionOne", (other, *usual), (PHYSNET0,))

    conf = system_values("ovn", platform)["conf"]

    assert conf["auto_bridge_add"] == {"br-ex": "prov0"}
    assert [each["conf"]["auto_bridge_add"] for each in conf["overrides"]["ovn_ovn-controller"]["labels"]] == [
        {"br-ex": "eth7"}
    ]
    assert class_labels(platform).keys() == {"compute-3"}


@pytest.mark.parametrize(
    ("devices", "wanted"),
    [(("under0", "under0"), {"tunnel": "under0"}), (("under0", "eth1"), None), (("under0", None), None)],
)
def test_the_device_of_tunnels_is_said_if_all_computes_agree(
    devices: tuple[str | None, ...], wanted: dict[str, str] | None
) -> None:
    hosts = tuple(a_compute(f"compute-{n}", tunnel_device=device) for n, device in enumerate(devices))

    found = system_values("ovn", PlatformFacts("RegionOne", hosts, (TENANTS,)))

    assert found.get("network", {}).get("interface") == wanted


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"reserved_mib": 1024}, {"DEFAULT": {"reserved_host_memory_mb": 1024}}),
        (
            {"cpus_shared": (1, 2, 3, 7), "cpus_dedicated": (5, 4)},
            {"compute": {"cpu_shared_set": "1-3,7", "cpu_dedicated_set": "4-5"}},
        ),
        (
            {"switch_pages": (HugePages(1, 1048576, 1), HugePages(0, 2048, 512))},
            {
                "DEFAULT": {
                    "reserved_huge_pages": {
                        "type": "multistring",
                        "values": ["node:0,size:2048,count:512", "node:1,size:1048576,count:1"],
                    }
                }
            },
        ),
        (
            {"ports": (GivenPort("0000:5e:00.0", "physnet0"),)},
            {
                "pci": {
                    "device_spec": {
                        "type": "multistring",
                        "values": ['{"address": "0000:5e:00.0", "physical_network": "physnet0"}'],
                    }
                }
            },
        ),
        ({"remote_storage": True}, {"libvirt": {"images_type": "rbd"}}),
    ],
)
def test_a_compute_host_gets_what_the_inventory_knows_of_it(changes: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert own("nova", "nova_compute", a_compute(**changes)) == {"nova": wanted}


def test_a_device_gets_a_name_by_which_flavors_ask_for_it() -> None:
    host = a_compute(devices=(GivenDevice("0000:3b:00.0", "10de", "1eb8", "030200"),))

    alias = said("nova", "conf.nova.pci.alias", host)

    assert alias["values"] == [
        '{"device_type": "type-PCI", "name": "pci-10de-1eb8", "product_id": "1eb8", "vendor_id": "10de"}'
    ]


@pytest.mark.parametrize(
    ("platform", "wanted"),
    [
        ({"endpoint_domain": "cloud.example"}, "http://novncproxy.cloud.example/vnc_auto.html"),
        ({"console_host": "10.10.10.2"}, "http://10.10.10.2:30680/vnc_auto.html"),
        ({"console_host": "fd00::2"}, "http://[fd00::2]:30680/vnc_auto.html"),
    ],
)
def test_screens_of_servers_are_where_operators_reach_the_platform(platform: dict[str, Any], wanted: str) -> None:
    assert said("nova", "conf.nova.vnc.novncproxy_base_url", **platform) == wanted


def test_an_endpoint_domain_names_services_for_users_outside() -> None:
    found = said("keystone", "endpoints.identity.host_fqdn_override.public.host", endpoint_domain="cloud.example")

    assert found == "keystone.cloud.example"


def test_a_storage_class_is_for_charts_with_data() -> None:
    assert said("mariadb", "volume.class_name", storage_class="fast") == "fast"
    assert "volume" not in system_values("nova", PlatformFacts("RegionOne", storage_class="fast"))
    assert "volume" not in system_values("mariadb", PlatformFacts("RegionOne"))


hosts_alike = st.builds(
    a_compute,
    st.just("compute-0"),
    cpus_shared=st.lists(st.integers(0, 200), max_size=8).map(tuple),
    cpus_dedicated=st.lists(st.integers(0, 200), max_size=8).map(tuple),
    reserved_mib=st.none() | st.integers(0, 10**6),
    bridged=st.dictionaries(st.sampled_from(["physnet0", "vlans"]), st.sampled_from(["eth1", "eth2"])),
    remote_storage=st.booleans(),
)


def renamed(host: HostFacts, name: str) -> HostFacts:
    return a_compute(
        name,
        cpus_shared=host.cpus_shared,
        cpus_dedicated=host.cpus_dedicated,
        reserved_mib=host.reserved_mib,
        bridged=host.bridged,
        remote_storage=host.remote_storage,
    )


@settings(max_examples=20)
@given(hosts_alike)
def test_a_thousand_equal_hosts_cost_what_one_costs(host: HostFacts) -> None:
    networks = (PHYSNET0, VLANS)
    one = PlatformFacts("RegionOne", (host,), networks)
    many = PlatformFacts("RegionOne", tuple(renamed(host, f"compute-{n}") for n in range(1000)), networks)

    for chart in ("nova", "ovn"):
        assert system_values(chart, many) == system_values(chart, one)
    assert {str(labels) for labels in class_labels(many).values()} == {
        str(labels) for labels in class_labels(one).values()
    }
    assert len(class_labels(many)) in {0, 1000}


@given(hosts_alike, hosts_alike)
def test_a_host_that_joins_changes_nothing_for_those_that_are_there(there: HostFacts, joins: HostFacts) -> None:
    before = PlatformFacts("RegionOne", (there,), (PHYSNET0, VLANS))
    after = PlatformFacts("RegionOne", (there, renamed(joins, "compute-1")), (PHYSNET0, VLANS))

    labels = [class_labels(platform).get("compute-0", {}) for platform in (before, after)]
    assert labels[0].get("class.sturnus.io/nova") == labels[1].get("class.sturnus.io/nova")


@given(st.sets(st.integers(0, 300)))
def test_ranges_name_exactly_the_numbers(numbers: set[int]) -> None:
    named: set[int] = set()
    for part in filter(None, ranges(numbers).split(",")):
        first, _, last = part.partition("-")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == numbers
