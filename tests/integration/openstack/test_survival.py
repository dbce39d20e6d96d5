"""Servers outlive the pods of their host, and the cloud outlives each of its parts."""

from __future__ import annotations

import time

import pytest

from tests.integration.openstack.connection import held
from tests.integration.openstack.servers import Server, User

HOST = "compute-1"
OF_A_HOST = ("libvirt", "nova-compute", "openvswitch", "ovn-controller")
CARRIERS = {"libvirt": "libvirt", "nova-compute": "nova", "openvswitch": "ovn", "ovn-controller": "ovn"}
"""DaemonSet → the chart that it is of."""
REQUESTS = {
    "libvirt": "libvirt", "nova-compute": "compute", "openvswitch": "openvswitch", "ovn-controller": "ovn_controller",
}  # fmt: skip
"""DaemonSet → whose requests of processor time, in its chart's values, are a part of its template."""


@pytest.fixture
def two(servers: tuple[Server, Server]) -> Server:
    """The server that nobody moves: it runs on `HOST`."""
    return next(each for each in servers if each.name == "two")


def qemu(user: User) -> str:
    """The QEMU processes of the host, with when each began."""
    own = "grep -sqa ^/usr/bin/qemu-system $p/cmdline"
    script = f"for p in /proc/[0-9]*; do {own} && cut -d' ' -f1,22 $p/stat; done; true"
    return str(user.lab_command("exec", "--name", user.cloud.lab.name, HOST, "--", "sh", "-c", script).stdout)


def test_a_server_survives_every_pod_of_its_host(user: User, two: Server) -> None:
    cloud, before = user.cloud, qemu(user)
    assert before

    with held(user, two) as connection:
        field = f"spec.nodeName={HOST}"
        gone = cloud.kubectl("delete", "pods", "--field-selector", field, "--wait=true").count("deleted")
        cloud.kubectl("wait", "pods", "--field-selector", field, "--for=condition=Ready", "--timeout=240s")

    print(f"{gone} pods deleted, {connection}")
    assert gone >= len(OF_A_HOST)
    assert qemu(user) == before
    assert connection.longest_silence < 10


@pytest.mark.parametrize("daemonset", CARRIERS)
def test_a_server_survives_a_new_template_of_what_carries_it(user: User, two: Server, daemonset: str) -> None:
    cloud, before = user.cloud, qemu(user)
    pods = {name for name in cloud.pods() if name.startswith(daemonset)}

    change = f"pod.resources.{REQUESTS[daemonset]}.requests.cpu=15m"
    chart = CARRIERS[daemonset]
    cloud.system("helm-override-update", "openstack", chart, "openstack", "--reuse-values", "--set", change)
    with held(user, two) as connection:
        cloud.install()

    print(f"{daemonset} replaced, {connection}")
    assert not pods & cloud.pods().keys()
    assert qemu(user) == before
    assert connection.longest_silence < 10


@pytest.mark.parametrize(("pod", "what"), [("mariadb-server-0", "the database"), ("rabbitmq-0", "the message queue")])
def test_the_cloud_recovers_by_itself(user: User, servers: tuple[Server, Server], pod: str, what: str) -> None:
    cloud = user.cloud

    cloud.kubectl("delete", "pod", pod, "--grace-period=0", "--force")
    began = time.monotonic()
    cloud.run(
        """
        def usable():
            try:
                cloud.authorize()
                up = all(each.state == "up" for each in cloud.compute.services())
                cloud.compute.reboot_server(server(name), "HARD")  # a soft one waits for the guest, up to two minutes
                return up
            except Exception as error:
                return str(error)
        until(usable, lambda now: now is True, 240)
        until(lambda: server(name), lambda now: now.status == "ACTIVE")
        """,
        name=servers[0].name,
    )

    print(f"{what} was killed: the cloud could be used again after {time.monotonic() - began:.1f} s")
    assert user.uptime(servers[0]) > 0


def test_a_host_that_lost_its_power_comes_back_with_its_servers(user: User, two: Server) -> None:
    cloud, lab = user.cloud, user.cloud.lab.name

    user.lab_command("power", "--name", lab, "off", HOST)
    cloud.run("until(lambda: state(host), lambda now: now == 'down')", host=HOST)
    user.lab_command("power", "--name", lab, "on", HOST)
    began = time.monotonic()
    cloud.run("until(lambda: state(host), lambda now: now == 'up')", host=HOST)
    up = time.monotonic() - began
    cloud.run(
        """
        names = [each.name for each in cloud.compute.servers(all_projects=True, host=host)]
        until(lambda: {server(name).status for name in names}, lambda now: now == {"SHUTOFF"})
        for name in names:
            cloud.compute.start_server(server(name))
        until(lambda: {server(name).status for name in names}, lambda now: now == {"ACTIVE"})
        """,
        host=HOST,
    )
    uptime = user.uptime(two)

    print(f"nova-compute was up {up:.1f} s after the power, the server spoke {time.monotonic() - began:.1f} s after it")
    assert uptime < time.monotonic() - began
