from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.inventory.networking.model import InterfaceClass
from sturnus.inventory.networking.port_interfaces import Followed, Made, follow
from tests.builders import an_interface

MGMT = "08:00:27:00:00:03"


def port(name: str, mac: str = "08:00:27:00:00:04", mtu: int = 1500) -> dict[str, Any]:
    return {"name": name, "mac": mac, "mtu": mtu}


def made(ifname: str, **changes: Any) -> Made:
    values: dict[str, Any] = {"ifclass": InterfaceClass.NONE, "port_name": ifname, "mac": "08:00:27:00:00:04",
                              "imtu": 1500, "is_management": False}  # fmt: skip
    return Made(ifname, **values | changes)


@pytest.mark.parametrize(
    ("ports", "interfaces", "steps"),
    [
        ([], [], ()),
        ([port("eth1")], [], (made("eth1"),)),
        ([port("eth0", MGMT)], [], (made("eth0", mac=MGMT, ifclass=InterfaceClass.PLATFORM, is_management=True),)),
        ([port("eth1")], [an_interface("eth1")], ()),
        ([port("eth1")], [an_interface("data0", port_name="eth1")], ()),  # renamed by the operator
        ([], [an_interface("eth1")], ()),  # the port may come back
        ([port("enp2")], [an_interface("eth1")], (Followed("uuid-of-eth1", "enp2", "08:00:27:00:00:04"),)),
        ([port("eth1", MGMT)], [an_interface("eth1")], (Followed("uuid-of-eth1", "eth1", MGMT),)),  # a new card
        ([port("eth1")], [an_interface("eth1", iftype="vlan", port_name=None)],
         (made("eth1-1", port_name="eth1"),)),
        ([port("eth1", mtu=0)], [], (made("eth1"),)),
        ([port("eth1", mtu=65536)], [], (made("eth1", imtu=9216),)),
    ],
    ids=["nothing", "new", "management", "there", "renamed", "gone", "other name", "other card", "name taken",
         "no mtu", "wide"],
)  # fmt: skip
def test_interfaces_follow_ports(ports: Any, interfaces: Any, steps: Any) -> None:
    assert follow(ports, interfaces, MGMT) == steps


@given(st.lists(st.sampled_from(["eth0", "eth1", "eth2", "eth3"]), unique=True))
def test_following_twice_is_following_once(names: list[str]) -> None:
    ports = [port(name, f"08:00:27:00:01:0{number}") for number, name in enumerate(names)]
    steps = follow(ports, [], MGMT)

    interfaces = [
        an_interface(step.ifname, imac=step.mac, port_name=step.port_name) for step in steps if isinstance(step, Made)
    ]

    assert len(interfaces) == len(names)
    assert follow(ports, interfaces, MGMT) == ()
