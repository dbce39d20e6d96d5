"""The controllers' sockets, as hosts come and go. Loopback stands for both networks."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest

from lab.ground.description import Host, Lab, hosts_of
from lab.ground.power import PowerState
from lab.rack import credentials
from lab.rack.controllers import Racked
from lab.rack.listening import Address, ControllerListeners
from lab.rack.ports import PowerSwitch
from lab.rack.sockets import HereSockets, NamespaceSockets, listen


class Off:
    """Hosts without power."""

    def state(self, host: Host) -> PowerState:
        return PowerState.OFF

    def power_on(self, host: Host) -> None:
        raise NotImplementedError

    force_off = force_restart = graceful_shutdown = graceful_restart = power_on


class LabOnLoopback:
    """Opens 127.1.0.N for 172.31.77.N, at a port of the test's own."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.unknown: set[str] = set()

    async def stream(self) -> socket.socket:
        raise NotImplementedError

    async def listening(self, address: str, port: int) -> socket.socket:
        if address in self.unknown:
            raise OSError(99, "Cannot assign requested address")
        return listen(self.at(address), self.port)

    def at(self, address: str) -> str:
        return f"127.1.{0 if address.startswith('172.') else 1}.{address.rpartition('.')[2]}"


class Scene:
    """Listeners on two pretended networks, and a client that trusts the lab's authority."""

    def __init__(self, lab: Lab, tasks: asyncio.TaskGroup, power: PowerSwitch | None = None) -> None:
        self.network = LabOnLoopback()
        self.racked = Racked(power or Off())
        self.listeners = ControllerListeners(self.racked, tasks, in_the_lab=self.network, on_the_machine=self.network)
        self._lab = lab

    async def follow(self, lab: Lab) -> Mapping[Address, str]:
        failed = await self.listeners.follow(lab)
        # The real addresses are called nowhere here: what answers is known by the pretended ones.
        self.racked.controllers = {
            self.network.at(address): controller for address, controller in self.racked.controllers.items()
        }
        return failed

    async def get(self, host: Host, address: str, path: str) -> httpx2.Response:
        login = credentials.ensure(self._lab, host)
        context = ssl.create_default_context(cafile=str(self._lab.paths.secrets / "ca" / "ca.crt"))
        context.check_hostname = False  # it is the pretended address that is called
        async with httpx2.AsyncClient(verify=context, trust_env=False, auth=(login.user, login.password)) as client:
            return await client.get(f"https://{self.network.at(address)}:{self.network.port}{path}")

    async def systems(self, host: Host, address: str) -> list[str]:
        answer = (await self.get(host, address, "/redfish/v1/Systems")).raise_for_status().json()
        return [member["@odata.id"].rpartition("/")[2] for member in answer["Members"]]


def test_each_address_is_the_controller_of_one_host_with_a_password_of_its_own(small_lab: Lab) -> None:
    async def scenario() -> dict[str, list[str]]:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            scene = Scene(small_lab, tasks)
            assert await scene.follow(small_lab) == {}
            found = {
                address: await scene.systems(host, address)
                for host in small_lab.hosts
                for address in (host.bmc_address, small_lab.outside(host))
            }
            await scene.listeners.close()
            return found

    assert asyncio.run(scenario()) == {
        "172.31.77.110": ["controller-0"], "127.0.77.10": ["controller-0"],
        "172.31.77.120": ["compute-0"], "127.0.77.20": ["compute-0"],
        "172.31.77.121": ["compute-1"], "127.0.77.21": ["compute-1"],
    }  # fmt: skip
    passwords = {credentials.ensure(small_lab, host).password for host in small_lab.hosts}
    assert len(passwords) == 3


def test_a_host_that_is_added_gets_a_controller_and_one_that_is_removed_loses_it(small_lab: Lab) -> None:
    grown = small_lab.model_copy(update={"hosts": hosts_of(1, 3, controller_memory=2048, worker_memory=1024)})
    added = grown.host("compute-2")

    async def scenario() -> list[str]:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            scene = Scene(small_lab, tasks)
            await scene.follow(small_lab)
            await scene.follow(grown)
            seen = await scene.systems(added, added.bmc_address)
            assert await scene.systems(grown.host("compute-0"), grown.host("compute-0").bmc_address) == ["compute-0"]
            await scene.follow(small_lab)
            while True:  # the server that knew of it ends within a moment
                try:
                    await scene.systems(added, added.bmc_address)
                except httpx2.ConnectError:
                    break
                except httpx2.HTTPError:
                    continue
            await scene.listeners.close()
            return seen

    assert asyncio.run(scenario()) == ["compute-2"]


def test_an_address_that_is_not_there_is_named_and_the_others_answer(small_lab: Lab) -> None:
    missing, well = small_lab.host("compute-0"), small_lab.host("compute-1")

    async def scenario() -> Mapping[Address, str]:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            scene = Scene(small_lab, tasks)
            scene.network.unknown = {missing.bmc_address}
            failed = await scene.follow(small_lab)
            assert await scene.systems(well, well.bmc_address) == ["compute-1"]
            scene.network.unknown = set()
            assert await scene.follow(small_lab) == {}
            assert await scene.systems(missing, missing.bmc_address) == ["compute-0"]
            await scene.listeners.close()
            return failed

    assert asyncio.run(scenario()) == {
        ("172.31.77.120", 443): "Cannot assign requested address; see what listens there: ss -tlnp 'sport = :443'"
    }


def test_the_end_waits_for_no_call_that_hangs_and_its_client_gets_an_answer(
    small_lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    class Hanging(Off):
        def state(self, host: Host) -> PowerState:
            begun.set()
            may_end.wait(10)
            return PowerState.OFF

    async def scenario() -> int:
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            scene = Scene(small_lab, tasks, Hanging())
            await scene.follow(small_lab)
            host = small_lab.host("compute-0")
            answer = tasks.create_task(scene.get(host, host.bmc_address, "/redfish/v1/Systems/compute-0"))
            await asyncio.to_thread(begun.wait, 5)
            await scene.listeners.close()
            return (await answer).status_code

    status = asyncio.run(scenario())
    may_end.set()

    assert status == 503
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_namespace_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(NamespaceSockets.of(tmp_path / "none"))


def test_sockets_here_are_of_this_namespace() -> None:
    async def scenario() -> tuple[str, int]:
        with await HereSockets().listening("127.0.0.1", 0) as listening:
            address: tuple[str, int] = listening.getsockname()
            return address

    assert asyncio.run(scenario())[0] == "127.0.0.1"
