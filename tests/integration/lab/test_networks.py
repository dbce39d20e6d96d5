"""The hosts' two further networks, and who stands outside of the cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.ground.description import OUTSIDE_ROUTER, PROVIDER_NETWORK, Lab, Nic
from lab.machine import inside
from tests.integration.conftest import LabCommand

ON_PROVIDER = f"{PROVIDER_NETWORK}.120"


@pytest.fixture
def on_provider(lab: Lab) -> Iterator[str]:
    """An address that compute-0 has on the provider network for one test, as a floating address would be there."""
    host = lab.host("compute-0")
    inside.run(lab, host, ["ip", "address", "add", f"{ON_PROVIDER}/24", "dev", Nic.PROVIDER])
    yield ON_PROVIDER
    inside.run(lab, host, ["ip", "address", "delete", f"{ON_PROVIDER}/24", "dev", Nic.PROVIDER])


def client_reaches(lab: Lab, lab_command: LabCommand, address: str) -> bool:
    argv = ["busybox", "ping", "-c", "1", "-W", "3", address]
    return lab_command("exec", "client", "--name", lab.name, "--", *argv, check=False).returncode == 0


def test_hosts_reach_each_other_over_the_tunnel_network(lab: Lab) -> None:
    there = lab.host("compute-1").tunnel_address

    assert inside.run(lab, lab.host("compute-0"), ["busybox", "ping", "-c", "1", "-W", "3", "-I", Nic.TUNNEL, there])


def test_a_client_outside_reaches_what_is_on_the_provider_network_until_the_cable_is_pulled(
    lab: Lab, lab_command: LabCommand, on_provider: str
) -> None:
    assert client_reaches(lab, lab_command, OUTSIDE_ROUTER)
    assert client_reaches(lab, lab_command, on_provider)

    lab_command("cut", "compute-0", "--nic", "eth2", "--name", lab.name)
    try:
        assert not client_reaches(lab, lab_command, on_provider)
    finally:
        lab_command("mend", "compute-0", "--nic", "eth2", "--name", lab.name)
    assert client_reaches(lab, lab_command, on_provider)


def test_a_client_outside_reaches_the_hosts_services_by_the_router(lab: Lab, lab_command: LabCommand) -> None:
    script = f"exec 3<>/dev/tcp/{lab.active_controller.address}/6443"

    lab_command("exec", "client", "--name", lab.name, "--", "bash", "-c", script)
