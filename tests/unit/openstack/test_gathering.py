from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sturnus.inventory.host import Host, Label, ListedHost, System
from sturnus.inventory.host_parts import HostParts
from sturnus.inventory.networking.model import DataNetworkType, InterfaceClass
from sturnus.inventory.pci_devices import devices_of
from sturnus.inventory.processors.layout import cpus_of, memory_of
from sturnus.inventory.processors.model import MemoryChoice
from sturnus.openstack.facts import HugePages
from sturnus.openstack.gathering import Gatherer, console_host, host_facts
from tests.builders import NOW, a_controller, a_data_network, a_system, an_interface, carrying, in_service

COMPUTE = {"openstack-compute-node": "enabled"}


def parts(host: Host, **more: Any) -> HostParts:
    return HostParts(host, **more)


def test_the_first_core_and_a_share_of_the_memory_are_kept_from_servers() -> None:
    hardware = {
        "cpus": [{"cpu": n, "node": 0, "socket": 0, "core": n, "thread": 0} for n in range(4)],
        "nodes": [{"node": 0, "memory_mib": 8000}],
    }
    host = in_service("compute-0", hardware=hardware)

    found = host_facts(parts(host, cpus=cpus_of(host, {}), memory=memory_of(host, {})), COMPUTE)

    assert (found.cpus_shared, found.cpus_dedicated, found.reserved_mib) == ((1, 2, 3), (), 2048)


def test_what_the_operator_chose_counts() -> None:
    hardware = {
        "cpus": [{"cpu": n, "node": 0, "socket": 0, "core": n, "thread": 0} for n in range(4)],
        "nodes": [{"node": 0, "memory_mib": 8000}],
    }
    host = in_service("compute-0", hardware=hardware)
    functions = {0: "Platform", 1: "Shared", 2: "Application-isolated", 3: "Application"}
    choice = MemoryChoice(platform_mib=1000, vswitch_pages=256, vswitch_page_mib=2)

    found = host_facts(parts(host, cpus=cpus_of(host, functions), memory=memory_of(host, {0: choice})), COMPUTE)

    assert (found.cpus_shared, found.cpus_dedicated) == ((1, 3), (2,))
    assert found.reserved_mib == 1000 + 512
    assert found.switch_pages == (HugePages(0, 2048, 256),)


def test_a_host_that_said_nothing_of_itself_leaves_all_to_the_chart() -> None:
    found = host_facts(parts(in_service("compute-0")), COMPUTE)

    assert (found.cpus_shared, found.reserved_mib, found.devices) == ((), None, ())


def test_interfaces_of_class_data_carry_physical_networks_and_tunnels() -> None:
    interfaces = (
        an_interface("under0", ifclass=InterfaceClass.DATA, port_name="under0", data_networks=TENANTS),
        an_interface("prov0", ifclass=InterfaceClass.DATA, port_name="prov0", data_networks=PHYSNET0),
        an_interface("spare", ifclass=InterfaceClass.NONE, port_name="eth5"),
    )

    found = host_facts(parts(in_service("compute-0"), interfaces=interfaces), COMPUTE)

    assert (found.bridged, found.tunnel_device) == ({"physnet0": "prov0"}, "under0")


def test_devices_for_servers_are_given_to_them() -> None:
    devices = [
        {"address": "0000:3b:00.0", "pci_class": "030200", "vendor": "10de", "device": "1eb8"},
        {"address": "0000:00:1f.0", "pci_class": "060100", "vendor": "8086", "device": "a1c1"},
    ]
    host = in_service("compute-0", hardware={"pci_devices": devices})

    found = host_facts(parts(host, devices=devices_of(host)), COMPUTE)

    assert [each.address for each in found.devices] == ["0000:3b:00.0"]


def test_a_controller_with_the_compute_label_runs_servers_only_if_it_is_a_worker_too() -> None:
    alone = a_controller("controller-0")
    both = a_controller("controller-0", subfunctions="controller,worker")

    assert not host_facts(parts(alone), COMPUTE).runs_compute
    assert host_facts(parts(both), COMPUTE).runs_compute


def test_without_a_floating_address_operators_reach_the_first_controller() -> None:
    assert console_host([], [], [in_service(), a_controller(mgmt_ip="192.168.204.2")]) == "192.168.204.2"
    assert console_host([], [], [in_service()]) is None


TENANTS = carrying(a_data_network("tenants", DataNetworkType.VXLAN))
PHYSNET0 = carrying(a_data_network("physnet0", DataNetworkType.FLAT))


@dataclass
class ScriptedInventory:
    listed: list[Host]
    assigned: list[Label]
    read: list[frozenset[str]] = field(default_factory=list)

    @property
    def networking(self) -> ScriptedInventory:
        return self

    @property
    def parameters(self) -> Any:
        return self._parameters

    async def _none(self) -> list[Any]:
        return []

    networks = pools = data_networks = _none

    async def system(self) -> System:
        return a_system()

    async def hosts(self) -> list[ListedHost]:
        return list(self.listed)

    async def labels(self) -> list[Label]:
        return self.assigned

    async def parts(self, uuids: Collection[str]) -> list[HostParts]:
        self.read.append(frozenset(uuids))
        return [HostParts(host) for host in self.listed if host.uuid in uuids]

    class _Parameters:
        async def parameters(self, _: Mapping[str, str]) -> list[Any]:
            return []

    _parameters = _Parameters()


def test_a_host_that_did_not_change_is_not_read_again() -> None:
    one, two = in_service("compute-0", uuid="1"), in_service("compute-1", uuid="2")
    plain = in_service("compute-2", uuid="3")
    label = {"label_key": "openstack-compute-node", "label_value": "enabled"}
    inventory = ScriptedInventory([one, two, plain], [Label(1, "a", "1", **label), Label(2, "b", "2", **label)])
    gatherer = Gatherer(inventory)

    names = [[host.name for host in asyncio.run(gatherer.facts()).hosts] for _ in range(2)]
    inventory.listed[1] = replace(two, revision=2, updated_at=NOW)
    asyncio.run(gatherer.facts())
    inventory.listed = [one, plain]
    after = [host.name for host in asyncio.run(gatherer.facts()).hosts]

    assert names == [["compute-0", "compute-1"]] * 2
    assert inventory.read == [{"1", "2"}, {"2"}]
    assert after == ["compute-0"]
