"""Servers outlive the pods of their host, and the cloud outlives each of its parts."""

from __future__ import annotations

import time

import pytest

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.openstack.connection import held
from tests.integration.openstack.servers import Server, User

HOST = "compute-1"
OF_A_HOST = ("libvirt", "nova-compute", "ovs", "ovn-controller")


def qemu(lab_command: LabCommand, lab: Lab) -> str:
    """The QEMU processes of a host, with when each began."""
    own = "grep -sqa ^/usr/bin/qemu-system $p/cmdline"
    script = f"for p in /proc/[0-9]*; do {own} && cut -d' ' -f1,22 $p/stat; done; true"
    return str(lab_command("exec", "--name", lab.name, HOST, "--", "sh", "-c", script).stdout)


def test_a_server_survives_every_pod_of_its_host(
    user: User, servers: tuple[Server, Server], lab: Lab, lab_command: LabCommand
) -> None:
    two = next(each for each in servers if each.name == "two")
    cloud = user.cloud
    before = qemu(lab_command, lab)
    assert before

    with held(user, two) as connection:
        field = f"spec.nodeName={HOST}"
        gone = cloud.kubectl("delete", "pods", "--field-selector", field, "--wait=true").count("deleted")
        cloud.kubectl("wait", "pods", "--field-selector", field, "--for=condition=Ready", "--timeout=240s")

    print(f"{gone} pods deleted, longest silence {connection.longest_silence} s")
    assert gone >= len(OF_A_HOST)
    assert qemu(lab_command, lab) == before
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
                token = cloud.authorize()
                up = all(each.state == "up" for each in cloud.compute.services())
                cloud.compute.reboot_server(server(name), "SOFT")
                return up
            except Exception as error:
                return str(error)
        until(usable, lambda now: now is True, 240)
        """,
        name=servers[0].name,
    )

    print(f"{what} was killed: the cloud could be used again after {time.monotonic() - began:.1f} s")
    assert cloud.run("answer = server(name).status", name=servers[0].name) in {"ACTIVE", "REBOOT"}
