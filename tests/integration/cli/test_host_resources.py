"""`system` on networks, interfaces, processors, memory and parameters: a process, a server, an exit status."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.test_system import Shell
from tests.integration.inventory.agent import TestAgent, let_agents_enrol
from tests.integration.inventory.server import Server
from tests.integration.inventory.test_host_parts import MADE_OF
from tests.integration.inventory.test_interfaces import PORTS


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    server = Server(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/sturnus.db")
    let_agents_enrol(server)
    server.upgrade()
    server.start()
    server.request("POST", "/v1/ihosts", {"hostname": "compute-0", "personality": "worker"})
    agent = TestAgent(server, tmp_path / "agent")
    agent.announcement["hardware"] = MADE_OF | {"ports": PORTS}
    agent.enrol()
    yield Shell(server)
    server.stop()


def column(shell: Shell, *arguments: str) -> list[str]:
    done = shell(*arguments, "--format", "value")
    assert done.status == 0, done.err
    return done.out.splitlines()


def test_networks(shell: Shell) -> None:
    names = ("--column", "name", "--column", "dynamic")
    assert column(shell, "network-list", *names) == ["mgmt True", "cluster-host True"]
    assert shell("addrpool-add", "oam", "10.10.10.0", "24", "--ranges", "10.10.10.2-10.10.10.9").status == 0
    assert shell("network-add", "oam0", "oam", "false", "oam").status == 0
    shown = shell("addrpool-show", "oam", "--column", "ranges").out
    assert "['10.10.10.2-10.10.10.9']" in shown
    assert json.loads(shell("addrpool-list", "--format", "json", "--column", "ranges").out) == [
        {"ranges": [["10.10.10.2", "10.10.10.9"]]}
    ]
    refused = shell("addrpool-delete", "oam")
    assert (refused.status, refused.err) == (
        1, "Address pool oam serves network oam0.\nTo do: system network-delete oam0\n"
    )  # fmt: skip
    assert shell("network-delete", "oam0").out == "Deleted Network: oam0\n"
    assert shell("addrpool-delete", "oam").out == "Deleted address pool: oam\n"

    added = shell("datanetwork-add", "physnet0", "vlan", "-m", "1500").out
    assert "network_type" in added
    assert "ttl" not in added
    assert "multicast_group" in shell("datanetwork-add", "t0", "vxlan", "-g", "239.0.0.1").out
    assert column(shell, "datanetwork-modify", "physnet0", "-m", "9000", "--column", "mtu") == ["9000"]
    listed = shell("datanetwork-list").out.splitlines()[1].split("|")
    assert [each.strip() for each in listed[1:-1]] == ["uuid", "name", "network_type", "mtu"]
    assert shell("datanetwork-delete", "physnet0").out == "Deleted DataNetwork: physnet0\n"
    assert shell("datanetwork-add", "x", "token-ring").status == 2


def test_interfaces(shell: Shell) -> None:
    listed = shell("host-if-list", "compute-0").out.splitlines()
    assert [each.strip() for each in listed[1].split("|")[1:-1]] == [
        "uuid", "name", "class", "type", "vlan id", "ports", "uses i/f", "used by i/f", "attributes"
    ]  # fmt: skip
    assert len(listed) == 5  # eth0 alone: the others have no class
    assert column(shell, "host-if-list", "compute-0", "-a", "--column", "ifname") == ["eth0", "eth1", "eth2"]

    modified = shell("host-if-modify", "-n", "data0", "-c", "data", "compute-0", "eth1", "--column", "ifclass")
    assert "data" in modified.out
    assert shell("host-if-add", "-m", "1500", "compute-0", "vlan7", "vlan", "data0", "-V", "7").status == 0
    assert column(shell, "host-if-show", "compute-0", "data0", "--column", "used_by") == ["['vlan7']"]
    shell("datanetwork-add", "physnet0", "vlan")
    assigned = shell("interface-datanetwork-assign", "compute-0", "data0", "physnet0")
    assert assigned.status == 0, assigned.err
    columns = ("--column", "hostname", "--column", "ifname", "--column", "datanetwork_name")
    assert column(shell, "interface-datanetwork-list", "compute-0", *columns) == ["compute-0 data0 physnet0"]
    assert column(shell, "interface-datanetwork-list", *columns) == ["compute-0 data0 physnet0"]
    networks = column(shell, "interface-network-list", "1", "eth0", "--column", "hostname", "--column", "network_name")
    assert networks == ["compute-0 mgmt", "compute-0 cluster-host"]
    uuid = column(shell, "interface-datanetwork-list", "compute-0", "--column", "uuid")[0]
    assert shell("interface-datanetwork-remove", uuid).out == f"Deleted Interface DataNetwork: {uuid}\n"
    assert shell("host-if-delete", "compute-0", "vlan7").out == "Deleted interface: host compute-0 if vlan7\n"
    assert shell("host-if-show", "compute-0", "nosuch").err == (
        "Interface not found: host compute-0 interface nosuch\nTo do: system host-if-list -a compute-0\n"
    )
    assert column(shell, "host-ethernet-port-list", "compute-0", "--column", "mac")[0] == PORTS[0]["mac"]
    assert column(shell, "host-port-show", "compute-0", "eth0", "--column", "type") == ["ethernet"]


def test_processors_and_memory(shell: Shell) -> None:
    modified = shell("host-cpu-modify", "-f", "platform", "-p0", "2", "compute-0", "--format", "value",
                     "--column", "cpu", "--column", "allocated_function")  # fmt: skip
    assert modified.out.splitlines()[:3] == ["0 Platform", "1 Platform", "2 Application"]
    assert shell("host-cpu-modify", "-f", "platform", "compute-0").status == 1
    refused = shell("host-cpu-modify", "-f", "vswitch", "-p0", "1", "compute-0")
    assert refused.err.startswith("Host compute-0 has cores for Vswitch")
    assert column(shell, "host-cpu-show", "compute-0", "0", "--column", "thread") == ["0"]

    assert shell("host-memory-modify", "compute-0", "0", "-m", "2048", "-2M", "0", "-1G", "4").status == 0
    wanted = ("--column", "platform_reserved_mib", "--column", "vm_hugepages_nr_1G_pending")
    assert column(shell, "host-memory-list", "compute-0", *wanted) == ["2048 4"]
    assert shell("host-memory-show", "compute-0", "7").err.startswith("Processor not found: host compute-0 processor 7")
    assert column(shell, "host-node-list", "compute-0", "--column", "numa_node") == ["0"]
    assert column(shell, "host-device-list", "compute-0", "--column", "pciaddr") == ["0000:00:02.0"]
    assert len(column(shell, "host-device-list", "-a", "compute-0")) == 2


def test_service_parameters(shell: Shell) -> None:
    assert shell("service-parameter-add", "openstack", "helm", "endpoint_domain=example.com").status == 0
    misspelt = shell("service-parameter-add", "openstack", "helm", "endpoint_domian=example.com")
    assert misspelt.err.startswith("Section openstack helm has no parameter 'endpoint_domian': did you mean")
    changed = ("service-parameter-modify", "openstack", "helm", "endpoint_domain=example.org")
    assert column(shell, *changed, "--column", "value") == ["example.org"]
    uuid = column(shell, "service-parameter-list", "--service", "openstack", "--column", "uuid")[0]
    assert column(shell, "service-parameter-list", "--section", "config") == []
    assert column(shell, "service-parameter-show", uuid, "--column", "name") == ["endpoint_domain"]
    assert shell("service-parameter-apply", "openstack").out == "Applying openstack service parameters\n"
    assert shell("service-parameter-delete", uuid).out == f"Deleted service parameter: {uuid}\n"
