"""Processors, memory, devices and service parameters over the wire, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.inventory.agent import HARDWARE, TestAgent, serving_agents
from tests.integration.inventory.server import Server

MADE_OF = HARDWARE | {
    "memory_mib": 16384,
    "cpus": [{"cpu": cpu, "core": cpu % 4, "socket": 0, "node": 0} for cpu in range(8)],
    "nodes": [{"node": 0, "memory_mib": 16384, "huge_pages": {"2M": 4}}],
    "pci_devices": [
        {"address": "0000:00:02.0", "vendor": "8086", "device": "1234", "pci_class": "030000", "node": 0},
        {"address": "0000:00:1f.2", "vendor": "8086", "device": "2922", "pci_class": "010601", "node": None},
    ],
}


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with serving_agents(tmp_path, database_url) as started:
        yield started


@pytest.fixture
def agent(server: Server, tmp_path: Path) -> TestAgent:
    server.request("POST", "/v1/ihosts", {"hostname": "compute-0", "personality": "worker"})
    made = TestAgent(server, tmp_path / "agent")
    made.announcement["hardware"] = MADE_OF
    assert made.enrol().status == 200
    return made


def patch(**fields: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": f"/{name}", "value": value} for name, value in fields.items()]


def functions(server: Server) -> dict[int, str]:
    cpus = server.request("GET", "/v1/ihosts/compute-0/icpus").body["icpus"]
    return {each["cpu"]: each["allocated_function"] for each in cpus}


def divide(server: Server, function: str, cores: int) -> Any:
    # reference: `host-cpu-modify -f FUNCTION -p0 CORES` of the public client
    body = [{"function": function, "sockets": [{"0": cores}]}]
    return server.request("PUT", "/v1/ihosts/compute-0/state/host_cpus_modify", body)


def memory(server: Server) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = server.request("GET", "/v1/ihosts/compute-0/imemorys").body["imemorys"]
    return found


def test_processors_and_memory_are_divided_and_the_choice_outlives_a_report(server: Server, agent: TestAgent) -> None:
    cpus = server.request("GET", "/v1/ihosts/compute-0/icpus").body["icpus"]
    assert {"allocated_function", "core", "cpu", "cpu_model", "numa_node", "thread", "uuid"} <= cpus[0].keys()
    assert server.request("GET", f"/v1/icpus/{cpus[0]['uuid']}").body == cpus[0]
    (node,) = server.request("GET", "/v1/ihosts/compute-0/inodes").body["inodes"]
    assert server.request("GET", f"/v1/inodes/{node['uuid']}").body == node
    assert memory(server)["inode_uuid"] == cpus[0]["inode_uuid"] == node["uuid"]  # by this public clients join them

    assert divide(server, "platform", 2).status == 200
    changed = server.request("PATCH", f"/v1/imemorys/{memory(server)['uuid']}",
                             patch(platform_reserved_mib="2048", vm_hugepages_nr_1G_pending="4",
                                   vm_hugepages_nr_2M_pending=0))  # fmt: skip
    assert changed.status == 200
    assert changed.headers["etag"] == server.request("GET", "/v1/ihosts/compute-0").headers["etag"]
    chosen, remembered = functions(server), memory(server)
    assert [cpu for cpu, function in chosen.items() if function == "Platform"] == [0, 1, 4, 5]
    assert (remembered["platform_reserved_mib"], remembered["vm_hugepages_nr_1G_pending"]) == (2048, 4)
    assert (remembered["vm_hugepages_nr_2M"], remembered["vm_hugepages_nr_2M_pending"]) == (4, 0)

    agent.announcement["hardware"] = MADE_OF | {"cpu_model": "Newer"}
    agent.announce()
    assert functions(server) == chosen
    assert memory(server) == remembered
    agent.announcement["hardware"] = MADE_OF | {"nodes": [{"node": 0, "memory_mib": 16384, "huge_pages": {"1G": 4}}]}
    agent.announce()
    assert memory(server)["vm_hugepages_nr_1G_pending"] is None  # what was pending is there


@pytest.mark.usefixtures("agent")
def test_the_switchs_cores_hold_the_compute_label(server: Server) -> None:
    assert divide(server, "vswitch", 1).fault["faultstring"].startswith("Host compute-0 has cores for Vswitch")
    label = server.request("POST", "/v1/labels/compute-0", {"openstack-compute-node": None}).body["labels"][0]["uuid"]
    assert divide(server, "vswitch", 1).status == 200
    assert divide(server, "isolated", 1).status == 200

    refused = server.request("DELETE", f"/v1/labels/{label}")

    assert "cores for Vswitch and Application-isolated" in refused.fault["faultstring"]
    assert divide(server, "vswitch", 0).status == 200
    assert server.request("DELETE", f"/v1/labels/{label}").status == 204


@pytest.mark.usefixtures("agent")
def test_two_sizes_of_huge_pages_keep_a_kubernetes_worker_locked(server: Server) -> None:
    uuid = memory(server)["uuid"]
    server.request("PATCH", f"/v1/imemorys/{uuid}", patch(vm_hugepages_nr_1G_pending=2))

    assert "only one size may be used" in server.action("compute-0", "unlock").fault["faultstring"]
    server.request("PATCH", f"/v1/imemorys/{uuid}", patch(vm_hugepages_nr_2M_pending=0))
    assert server.action("compute-0", "unlock").status == 200
    server.settled("compute-0")
    assert divide(server, "platform", 2).fault["faultstring"] == "Host compute-0 must be locked."
    too_late = server.request("PATCH", f"/v1/imemorys/{uuid}", patch(platform_reserved_mib=2048))
    assert too_late.fault["faultstring"] == "Host compute-0 must be locked."


@pytest.mark.usefixtures("agent")
def test_devices_are_shown(server: Server) -> None:
    devices = server.request("GET", "/v1/ihosts/compute-0/pci_devices").body["pci_devices"]
    assert [(each["name"], each["pclass_id"], each["enabled"]) for each in devices] == [
        ("pci_0000_00_02_0", "030000", True), ("pci_0000_00_1f_2", "010601", False)
    ]  # fmt: skip
    assert server.request("GET", f"/v1/pci_devices/{devices[0]['uuid']}").body == devices[0]


def test_service_parameters_go_through_their_life(server: Server) -> None:
    # reference/clients.md §1, `service-parameter-add openstack helm endpoint_domain=example.com`
    sent = {"parameters": {"endpoint_domain": "example.com"}, "personality": None, "resource": None,
            "section": "helm", "service": "openstack"}  # fmt: skip
    (added,) = server.request("POST", "/v1/service_parameter", sent).body["parameters"]
    assert server.request("GET", f"/v1/service_parameter/{added['uuid']}").body == added
    identity = sent | {"service": "identity", "section": "config", "parameters": {"token_expiration": "3600"}}
    (expiration,) = server.request("POST", "/v1/service_parameter", identity).body["parameters"]

    query = "q.field=service&q.op=eq&q.type=&q.value=identity"
    assert server.request("GET", f"/v1/service_parameter?{query}").body == {"parameters": [expiration]}
    changed = server.request("PATCH", f"/v1/service_parameter/{expiration['uuid']}",
                             patch(name="token_expiration", value="7200"))  # fmt: skip
    assert changed.body["value"] == "7200"
    mixed = sent | {"service": "docker", "section": "proxy", "parameters": {"http-proxy": "http://p:1", "nope": "1"}}
    refused = server.request("POST", "/v1/service_parameter", mixed)
    assert refused.fault["faultstring"].startswith("Section docker proxy has no parameter 'nope'")
    assert server.request("POST", "/v1/service_parameter", sent).status == 409
    assert len(server.request("GET", "/v1/service_parameter").body["parameters"]) == 2
    custom = sent | {"service": "platform", "section": "own", "personality": "worker", "resource": "platform::x",
                     "parameters": {"x": "1"}}  # fmt: skip
    assert server.request("POST", "/v1/service_parameter", custom).status == 200

    assert (
        server.request("POST", "/v1/service_parameter/apply", {"service": "openstack", "section": None}).status == 204
    )
    assert server.request("POST", "/v1/service_parameter/apply", {"service": "nosuch"}).status == 400
    assert server.request("DELETE", f"/v1/service_parameter/{added['uuid']}", role="operator").status == 403
    assert server.request("DELETE", f"/v1/service_parameter/{added['uuid']}").status == 204
    assert server.request("GET", f"/v1/service_parameter/{added['uuid']}").status == 404


BAD = [
    ("PUT", "/v1/ihosts/compute-0/state/host_cpus_modify", [{"function": "dance", "sockets": [{"0": 1}]}], 400),
    ("PUT", "/v1/ihosts/compute-0/state/host_cpus_modify", [{"function": "platform"}], 400),
    ("PUT", "/v1/ihosts/compute-0/state/host_cpus_modify", [{"function": "platform", "sockets": [{"0": -1}]}], 400),
    ("PUT", "/v1/ihosts/compute-0/state/host_cpus_modify", [], 400),
    ("PUT", "/v1/ihosts/nosuch/state/host_cpus_modify", [{"function": "platform", "sockets": [{"0": 1}]}], 404),
    ("PATCH", "/v1/imemorys/nosuch", patch(platform_reserved_mib=1), 404),
    ("GET", "/v1/icpus/%00", None, 404),
    ("GET", "/v1/icpus/ffffffff-0000-8000-b000-000000000000", None, 404),
    ("GET", "/v1/service_parameter?q.field=value&q.value=x", None, 400),
    ("GET", "/v1/service_parameter/%00", None, 404),
    ("POST", "/v1/service_parameter", {"service": "identity", "section": "config", "parameters": {"a": 1}}, 400),
]


@pytest.mark.usefixtures("agent")
def test_bad_parts(server: Server, subtests: pytest.Subtests) -> None:
    before = functions(server), memory(server)
    for method, path, body, status in BAD:
        with subtests.test(method=method, path=path, body=str(body)[:60]):
            assert server.request(method, path, body).status == status
    assert (functions(server), memory(server)) == before
