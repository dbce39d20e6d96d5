from typing import Any

import pytest

from sturnus.inventory.networking.interface_checks import (
    INTERFACE_CHECKS,
    INTERFACE_REMOVAL_CHECKS,
    InterfaceFacts,
    InterfaceRemovalFacts,
)
from sturnus.inventory.networking.model import (
    AeMode,
    Interface,
    InterfaceClass,
    InterfaceType,
    Ipv4Mode,
    NetworkType,
    Port,
    TxHashPolicy,
)
from sturnus.inventory.violations import Reason, violations
from tests.builders import a_controller, a_data_network, a_host, an_interface, carrying, connected, in_service

R, C, T = Reason, InterfaceClass, InterfaceType
HOST = a_host()
CONTROLLER = a_controller(administrative=HOST.administrative)
ETH1 = an_interface("eth1")
ETH2 = an_interface("eth2")
BOND = an_interface("bond0", iftype=T.AE, port_name=None, uses=("eth1",), aemode=AeMode.ACTIVE_STANDBY)
VLAN = an_interface("vlan10", iftype=T.VLAN, port_name=None, uses=("eth1",), vlan_id=10)
PORTS = (Port("p", HOST.uuid, "eth1", "08:00:27:00:00:04", 1500, None, None, None, None, sriov_totalvfs=8),)


def facts(wanted: Interface, *others: Interface, **more: Any) -> InterfaceFacts:
    host = more.pop("host", HOST)
    return InterfaceFacts(host, wanted, others, PORTS, **more)


def changed(interface: Interface, **changes: Any) -> Interface:
    values = {name: getattr(interface, name) for name in Interface.__dataclass_fields__}
    return Interface(**values | changes)


CASES = [
    # facts → reasons
    (facts(ETH1), []),
    (facts(changed(ETH1, ifclass=C.DATA)), []),
    (facts(ETH1, host=in_service()), [R.HOST_NOT_LOCKED]),
    (facts(ETH1, unknown=("interface eth9",)), [R.NOT_THERE]),
    (facts(changed(ETH2, ifname="eth1"), ETH1), [R.NAME_TAKEN]),
    # what it stands on
    (facts(changed(ETH1, port_name=None)), [R.DISAGREES]),
    (facts(BOND, ETH1), []),
    (facts(changed(BOND, uses=()), ETH1), [R.DISAGREES]),
    (facts(changed(BOND, uses=("vlan10",)), VLAN), [R.DISAGREES]),
    (facts(VLAN, ETH1), []),
    (facts(changed(VLAN, uses=("eth1", "eth2")), ETH1, ETH2), [R.DISAGREES]),
    (facts(changed(VLAN, uses=("vlan20",)), changed(VLAN, ifname="vlan20", vlan_id=20)), [R.DISAGREES]),
    (facts(an_interface("lo1", iftype=T.VIRTUAL, port_name=None)), []),
    (facts(an_interface("other", port_name="eth1"), ETH1), [R.IN_USE]),
    # bonds and their members
    (facts(BOND, changed(ETH1, ifclass=C.PLATFORM)), [R.IN_USE]),
    (facts(BOND, changed(ETH1, used_by=("bond0",))), []),
    (facts(BOND, changed(ETH1, used_by=("vlan10",))), [R.IN_USE]),
    (facts(changed(ETH1, ifclass=C.DATA, used_by=("bond0",)), BOND), [R.IN_USE]),
    (facts(changed(ETH1, ifclass=C.PLATFORM, used_by=("vlan10",)), VLAN), []),
    # tags
    (facts(changed(VLAN, vlan_id=None), ETH1), [R.FIELD_MISSING]),
    (facts(VLAN, ETH1, changed(VLAN, ifname="other")), [R.NAME_TAKEN]),
    (facts(VLAN, ETH1, changed(VLAN, ifname="other", uses=("eth2",))), []),
    # options
    (facts(changed(ETH1, vlan_id=3)), [R.DISAGREES]),
    (facts(changed(ETH1, aemode=AeMode.BALANCED)), [R.DISAGREES]),
    (facts(changed(BOND, txhashpolicy=TxHashPolicy.LAYER2), ETH1), [R.DISAGREES]),
    (facts(changed(BOND, aemode=AeMode.LACP, txhashpolicy=TxHashPolicy.LAYER2), ETH1), []),
    (facts(changed(ETH1, ifclass=C.PCI_SRIOV)), [R.DISAGREES]),
    (facts(changed(ETH1, ifclass=C.PCI_SRIOV, sriov_numvfs=4)), []),
    (facts(changed(ETH1, sriov_numvfs=4)), [R.DISAGREES]),
    (facts(changed(ETH1, ifclass=C.PCI_SRIOV, sriov_numvfs=9)), [R.HARDWARE_UNFIT]),
    # classes
    (facts(changed(ETH1, ifclass=C.DATA), host=CONTROLLER), [R.WRONG_PERSONALITY]),
    (facts(changed(VLAN, ifclass=C.PCI_PASSTHROUGH), ETH1), [R.DISAGREES]),
    (facts(changed(ETH1, ifclass=C.DATA, networks=connected(NetworkType.MGMT))), [R.IN_USE]),
    (facts(changed(ETH1, data_networks=carrying(a_data_network()))), [R.IN_USE]),
    (facts(changed(ETH1, ifclass=C.DATA, data_networks=carrying(a_data_network()))), []),
    # width
    (facts(changed(VLAN, imtu=9000), ETH1), [R.DISAGREES]),
    (facts(changed(ETH1, imtu=1400, used_by=("vlan10",)), VLAN), [R.DISAGREES]),
    (facts(changed(ETH1, ifclass=C.DATA, imtu=1400, data_networks=carrying(a_data_network()))), [R.DISAGREES]),
    # addresses
    (facts(changed(ETH1, ipv4_mode=Ipv4Mode.POOL)), [R.DISAGREES]),
    (facts(changed(ETH1, ipv4_mode=Ipv4Mode.POOL, ipv4_pool="p"), pools={"p": 4}), []),
    (facts(changed(ETH1, ipv4_mode=Ipv4Mode.POOL, ipv4_pool="p"), pools={"p": 6}), [R.DISAGREES]),
    (facts(changed(ETH1, ipv4_mode=Ipv4Mode.STATIC, ipv4_pool="p"), pools={"p": 4}), [R.DISAGREES]),
    # all at once
    (facts(changed(ETH1, vlan_id=3, imtu=9000, ifclass=C.DATA, networks=connected(NetworkType.MGMT)),
           host=in_service()), [R.HOST_NOT_LOCKED, R.DISAGREES, R.IN_USE]),
]  # fmt: skip


@pytest.mark.parametrize(("found", "reasons"), CASES)
def test_what_an_interface_may_be_like(found: InterfaceFacts, reasons: list[Reason]) -> None:
    assert [each.reason for each in violations(INTERFACE_CHECKS, found)] == reasons


@pytest.mark.parametrize(
    ("interface", "reasons"),
    [
        (BOND, []),
        (changed(BOND, used_by=("vlan10",)), [R.IN_USE]),
        (changed(BOND, networks=connected(NetworkType.OAM)), [R.IN_USE]),
        (ETH1, [R.NOT_SUPPORTED]),  # its port is there
        (ETH2, []),  # its port is gone
    ],
)
def test_which_interfaces_may_go(interface: Interface, reasons: list[Reason]) -> None:
    found = violations(INTERFACE_REMOVAL_CHECKS, InterfaceRemovalFacts(HOST, interface, PORTS))

    assert [each.reason for each in found] == reasons


def test_a_refusal_says_what_was_found_and_what_to_do() -> None:
    (found,) = violations(INTERFACE_CHECKS, facts(BOND, changed(ETH1, ifclass=C.PLATFORM)))

    assert found.message == "A member of bond0 must be free: eth1 has class platform."
    assert found.remedy == "system host-if-modify -c none compute-0 INTERFACE"
