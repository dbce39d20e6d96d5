"""Nodes of an existing cluster become hosts, on both databases."""

from typing import Any

import pytest

from tests.integration.inventory.server import Server

NODE = {
    "name": "compute-5",
    "personality": "worker",
    "runs_users_pods": True,
    "address": "10.0.0.5",
    "ready": True,
    "cordoned": False,
    "labels": {"openstack-compute-node": "enabled", "rack": "one"},
}


def adopt(server: Server, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = server.request("POST", "/v1/sturnus/adoptions", NODE | changes).body
    return found


def states(host: dict[str, Any]) -> tuple[str, str, str]:
    return host["administrative"], host["operational"], host["availability"]


def labels(server: Server, host: str) -> dict[str, str]:
    found = server.request("GET", f"/v1/ihosts/{host}/labels").body["labels"]
    return {label["label_key"]: label["label_value"] for label in found}


def test_a_preview_changes_nothing(server: Server) -> None:
    found = server.request("POST", "/v1/sturnus/adoptions/preview", {"nodes": [NODE]}).body

    assert [(each["node"], each["step"], each["host"]) for each in found["adoptions"]] == [("compute-5", "add", None)]
    assert server.request("GET", "/v1/ihosts").body["ihosts"] == []


def test_a_node_in_service_is_a_host_in_service_and_adopting_again_changes_nothing(server: Server) -> None:
    first = adopt(server)

    assert first["step"] == "add"
    assert states(first["host"]) == ("unlocked", "enabled", "available")
    assert (first["host"]["personality"], first["host"]["mgmt_ip"]) == ("worker", "10.0.0.5")
    assert labels(server, "compute-5") == {"openstack-compute-node": "enabled"}
    again = adopt(server)
    assert (again["step"], again["host"]["uuid"]) == ("known", first["host"]["uuid"])
    assert again["host"]["updated_at"] == first["host"]["updated_at"]


@pytest.mark.parametrize(
    ("ready", "cordoned", "wanted"),
    [
        (True, True, ("locked", "disabled", "online")),
        (False, True, ("locked", "disabled", "offline")),
        (False, False, ("unlocked", "disabled", "offline")),
    ],
)
def test_states_are_those_of_the_node(server: Server, wanted: tuple[str, ...], *, ready: bool, cordoned: bool) -> None:
    assert states(adopt(server, ready=ready, cordoned=cordoned)["host"]) == wanted


def test_without_an_agent_presence_follows_the_node(server: Server) -> None:
    adopt(server)

    gone = adopt(server, ready=False)
    assert (gone["step"], states(gone["host"])) == ("refresh", ("unlocked", "disabled", "offline"))
    back = adopt(server)
    assert (back["step"], states(back["host"])) == ("refresh", ("unlocked", "enabled", "available"))


def test_three_control_planes_of_any_name_are_three_controllers(server: Server) -> None:
    for number in range(3):
        found = adopt(server, name=f"cp{number}", personality="controller", address=f"10.0.1.{number}")
        assert (found["step"], found["host"]["subfunctions"]) == ("add", "controller,worker")


def test_an_address_of_another_host_is_refused_and_nothing_changes(server: Server, worker: str) -> None:
    refused = adopt(server, address="10.0.0.3")

    assert (refused["step"], refused["host"]) == ("refuse", None)
    assert refused["reason"] == "Address 10.0.0.3 belongs to host compute-0 already."
    assert [host["uuid"] for host in server.request("GET", "/v1/ihosts").body["ihosts"]] == [worker]


def test_who_may_not_add_hosts_may_not_adopt_them(server: Server) -> None:
    assert server.request("POST", "/v1/sturnus/adoptions", NODE, role="operator").status == 403
    assert server.request("POST", "/v1/sturnus/adoptions/preview", {"nodes": []}, role="reader").status == 403
