from typing import Any

import pytest

from sturnus.inventory.networking.assignment_checks import (
    ASSIGNMENT_CHECKS,
    DATA_ASSIGNMENT_CHECKS,
    AssignmentFacts,
    DataAssignmentFacts,
)
from sturnus.inventory.networking.model import (
    AeMode,
    DataNetwork,
    DataNetworkType,
    Interface,
    InterfaceClass,
    InterfaceType,
    NetworkType,
)
from sturnus.inventory.violations import Reason, violations
from tests.builders import (
    a_controller,
    a_data_network,
    a_host,
    a_network,
    an_interface,
    carrying,
    connected,
    in_service,
)

R, C, N = Reason, InterfaceClass, NetworkType
HOST = a_host()
FLAT = a_data_network("flat0", DataNetworkType.FLAT)
PHYSNET = a_data_network("physnet0")
WIDE = a_data_network("wide", mtu=9000)
TUNNELS = a_data_network("tunnels", DataNetworkType.VXLAN)


def eth(name: str = "eth1", **changes: Any) -> Interface:
    return an_interface(name, **changes)


BOND = eth("bond0", iftype=InterfaceType.AE, uses=("eth1",))


@pytest.mark.parametrize(
    ("interface", "kind", "others", "reasons"),
    [
        (eth(), N.MGMT, (), []),
        (eth(ifclass=C.PLATFORM), N.CLUSTER_HOST, (), []),
        (eth(ifclass=C.PCI_SRIOV), N.MGMT, (), []),
        (eth(ifclass=C.DATA), N.MGMT, (), [R.DISAGREES]),
        (eth(ifclass=C.PCI_PASSTHROUGH), N.MGMT, (), [R.DISAGREES]),
        (eth(), N.CLUSTER_POD, (), [R.NOT_SUPPORTED]),
        (eth(), N.MULTICAST, (), [R.NOT_SUPPORTED]),
        (eth(), N.OAM, (), [R.WRONG_PERSONALITY]),
        (eth(networks=connected(N.MGMT)), N.MGMT, (), [R.ALREADY_SO]),
        (eth(networks=connected(N.MGMT)), N.CLUSTER_HOST, (), []),
        (eth(), N.MGMT, (eth("eth2", networks=connected(N.MGMT)),), [R.ALREADY_SO]),
        (eth(), N.OTHER, (eth("eth2", networks=connected(N.OTHER)),), []),
        (eth(), N.MGMT, (BOND,), [R.IN_USE]),
        (eth("bond0", iftype=InterfaceType.AE, aemode=AeMode.BALANCED), N.MGMT, (), [R.DISAGREES]),
        (eth("bond0", iftype=InterfaceType.AE, aemode=AeMode.LACP), N.MGMT, (), []),
    ],
)
def test_platform_networks(
    interface: Interface, kind: NetworkType, others: tuple[Interface, ...], reasons: list[Reason]
) -> None:
    found = violations(ASSIGNMENT_CHECKS, AssignmentFacts(HOST, interface, a_network(kind), others))

    assert [each.reason for each in found] == reasons


def test_operators_reach_controllers() -> None:
    controller = a_controller(administrative=HOST.administrative)

    assert violations(ASSIGNMENT_CHECKS, AssignmentFacts(controller, eth(), a_network(N.OAM), ())) == ()


@pytest.mark.parametrize(
    ("interface", "data_network", "others", "reasons"),
    [
        (eth(ifclass=C.DATA), PHYSNET, (), []),
        (eth(ifclass=C.PCI_PASSTHROUGH), PHYSNET, (), []),
        (eth(), PHYSNET, (), [R.DISAGREES]),
        (eth(ifclass=C.PLATFORM), PHYSNET, (), [R.DISAGREES]),
        (eth(ifclass=C.DATA, data_networks=carrying(PHYSNET)), PHYSNET, (), [R.ALREADY_SO]),
        (eth(ifclass=C.DATA), PHYSNET, (eth("eth2", ifclass=C.DATA, data_networks=carrying(PHYSNET)),), [R.ALREADY_SO]),
        # ports that servers get themselves may lead where the virtual switch leads
        (eth(ifclass=C.DATA), PHYSNET, (eth("eth2", ifclass=C.PCI_SRIOV, data_networks=carrying(PHYSNET)),), []),
        (eth(ifclass=C.PCI_SRIOV), PHYSNET, (eth("eth2", ifclass=C.DATA, data_networks=carrying(PHYSNET)),), []),
        (eth(ifclass=C.PCI_SRIOV, data_networks=carrying(PHYSNET)), PHYSNET, (), [R.ALREADY_SO]),
        (eth(ifclass=C.DATA), TUNNELS, (), []),
        (eth(ifclass=C.PCI_SRIOV), TUNNELS, (), [R.DISAGREES]),
        (eth(ifclass=C.DATA, data_networks=carrying(FLAT)), a_data_network("flat1", DataNetworkType.FLAT), (),
         [R.DISAGREES]),
        (eth(ifclass=C.DATA, data_networks=carrying(FLAT)), PHYSNET, (), []),
        (eth(ifclass=C.DATA), WIDE, (), [R.DISAGREES]),
        (eth(ifclass=C.DATA, imtu=9000), WIDE, (), []),
    ],
)  # fmt: skip
def test_data_networks(
    interface: Interface, data_network: DataNetwork, others: tuple[Interface, ...], reasons: list[Reason]
) -> None:
    found = violations(DATA_ASSIGNMENT_CHECKS, DataAssignmentFacts(HOST, interface, data_network, others))

    assert [each.reason for each in found] == reasons


def test_a_host_in_service_keeps_its_network() -> None:
    found = violations(ASSIGNMENT_CHECKS, AssignmentFacts(in_service(), eth(ifclass=C.DATA), a_network(N.MGMT), ()))

    assert [each.message for each in found] == [
        "Host compute-0 must be locked.",
        "Interface eth1 has class data, and a platform network needs platform.",
    ]
