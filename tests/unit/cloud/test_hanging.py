"""A Keystone or a Nova that hangs costs ten hosts what it costs one: they wait for the same attempt, and hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sturnus.cloud.access import DEADLINE, Access
from sturnus.cloud.compute_services import ComputeServices
from sturnus.cloud.network_agents import NetworkAgents
from sturnus.cloud.session import KEYSTONE, NOVA
from sturnus.core.attempts import PAUSE
from sturnus.core.errors import Unavailable
from sturnus.kubernetes.service_proxy import Address, Answer
from sturnus.vim.facts import ServiceState
from tests import virtual_time
from tests.unit.cloud.scripted_services import REQUEST_ID, Clock, ScriptedServices, a_login

HOSTS = [f"compute-{number}" for number in range(10)]


@dataclass
class Hanging(ScriptedServices):
    """One service says nothing until its deadline."""

    hangs: str = ""

    async def ask(self, method: str, to: Address, path: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        if to.service == self.hangs:
            await asyncio.sleep(DEADLINE)
            raise Unavailable(f"{to.service} does not answer", expected="", remedy="")
        return await super().ask(method, to, path, headers, body)


@dataclass
class Cloud:
    """Hosts that look at their services, all at the same time."""

    services: Hanging
    access: Access

    def __post_init__(self) -> None:
        self.kinds = ComputeServices(self.access), NetworkAgents(self.access)

    async def looked_at(self) -> list[ServiceState | BaseException]:
        looks = (kind.look(host) for host in HOSTS for kind in self.kinds)
        return await asyncio.gather(*looks, return_exceptions=True)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    async def at_once(function: Callable[[], Any]) -> Any:
        return function()

    monkeypatch.setattr(asyncio, "to_thread", at_once)  # virtual time knows no threads
    (tmp_path / "password").write_text("right")
    services = Hanging(
        {"GET /v2.1/os-services": {"services": []}, "GET /v2.0/agents": {"agents": []}}, hangs=KEYSTONE.service
    )
    login = a_login(tmp_path / "password")
    return Cloud(services, Access(services, login, KEYSTONE, Clock(), lambda: REQUEST_ID))


@pytest.mark.parametrize("hangs", [KEYSTONE, NOVA], ids=["Keystone", "Nova"])
def test_ten_hosts_take_no_longer_than_one_and_all_hear_why(cloud: Cloud, hangs: Address) -> None:
    cloud.services.hangs = hangs.service

    async def story() -> tuple[list[str], float]:
        found = await cloud.looked_at()
        said = [str(each) for each in found if isinstance(each, Unavailable)]
        return said, asyncio.get_running_loop().time()

    said, took = virtual_time.run(story())

    assert set(said) == {f"{hangs.service} does not answer"}
    assert len(said) == (20 if hangs == KEYSTONE else 10)
    assert took == DEADLINE


def test_who_asks_after_a_pause_is_answered_again(cloud: Cloud) -> None:
    async def story() -> set[ServiceState | BaseException]:
        await cloud.looked_at()
        cloud.services.hangs = ""
        assert all(isinstance(each, Unavailable) for each in await cloud.looked_at())
        await asyncio.sleep(PAUSE)
        return set(await cloud.looked_at())

    assert virtual_time.run(story()) == {ServiceState.ABSENT}
