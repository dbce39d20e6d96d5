from pathlib import Path

import pytest

from sturnus.agent import facts, processors
from sturnus.api.agent_wire import HostAnnouncement
from tests.unit.agent.made_tree import make_tree


@pytest.fixture
def found(tmp_path: Path) -> facts.Facts:
    read = facts.read(make_tree(tmp_path))
    assert read is not None
    return read


def test_a_host_is_managed_by_the_port_of_the_best_default_route(found: facts.Facts) -> None:
    assert found.announcement["hostname"] == "compute-7"
    assert found.announcement["mgmt_mac"] == "52:54:00:4d:14:00"
    assert found.announcement["mgmt_ip"] == "172.31.77.20"
    assert found.uptime == 7876


def test_processors_come_in_order_with_core_socket_and_node_and_without_those_that_are_off(found: facts.Facts) -> None:
    assert found.announcement["hardware"]["cpus"] == [
        {"cpu": 2, "core": 0, "socket": 0, "node": 0},
        {"cpu": 10, "core": 1, "socket": 1, "node": 1},
    ]
    assert found.announcement["hardware"]["cpu_model"] == "Made CPU @ 2.00GHz"


def test_memory_is_told_in_all_and_by_node_with_huge_pages(found: facts.Facts) -> None:
    hardware = found.announcement["hardware"]
    assert hardware["memory_mib"] == 6144
    assert hardware["huge_pages"] == {"2M": 512}
    assert hardware["nodes"] == [
        {"node": 0, "memory_mib": 2048, "huge_pages": {"2M": 512}},
        {"node": 1, "memory_mib": 4096, "huge_pages": {}},
    ]


def test_ports_are_those_with_a_cable_not_bridges_or_pods_cables(found: facts.Facts) -> None:
    assert found.announcement["hardware"]["ports"] == [
        {"name": "eth0", "mac": "52:54:00:4d:14:00", "mtu": 1500, "speed_mbps": 10000},
        {"name": "eth1", "mac": "52:54:00:4d:14:01", "mtu": 9000, "speed_mbps": None},
    ]


def test_a_port_that_is_a_pci_device_says_which_and_how_it_can_be_divided(tmp_path: Path) -> None:
    device = "sys__class__net__eth1__device__"
    changes = {f"{device}uevent": "DRIVER=ixgbe\nPCI_SLOT_NAME=0000:05:00.0\n", f"{device}numa_node": "1",
               f"{device}sriov_totalvfs": "63"}  # fmt: skip
    found = facts.read(make_tree(tmp_path, **changes))

    assert found is not None
    assert found.announcement["hardware"]["ports"][1] == {
        "name": "eth1", "mac": "52:54:00:4d:14:01", "mtu": 9000, "speed_mbps": None, "pci_address": "0000:05:00.0",
        "driver": "ixgbe", "node": 1, "sriov_totalvfs": 63,
    }  # fmt: skip


def test_disks_and_pci_devices_are_the_real_ones(found: facts.Facts) -> None:
    hardware = found.announcement["hardware"]
    assert hardware["disks"] == [
        {"name": "sda", "size_bytes": 2**30, "rotational": False, "model": "Made  Disk"},
    ]
    assert hardware["pci_devices"] == [
        {"address": "0000:00:01.0", "vendor": "1af4", "device": "1041", "pci_class": "020000", "node": None},
    ]


def test_the_digest_stays_while_nothing_changes_and_changes_with_the_hardware(tmp_path: Path) -> None:
    before, again = facts.read(make_tree(tmp_path)), facts.read(make_tree(tmp_path, proc__uptime="9000.1 1"))
    changed = facts.read(make_tree(tmp_path, sys__class__net__eth0__mtu="9000"))

    assert before
    assert again
    assert changed
    assert before.digest == again.digest != changed.digest


def test_a_host_without_a_default_route_has_nothing_to_announce_yet(tmp_path: Path) -> None:
    assert facts.read(make_tree(tmp_path, proc__net__route="Iface\tDestination\n")) is None


def test_what_is_read_is_what_the_inventory_accepts(found: facts.Facts) -> None:
    assert HostAnnouncement.model_validate_json(found.body).to_announcement().mgmt_ip == "172.31.77.20"


def test_the_machine_itself_can_be_read() -> None:
    assert processors.memory_mib(Path("/")) > 0
    assert processors.cpus(Path("/"))


@pytest.mark.parametrize(
    ("listed", "expected"), [("", set()), ("0", {0}), ("0-3,8", {0, 1, 2, 3, 8})], ids=["none", "one", "ranges"]
)
def test_a_list_of_processors_is_read(listed: str, expected: set[int]) -> None:
    assert processors.cpu_list(listed) == expected
