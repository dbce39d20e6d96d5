"""What a user makes to have servers: networks, a router, an image, a flavor, a key; and two servers on two hosts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.openstack.cloud import Cloud

PROVIDER: Final = "172.31.79.0/24"
POOL: Final = ("172.31.79.100", "172.31.79.199")
GATEWAY: Final = "172.31.79.1"
SHELL: Final = str(Path(__file__).with_name("guest_shell.py"))

NETWORKS: Final = """
def have(kind, name, **asked):
    find, create = getattr(cloud.network, "find_" + kind), getattr(cloud.network, "create_" + kind)
    return find(name) or create(name=name, **asked)
outside = have("network", "outside", provider_network_type="flat", provider_physical_network=physnet,
               is_router_external=True, is_shared=True)
outside_subnet = have("subnet", "outside", network_id=outside.id, cidr=provider, ip_version=4, gateway_ip=gateway,
                      is_dhcp_enabled=False, allocation_pools=[{"start": pool[0], "end": pool[1]}])
inside = have("network", "inside")
inside_subnet = have("subnet", "inside", network_id=inside.id, cidr="10.10.0.0/24", ip_version=4)
router = have("router", "edge", external_gateway_info={"network_id": outside.id})
if not [port for port in cloud.network.ports(device_id=router.id, network_id=inside.id)]:
    cloud.network.add_interface_to_router(router, subnet_id=inside_subnet.id)
project = cloud.current_project_id
group = next(iter(cloud.network.security_groups(name="default", project_id=project)))
rules = cloud.network.security_group_rules(security_group_id=group.id)
there = {(rule.protocol, rule.remote_ip_prefix) for rule in rules}
for protocol in ("icmp", "tcp"):
    if (protocol, "0.0.0.0/0") not in there:
        cloud.network.create_security_group_rule(security_group_id=group.id, direction="ingress", ether_type="IPv4",
                                                 protocol=protocol, remote_ip_prefix="0.0.0.0/0")
answer = {"physical": physnet}
"""

REST: Final = """
if not cloud.compute.find_flavor("tiny"):
    cloud.compute.create_flavor(name="tiny", ram=160, vcpus=1, disk=1)
if not cloud.compute.find_keypair("mine"):
    cloud.compute.create_keypair(name="mine")
if not cloud.image.find_image("guest"):
    image = cloud.image.create_image(name="guest", filename="/usr/share/guest/guest.qcow2", disk_format="qcow2",
                                     container_format="bare", wait=True)
answer = cloud.image.find_image("guest").status
"""

BOOT: Final = """
found = cloud.compute.find_server(name)
if not found:
    image, flavor = cloud.image.find_image("guest"), cloud.compute.find_flavor("tiny")
    network = cloud.network.find_network("inside")
    began = time.monotonic()
    found = cloud.compute.create_server(name=name, image_id=image.id, flavor_id=flavor.id, key_name="mine",
                                        networks=[{"uuid": network.id}], availability_zone="nova:" + host)
    until(lambda: server(name), lambda now: now.status in ("ACTIVE", "ERROR"))
found = server(name)
assert found.status == "ACTIVE", (found.status, found.fault)
port = next(iter(cloud.network.ports(device_id=found.id)))
answer = {"id": found.id, "host": found.compute_host, "port": port.id, "inside": port.fixed_ips[0]["ip_address"]}
"""

ADDRESS: Final = """
floating = next(iter(cloud.network.ips(port_id=port)), None)
if floating is None:
    outside = cloud.network.find_network("outside")
    floating = cloud.network.create_ip(floating_network_id=outside.id, port_id=port)
answer = floating.floating_ip_address
"""


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    name: str
    id: str
    host: str
    inside: str
    floating: str  # empty: it has none


def has_booted(console: str) -> bool:
    """It says so once, and its uptime ever after: of one that runs for long the end of the log shows only that."""
    return "GUEST READY" in console or "\ntick " in console


@dataclass(frozen=True)
class User:
    """Who has servers in the cloud, and a machine outside of it."""

    cloud: Cloud
    lab_command: LabCommand

    def networks(self) -> None:
        """Have a provider network, one of his own, and a router between them."""
        self.cloud.run(NETWORKS, physnet="physnet0", provider=PROVIDER, pool=POOL, gateway=GATEWAY)

    def rest(self) -> None:
        """Have an image, a flavor and a key."""
        assert self.cloud.run(REST) == "active"

    def boot(self, name: str, host: str) -> Server:
        """Have a server on a host, with a floating address, that has booted."""
        made = self.cloud.run(BOOT, name=name, host=host)
        floating = self.cloud.run(ADDRESS, port=made["port"])
        eventually(lambda: self.cloud.console(name), has_booted, 240)
        return Server(name, made["id"], made["host"], made["inside"], floating)

    def boot_inside(self, name: str, host: str) -> Server:
        """The same without a floating address: it reaches the outside by its router's gateway only."""
        made = self.cloud.run(BOOT, name=name, host=host)
        eventually(lambda: self.cloud.console(name), has_booted, 240)
        return Server(name, made["id"], made["host"], made["inside"], "")

    def outside(self, *command: str, check: bool = True) -> str:
        """What a command says on the machine outside of the cloud, on its provider network."""
        done = self.lab_command("exec", "--name", self.cloud.lab.name, "client", "--", *command, check=False)
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return str(done.stdout)

    def inside(self, server: Server, command: str) -> str:
        """What a command says in a server, by the shell that it serves at its floating address: by TCP, that is."""
        return self.outside(sys.executable, SHELL, server.floating, command)

    def behind(self, server: Server, other: Server, command: str) -> str:
        """What a command says in a server without a floating address, by way of the shell of another one."""
        quoted = f"{command}; exit".replace("'", "'\\''")
        return self.inside(other, f"echo '{quoted}' | nc -w 30 {server.inside} 2323")

    def uptime(self, server: Server) -> float:
        """Seconds since a server booted: a number that falls is a reboot."""
        return float(self.inside(server, "cat /proc/uptime").split()[0])
