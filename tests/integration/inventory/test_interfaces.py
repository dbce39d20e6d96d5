"""Interfaces of hosts that announced themselves, over the wire, on both databases."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from sturnus.store.database import Database
from sturnus.store.interfaces import InterfaceRow
from tests.integration.inventory.agent import HARDWARE, TestAgent, serving_agents
from tests.integration.inventory.server import Server

MAC = "08:00:27:00:00:03"
PORTS = [
    {"name": "eth0", "mac": MAC, "mtu": 1500, "speed_mbps": 1000},
    {"name": "eth1", "mac": "08:00:27:00:00:04", "mtu": 1500, "speed_mbps": None},
    {"name": "eth2", "mac": "08:00:27:00:00:05", "mtu": 9000, "speed_mbps": None},
]


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with serving_agents(tmp_path, database_url) as started:
        yield started


@pytest.fixture
def agent(server: Server, tmp_path: Path) -> TestAgent:
    server.request("POST", "/v1/ihosts", {"hostname": "compute-0", "personality": "worker"})
    made = TestAgent(server, tmp_path / "agent")
    made.announcement["hardware"] = HARDWARE | {"ports": PORTS}
    assert made.enrol().status == 200
    return made


def interfaces(server: Server, host: str = "compute-0") -> dict[str, dict[str, Any]]:
    found = server.request("GET", f"/v1/ihosts/{host}/iinterfaces").body["iinterfaces"]
    return {each["ifname"]: each for each in found}


def patch(**fields: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": f"/{name}", "value": value} for name, value in fields.items()]


def change(server: Server, interface: str, **fields: Any) -> Any:
    return server.request("PATCH", f"/v1/iinterfaces/{interfaces(server)[interface]['uuid']}", patch(**fields))


def add(server: Server, **fields: Any) -> Any:
    return server.request("POST", "/v1/iinterfaces", {"ihost_uuid": "compute-0", "ports": None, **fields})


@pytest.mark.usefixtures("agent")
def test_every_port_has_an_interface_and_the_management_port_its_networks(server: Server) -> None:
    found = interfaces(server)

    assert {name: (each["iftype"], each["ifclass"], each["imtu"], each["ports"]) for name, each in found.items()} == {
        "eth0": ("ethernet", "platform", 1500, ["eth0"]),
        "eth1": ("ethernet", None, 1500, ["eth1"]),
        "eth2": ("ethernet", None, 9000, ["eth2"]),
    }
    needed = {"channels", "max_rx_rate", "max_tx_rate", "sriov_vf_channels", "used_by", "uses", "vlan_id", "uuid"}
    assert needed <= found["eth0"].keys()  # the public client fails without
    assert found["eth0"]["networks"] == ["mgmt", "cluster-host"]
    (port,) = server.request("GET", f"/v1/iinterfaces/{found['eth0']['uuid']}/ports").body["ports"]
    assert (port["name"], port["dpdksupport"], port["mac"]) == ("eth0", False, MAC)
    assert server.request("GET", f"/v1/ports/{port['uuid']}").body == port
    ports = server.request("GET", "/v1/ihosts/compute-0/ethernet_ports").body["ethernet_ports"]
    assert [each["name"] for each in ports] == ["eth0", "eth1", "eth2"]
    assigned = server.request("GET", "/v1/ihosts/compute-0/interface_networks").body["interface_networks"]
    assert [(each["ifname"], each["network_name"], each["forihostid"]) for each in assigned] == [
        ("eth0", "mgmt", 1), ("eth0", "cluster-host", 1)
    ]  # fmt: skip


def test_what_was_chosen_stays_when_the_host_announces_itself_again(server: Server, agent: TestAgent) -> None:
    before = interfaces(server)["eth1"]
    assert change(server, "eth1", ifname="data0", ifclass="data", imtu="1600").status == 200

    renamed = [PORTS[0], {**PORTS[1], "name": "enp2"}, {"name": "eth9", "mac": "08:00:27:00:00:09", "mtu": 65536}]
    agent.announcement["hardware"] = HARDWARE | {"ports": [port | {"speed_mbps": 10} for port in renamed]}
    assert agent.announce().status == 200

    after = interfaces(server)
    assert sorted(after) == ["data0", "eth0", "eth2", "eth9"]  # eth2 stays: its port may come back
    assert (after["data0"]["uuid"], after["data0"]["imtu"], after["data0"]["ports"]) == (before["uuid"], 1600, ["enp2"])
    assert after["eth9"]["imtu"] == 9216
    assert server.request("GET", f"/v1/iinterfaces/{after['eth2']['uuid']}/ports").body == {"ports": []}
    assert server.request("DELETE", f"/v1/iinterfaces/{after['eth2']['uuid']}").status == 204


@pytest.mark.usefixtures("agent")
def test_bonds_and_vlans_stand_on_others(server: Server) -> None:
    bond = add(server, ifname="bond0", iftype="ae", uses=["eth1", "eth2"], aemode="802.3ad", txhashpolicy="layer3+4",
               imtu="1500")  # fmt: skip
    assert bond.status == 200, bond.body
    assert server.request("GET", f"/v1/iinterfaces/{bond.body['uuid']}").body == bond.body
    vlan = add(server, ifname="vlan10", iftype="vlan", uses=["bond0"], vlan_id="10", ifclass="data")
    assert (vlan.body["vlan_id"], vlan.body["uses"], vlan.body["imac"]) == (10, ["bond0"], "08:00:27:00:00:04")
    assert interfaces(server)["bond0"]["used_by"] == ["vlan10"]
    assert interfaces(server)["eth1"]["used_by"] == ["bond0"]

    refused = add(server, ifname="bond1", iftype="ae", uses=["eth1", "eth0", "nosuch"])
    assert refused.fault["violations"] == [
        "Host compute-0 has no interface nosuch.",
        "A member of bond1 must be free: eth0 has class platform, eth1 is used by bond0.",
    ]
    in_use = server.request("DELETE", f"/v1/iinterfaces/{bond.body['uuid']}")
    assert in_use.fault["faultstring"] == "Interface bond0 of host compute-0 is used by vlan10."
    for name in ("vlan10", "bond0"):
        assert server.request("DELETE", f"/v1/iinterfaces/{interfaces(server)[name]['uuid']}").status == 204
    assert sorted(interfaces(server)) == ["eth0", "eth1", "eth2"]


@pytest.mark.usefixtures("agent")
def test_networks_are_assigned_and_removed(server: Server) -> None:
    eth1 = interfaces(server)["eth1"]["uuid"]
    server.request("POST", "/v1/networks", {"name": "storage", "type": "storage"})

    assigned = server.request("POST", "/v1/interface_networks", {"interface_uuid": eth1, "network_uuid": "storage"})
    assert assigned.status == 200
    assert server.request("GET", f"/v1/interface_networks/{assigned.body['uuid']}").body == assigned.body
    assert interfaces(server)["eth1"]["ifclass"] == "platform"  # by being connected
    listed = server.request("GET", f"/v1/iinterfaces/{eth1}/interface_networks").body["interface_networks"]
    assert listed == [assigned.body]
    second = server.request("POST", "/v1/interface_networks", {"interface_uuid": eth1, "network_uuid": "mgmt"})
    assert second.fault["faultstring"] == "Host compute-0 has a network of type mgmt on interface eth0 already."
    in_use = server.request("DELETE", "/v1/networks/storage")
    assert in_use.fault["faultstring"] == "network storage is used by eth1 of compute-0."

    assert server.request("DELETE", f"/v1/interface_networks/{assigned.body['uuid']}").status == 204
    assert server.request("DELETE", f"/v1/interface_networks/{assigned.body['uuid']}").status == 404
    assert server.request("DELETE", "/v1/networks/storage").status == 204


@pytest.mark.usefixtures("agent")
def test_data_networks_are_assigned_once_a_host(server: Server) -> None:
    server.request("POST", "/v1/datanetworks", {"name": "physnet0", "network_type": "vlan", "mtu": 1500})
    server.request("POST", "/v1/datanetworks", {"name": "wide", "network_type": "vlan", "mtu": 9000})
    eth1, eth2 = interfaces(server)["eth1"]["uuid"], interfaces(server)["eth2"]["uuid"]

    def carry(interface: str, data_network: str) -> Any:
        body = {"interface_uuid": interface, "datanetwork_uuid": data_network}
        return server.request("POST", "/v1/interface_datanetworks", body)

    assert carry(eth1, "physnet0").fault["faultstring"].startswith("Interface eth1 has class none")
    change(server, "eth1", ifclass="data")
    change(server, "eth2", ifclass="data")
    assigned = carry(eth1, "physnet0")
    assert assigned.body["datanetwork_name"] == "physnet0"
    again = carry(eth2, "physnet0")
    assert again.fault["faultstring"] == "Host compute-0 carries datanetwork physnet0 on interface eth1 already."
    assert carry(eth1, "wide").fault["faultstring"] == "datanetwork wide has mtu 9000, and eth1 has imtu 1500."
    assert carry(eth2, "wide").status == 200
    listed = server.request("GET", "/v1/ihosts/compute-0/interface_datanetworks").body["interface_datanetworks"]
    assert [(each["ifname"], each["datanetwork_name"]) for each in listed] == [("eth1", "physnet0"), ("eth2", "wide")]
    assert server.request("GET", "/v1/interface_datanetworks").body["interface_datanetworks"] == listed
    assert server.request("PATCH", "/v1/datanetworks/physnet0", patch(mtu=9000)).fault["faultstring"] == (
        "mtu 9000 is more than that of eth1 of compute-0 (1500)."
    )
    none = change(server, "eth1", ifclass="none")
    assert none.fault["faultstring"].endswith("it is connected to physnet0.")
    assert server.request("DELETE", f"/v1/interface_datanetworks/{assigned.body['uuid']}").status == 204
    assert change(server, "eth1", ifclass="none").status == 200


@pytest.mark.usefixtures("agent")
def test_the_network_of_a_host_in_service_stays(server: Server) -> None:
    assigned = server.request("GET", "/v1/ihosts/compute-0/interface_networks").body["interface_networks"]
    assert server.action("compute-0", "unlock").status == 200
    server.settled("compute-0")

    for answer in (
        change(server, "eth1", ifclass="data"),
        add(server, ifname="vlan5", iftype="vlan", uses=["eth1"], vlan_id=5),
        server.request("DELETE", f"/v1/interface_networks/{assigned[0]['uuid']}"),
    ):
        assert (answer.status, answer.fault["faultstring"]) == (400, "Host compute-0 must be locked.")


@pytest.mark.usefixtures("agent")
def test_a_host_without_its_networks_is_not_unlocked(server: Server) -> None:
    for each in server.request("GET", "/v1/ihosts/compute-0/interface_networks").body["interface_networks"]:
        server.request("DELETE", f"/v1/interface_networks/{each['uuid']}")

    refused = server.action("compute-0", "unlock")

    assert refused.fault["faultstring"] == "Host compute-0 has no platform interface with network cluster-host, mgmt."
    eth0 = interfaces(server)["eth0"]["uuid"]
    server.request("POST", "/v1/interface_networks", {"interface_uuid": eth0, "network_uuid": "mgmt"})
    server.request("DELETE", "/v1/networks/cluster-host")  # where there is no such network, nobody needs it
    assert server.action("compute-0", "unlock").status == 200


@pytest.mark.usefixtures("agent")
def test_a_stale_change_of_an_interface_is_refused(server: Server) -> None:
    eth1 = interfaces(server)["eth1"]["uuid"]
    seen = server.request("GET", f"/v1/iinterfaces/{eth1}").headers["etag"]
    changed = server.request("PATCH", f"/v1/iinterfaces/{eth1}", patch(imtu=1600), headers={"If-Match": seen})
    assert changed.headers["etag"] == server.request("GET", "/v1/ihosts/compute-0").headers["etag"] != seen

    stale = server.request("PATCH", f"/v1/iinterfaces/{eth1}", patch(imtu=1700), headers={"If-Match": seen})

    assert stale.status == 412


@pytest.mark.usefixtures("agent")
def test_a_deleted_host_takes_its_interfaces_along(server: Server) -> None:
    bond = {"iftype": "ae", "uses": ["eth1", "eth2"], "aemode": "802.3ad", "txhashpolicy": "layer3+4", "imtu": "1500"}
    assert add(server, ifname="bond0", **bond).status == 200
    assert add(server, ifname="vlan10", iftype="vlan", uses=["bond0"], vlan_id="10", ifclass="data").status == 200

    assert server.request("DELETE", "/v1/ihosts/compute-0").status == 204
    assert server.request("GET", "/v1/interface_networks").body == {"interface_networks": []}


@pytest.mark.usefixtures("agent")
def test_hosts_of_an_earlier_version_get_their_interfaces_at_the_start(server: Server) -> None:
    server.stop()
    wipe(server)
    server.start()

    assert interfaces(server)["eth0"]["networks"] == ["mgmt", "cluster-host"]


def wipe(server: Server) -> None:
    """As if the host had announced itself before there were interfaces."""

    async def run() -> None:
        database = Database(server.database_url)
        async with database.write() as session:
            await session.execute(delete(InterfaceRow))
        await database.close()

    asyncio.run(run())


BAD = [
    ("POST", "/v1/iinterfaces", {"ihost_uuid": "nosuch", "ifname": "a"}, 404),
    ("POST", "/v1/iinterfaces", {"ihost_uuid": "compute-0", "ifname": "way-too-long-a-name"}, 400),
    ("POST", "/v1/iinterfaces", {"ihost_uuid": "compute-0", "ifname": "x", "iftype": "vlan", "uses": ["eth1"]}, 400),
    ("POST", "/v1/iinterfaces", {"ihost_uuid": "compute-0", "ifname": "eth9", "ports": "eth1"}, 400),
    ("POST", "/v1/iinterfaces", {"ihost_uuid": "compute-0", "ifname": "x", "uses": [1]}, 400),
    ("PATCH", "/v1/iinterfaces/nosuch", patch(imtu=1500), 404),
    ("GET", "/v1/iinterfaces/%00", None, 404),
    ("GET", "/v1/ports/00000001-0000-8000-b000-000000000000", None, 404),
    ("GET", "/v1/ports/nosuch", None, 404),
    ("POST", "/v1/interface_networks", {"interface_uuid": "x", "network_uuid": "mgmt"}, 404),
    ("POST", "/v1/interface_networks", {}, 400),
    ("GET", "/v1/ihosts/nosuch/iinterfaces", None, 404),
]


@pytest.mark.usefixtures("agent")
def test_bad_interfaces(server: Server, subtests: pytest.Subtests) -> None:
    before = interfaces(server)
    for method, path, body, status in BAD:
        with subtests.test(method=method, path=path, body=str(body)[:60]):
            assert server.request(method, path, body).status == status
    assert interfaces(server) == before
