"""The rack's process, on switches without hosts: a namespace of the test's own. Needs root, and no lab."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sushy
from sushy.auth import BasicAuth

from lab.ground import records
from lab.ground.description import Lab, hosts_of
from lab.ground.errors import LabError
from lab.ground.processes import ProcessRecord
from lab.network import namespaces
from lab.network.switch import switch_file
from lab.rack import credentials, process
from lab.rack.sockets import NamespaceSockets
from tests.integration.lab.waiting import eventually

LOOPBACK = 250
"""Of 127.0.0.0/16; labs take theirs from 77 upwards."""


def described(workers: int) -> Lab:
    hosts = hosts_of(1, workers, controller_memory=2048, worker_memory=1024)
    return Lab(name="rack-test", loopback=LOOPBACK, hosts=hosts)


@pytest.fixture
def wired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A described lab with the addresses of its switch and of one host, and no rack yet."""
    if os.geteuid() != 0:
        pytest.fail("integration tests need root: sudo make integration")
    for name in ("STATE", "RUN", "CACHE"):
        monkeypatch.setenv(f"STURNUS_LAB_{name}", str(tmp_path / name))
    lab = described(workers=1)
    records.save(lab)
    addresses = {address for host in described(workers=2).hosts for address in (host.address, host.bmc_address)}
    namespaces.ensure(switch_file(lab))
    namespaces.configure(switch_file(lab), (f"address add {address}/32 dev lo" for address in addresses))
    yield lab
    process.stop(lab.paths)
    namespaces.remove(switch_file(lab))


@pytest.fixture
def inside(wired: Lab) -> Callable[[str, int], socket.socket]:
    """Listens in the switches' namespace, as a host would."""

    def listening(address: str, port: int) -> socket.socket:
        async def make() -> socket.socket:
            maker = await NamespaceSockets.of(switch_file(wired))
            made = await maker.listening(address, port)
            maker.close()
            made.settimeout(5)
            return made

        return asyncio.run(make())

    return listening


def rack(lab: Lab) -> ProcessRecord:
    record = ProcessRecord.read(process.record_file(lab.paths))
    assert record is not None
    assert record.alive
    return record


def power_of(lab: Lab, hostname: str) -> sushy.PowerState:
    host = lab.host(hostname)
    login = credentials.ensure(lab, host)
    root = sushy.Sushy(
        f"https://{lab.outside(host)}:{process.BMC_OUTSIDE_PORT}",
        auth=BasicAuth(login.user, login.password),
        verify=str(lab.paths.secrets / "ca" / "ca.crt"),
        server_side_retries=0,
    )
    state: sushy.PowerState = root.get_system(f"/redfish/v1/Systems/{hostname}").power_state
    return state


def test_started_twice_it_runs_once_and_stopped_twice_it_is_gone(wired: Lab) -> None:
    process.start(wired)
    first = rack(wired)
    process.start(wired)

    assert rack(wired) == first

    process.stop(wired.paths)
    process.stop(wired.paths)

    assert not first.alive
    assert not process.running(wired)


def test_it_relays_from_the_machine_into_the_lab(wired: Lab, inside: Callable[[str, int], socket.socket]) -> None:
    process.start(wired)
    controller = wired.active_controller

    with (
        inside(controller.address, 30001) as host,
        socket.create_connection((wired.outside(controller), 30001), 5) as client,
    ):
        arrived, _ = host.accept()
        with arrived:
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            assert arrived.makefile("rb").read() == b"hello"
            arrived.sendall(b"welcome")
        assert client.makefile("rb").read() == b"welcome"


def test_controllers_answer_on_the_machine_and_in_the_lab(wired: Lab) -> None:
    process.start(wired)

    assert power_of(wired, "compute-0") is sushy.PowerState.OFF

    async def hello_inside() -> bytes:
        maker = await NamespaceSockets.of(switch_file(wired))
        client = await maker.stream()
        maker.close()
        await asyncio.get_running_loop().sock_connect(client, (wired.host("compute-0").bmc_address, 443))
        trusted = ssl.create_default_context(cafile=str(wired.paths.secrets / "ca" / "ca.crt"))
        reader, writer = await asyncio.open_connection(
            sock=client, ssl=trusted, server_hostname=wired.host("compute-0").bmc_address
        )
        writer.write(b"GET /redfish/v1/ HTTP/1.0\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer

    assert b"200 OK" in asyncio.run(asyncio.wait_for(hello_inside(), 5))


def test_a_killed_rack_is_started_again_with_the_same_passwords_and_certificate(wired: Lab) -> None:
    process.start(wired)
    first = rack(wired)
    certificate = (wired.paths.secrets / "bmc-tls" / "tls.crt").read_bytes()
    password = credentials.ensure(wired, wired.host("compute-0")).password

    first.send(signal.SIGKILL)
    eventually(lambda: process.running(wired), lambda runs: not runs, 5)
    process.start(wired)

    assert rack(wired) != first
    assert (wired.paths.secrets / "bmc-tls" / "tls.crt").read_bytes() == certificate
    assert credentials.ensure(wired, wired.host("compute-0")).password == password
    assert power_of(wired, "compute-0") is sushy.PowerState.OFF


def test_a_host_that_is_added_is_served_by_the_same_process(wired: Lab) -> None:
    process.start(wired)
    first = rack(wired)
    grown = described(workers=2)
    records.save(grown)

    process.start(grown)

    assert rack(grown) == first
    assert power_of(grown, "compute-1") is sushy.PowerState.OFF
    assert power_of(grown, "compute-0") is sushy.PowerState.OFF


def test_a_description_that_cannot_be_read_changes_nothing(wired: Lab) -> None:
    process.start(wired)
    wired.paths.description.write_text("{")

    rack(wired).send(signal.SIGHUP)

    eventually(wired.paths.rack_log.read_text, lambda text: "cannot be followed" in text, 5)
    assert power_of(wired, "compute-0") is sushy.PowerState.OFF


def test_a_port_that_is_taken_is_named_and_opened_by_a_later_start(wired: Lab) -> None:
    address = wired.outside(wired.active_controller)
    with socket.create_server((address, 6443)):
        process.start(wired)

        assert process.not_served(wired) == (
            f"relay {address}:6443: Address already in use; see what listens there: ss -tlnp 'sport = :6443'",
        )
        assert power_of(wired, "compute-0") is sushy.PowerState.OFF

    process.start(wired)

    eventually(lambda: process.not_served(wired), lambda failed: failed == (), 5)


def test_a_rack_that_cannot_start_says_why_at_once(wired: Lab) -> None:
    namespaces.remove(switch_file(wired))
    began = time.monotonic()

    with pytest.raises(LabError, match=r"the rack cannot go on: .* No such file or directory"):
        process.start(wired)

    assert time.monotonic() - began < 5
    assert not process.running(wired)


def test_it_ends_within_a_second_with_clients_connected(
    wired: Lab, inside: Callable[[str, int], socket.socket]
) -> None:
    process.start(wired)
    record = rack(wired)
    controller = wired.active_controller

    with (
        inside(controller.address, 6443),
        socket.create_connection((wired.outside(controller), 6443), 5),
        socket.create_connection((wired.outside(controller), process.BMC_OUTSIDE_PORT), 5),
    ):
        began = time.monotonic()
        record.end(grace=timedelta(seconds=5))
        took = time.monotonic() - began

    assert took < 1
    assert "Traceback" not in wired.paths.rack_log.read_text()


def test_it_takes_all_open_files_that_it_may_have(wired: Lab) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        process.start(wired)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert process.not_served(wired) == ()
