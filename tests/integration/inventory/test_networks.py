"""Networks, address pools and data networks over the wire, on both databases: what public clients send, and get."""

from typing import Any

import pytest

from tests.integration.inventory.server import Server

POOL = {"name": "management", "network": "192.168.204.0", "prefix": "24"}


def patch(**fields: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": f"/{name}", "value": value} for name, value in fields.items()]


def test_the_first_networks_are_there_and_stay_as_they_were_made(server: Server) -> None:
    first = server.request("GET", "/v1/networks").body["networks"]
    assert [(each["name"], each["type"], each["pool_uuid"]) for each in first] == [
        ("mgmt", "mgmt", None), ("cluster-host", "cluster-host", None)
    ]  # fmt: skip
    server.request("DELETE", "/v1/networks/cluster-host")
    server.stop()
    server.start()

    assert server.request("GET", "/v1/networks").body["networks"] == first[:1]


def test_a_network_is_made_with_its_pool_and_removed(server: Server) -> None:
    pool = server.request("POST", "/v1/addrpools", POOL | {"ranges": [["192.168.204.2", "192.168.204.50"]]}).body
    assert (pool["prefix"], pool["order"], pool["ranges"]) == (24, "random", [["192.168.204.2", "192.168.204.50"]])

    # As `network-add` of the public client sends it: the boolean as text.
    wanted = {"name": "storage0", "type": "storage", "dynamic": "true", "pool_uuid": pool["uuid"]}
    network = server.request("POST", "/v1/networks", wanted)
    assert network.status == 200
    assert server.request("GET", f"/v1/networks/{network.body['uuid']}").body == network.body
    assert (network.body["dynamic"], network.body["pool_uuid"]) == (True, pool["uuid"])
    assert network.body in server.request("GET", "/v1/networks").body["networks"]

    refused = server.request("DELETE", f"/v1/addrpools/{pool['uuid']}")
    assert (refused.status, refused.fault["faultstring"]) == (400, "Address pool management serves network storage0.")
    assert server.request("DELETE", "/v1/networks/storage0").status == 204
    assert server.request("DELETE", f"/v1/addrpools/{pool['uuid']}").status == 204
    assert server.request("GET", "/v1/addrpools").body == {"addrpools": []}


def test_a_pool_without_ranges_has_the_whole_network(server: Server) -> None:
    assert server.request("POST", "/v1/addrpools", POOL).body["ranges"] == [["192.168.204.1", "192.168.204.254"]]
    changed = server.request("PATCH", "/v1/addrpools/management", patch(order="sequential", name="mgmt-pool"))
    assert (changed.body["name"], changed.body["order"]) == ("mgmt-pool", "sequential")


def test_all_that_is_wrong_with_a_pool_is_said_at_once(server: Server) -> None:
    server.request("POST", "/v1/addrpools", POOL)
    wrong = {"network": "192.168.204.0", "prefix": 25, "ranges": [["192.168.204.200", "192.168.204.2"]],
             "gateway_address": "10.0.0.1"}  # fmt: skip

    refused = server.request("POST", "/v1/addrpools", POOL | wrong)

    assert refused.status == 400
    assert refused.fault["violations"] == [
        "address pool management exists already.",
        "Range 192.168.204.200-192.168.204.2 is not in 192.168.204.0/25.",
        "gateway_address 10.0.0.1 is not in 192.168.204.0/25.",
        "192.168.204.0/25 overlaps with address pool management (192.168.204.0/24).",
    ]
    assert len(server.request("GET", "/v1/addrpools").body["addrpools"]) == 1


def test_the_management_network_is_one_and_stays(server: Server) -> None:
    second = server.request("POST", "/v1/networks", {"name": "mgmt2", "type": "mgmt", "dynamic": False})
    assert second.fault["faultstring"] == "There is a network of type mgmt already: mgmt."
    removed = server.request("DELETE", "/v1/networks/mgmt")
    assert removed.fault["faultstring"].startswith("Network mgmt is the management network")


def test_a_data_network_goes_through_its_life(server: Server) -> None:
    # reference/clients.md §1, `datanetwork-add physnet1 vlan -m 1500`
    sent = {"mode": "dynamic", "mtu": "1500", "name": "physnet1", "network_type": "vlan"}
    added = server.request("POST", "/v1/datanetworks", sent)
    assert added.status == 200
    assert server.request("GET", f"/v1/datanetworks/{added.body['uuid']}").body == added.body
    assert {"mtu": 1500, "name": "physnet1", "network_type": "vlan", "mode": None}.items() <= added.body.items()

    assert server.request("PATCH", "/v1/datanetworks/physnet1", patch(mtu="9000")).body["mtu"] == 9000
    assert server.request("DELETE", "/v1/datanetworks/physnet1").status == 204
    gone = server.request("GET", "/v1/datanetworks/physnet1")
    assert (gone.status, gone.fault["faultstring"]) == (404, "datanetwork not found: physnet1")


def test_tunnels_have_options_and_defaults(server: Server) -> None:
    wanted = {"name": "tunnels", "network_type": "vxlan"}
    assert "needs a multicast_group" in server.request("POST", "/v1/datanetworks", wanted).fault["faultstring"]
    static = server.request("POST", "/v1/datanetworks", wanted | {"mode": "static"}).body
    assert (static["mode"], static["port_num"], static["ttl"]) == ("static", 4789, 1)
    dynamic = {"name": "t2", "network_type": "vxlan", "multicast_group": "239.0.0.1", "port_num": 8472, "ttl": "4"}
    assert server.request("POST", "/v1/datanetworks", dynamic).body["multicast_group"] == "239.0.0.1"


def test_a_stale_change_of_a_network_is_refused(server: Server) -> None:
    server.request("POST", "/v1/datanetworks", {"name": "physnet0", "network_type": "flat"})
    seen = server.request("GET", "/v1/datanetworks/physnet0").headers["etag"]
    server.request("PATCH", "/v1/datanetworks/physnet0", patch(description="first"), headers={"If-Match": seen})

    stale = server.request("PATCH", "/v1/datanetworks/physnet0", patch(mtu=9000), headers={"If-Match": seen})

    assert (stale.status, stale.fault["faultstring"]) == (412, "datanetwork physnet0 was changed by somebody else.")


def test_networks_come_in_pages(server: Server) -> None:
    for number in range(3):
        server.request("POST", "/v1/datanetworks", {"name": f"physnet{number}", "network_type": "flat"})

    first = server.request("GET", "/v1/datanetworks?limit=2").body["datanetworks"]
    second = server.request("GET", f"/v1/datanetworks?limit=2&marker={first[-1]['uuid']}").body["datanetworks"]

    assert [each["name"] for each in first + second] == ["physnet0", "physnet1", "physnet2"]


BAD = [
    ("POST", "/v1/datanetworks", {"name": "1", "network_type": "token-ring", "mtu": "wide", "colour": 1}, 400, 4),
    ("POST", "/v1/datanetworks", {}, 400, 2),
    ("POST", "/v1/datanetworks", {"name": "a", "network_type": "vlan", "mode": "static", "ttl": 3}, 400, 1),
    ("POST", "/v1/networks", {"name": "x", "type": "oam", "pool_uuid": "nowhere"}, 400, 1),
    ("POST", "/v1/addrpools", POOL | {"network": "192.168.204.7"}, 400, 1),
    ("PATCH", "/v1/networks/mgmt", patch(type="oam"), 400, 1),
    ("PATCH", "/v1/networks/nosuch", patch(name="x"), 404, 0),
    ("GET", "/v1/networks/%00", None, 404, 0),
    ("GET", "/v1/addrpools/99999999999999999999", None, 404, 0),
]


def test_bad_networks(server: Server, subtests: pytest.Subtests) -> None:
    for method, path, body, status, violations in BAD:
        with subtests.test(method=method, path=path, body=str(body)[:60]):
            answer = server.request(method, path, body)
            assert answer.status == status, answer.body
            assert len(answer.fault["violations"]) == violations


def test_readers_look_and_configurators_change(server: Server) -> None:
    assert server.request("GET", "/v1/datanetworks", role="reader").status == 200
    wanted = {"name": "physnet0", "network_type": "flat"}
    assert server.request("POST", "/v1/datanetworks", wanted, role="operator").status == 403
    assert server.request("POST", "/v1/datanetworks", wanted, role="configurator").status == 200
