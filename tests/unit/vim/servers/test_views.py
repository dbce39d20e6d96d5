"""How the cloud is looked at for the hosts that are left: as little as each needs, together where they are many."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from sturnus.core.errors import Unavailable
from sturnus.vim.servers.view import CloudView, Server, ServerStatus
from sturnus.vim.servers.views import FEW, Need, Views
from tests.builders import NOW
from tests.cloud_builders import a_cloud, a_compute, a_server
from tests.scripted_vim import ScriptedClock

pytestmark = pytest.mark.anyio

AGE = timedelta(seconds=0.1)
WEB = a_server("web")


@dataclass
class Nova:
    """Implements `vim.servers.ports.LookedAt`, and `Looks`."""

    clock: ScriptedClock
    known: list[Server] = field(default_factory=lambda: [WEB, a_server("far", host="compute-2")])
    asked: list[str] = field(default_factory=list)
    down: bool = False

    async def servers(self) -> "Nova":
        return self

    async def view(self) -> CloudView:
        self._hears("all")
        return replace(a_cloud(self.known, a_compute("compute-2")), taken=self.clock.now())

    async def here(self, hostname: str, others: Collection[str]) -> Sequence[Server]:
        self._hears(f"servers of {hostname}")
        return [each for each in self.known if each.host == hostname or each.uuid in others]

    async def view_of(self, hostname: str, others: Collection[str]) -> CloudView:
        self._hears(hostname)
        here = [each for each in self.known if each.host == hostname or each.uuid in others]
        return replace(a_cloud(here, a_compute("compute-2")), taken=self.clock.now())

    def _hears(self, what: str) -> None:
        self.asked.append(what)
        if self.down:
            raise Unavailable("Nova does not answer", expected="", remedy="")


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock(NOW)


@pytest.fixture
def nova(clock: ScriptedClock) -> Nova:
    return Nova(clock)


@pytest.fixture
def views(nova: Nova, clock: ScriptedClock) -> Views:
    return Views(nova, clock)


def need(hostname: str = "compute-1", servers: Collection[str] = (), changed: datetime = NOW) -> Need:
    return Need(hostname, frozenset(servers), changed - timedelta(seconds=1), AGE)


async def looks(views: Views, clock: ScriptedClock, *needs: Need) -> CloudView | None:
    """One after the other, a while apart."""
    view = None
    for each in needs:
        view = await views.of(each)
        clock.passes(seconds=0.2)
    return view


async def test_one_host_is_looked_at_by_itself(views: Views, nova: Nova, clock: ScriptedClock) -> None:
    view = await looks(views, clock, need())

    assert nova.asked == ["compute-1"]
    assert view is not None
    assert (list(view.servers), set(view.hosts)) == ([WEB], {"compute-1", "compute-2"})


async def test_while_servers_are_as_they_were_only_they_are_asked_for(
    views: Views, nova: Nova, clock: ScriptedClock
) -> None:
    view = await looks(views, clock, need(), need(), need())

    assert nova.asked == ["compute-1", "servers of compute-1", "servers of compute-1"]
    assert view is not None
    assert view.taken == NOW + timedelta(seconds=0.4)


async def test_a_server_that_has_left_has_taken_room_elsewhere(views: Views, nova: Nova, clock: ScriptedClock) -> None:
    moving = need(servers=[WEB.uuid])
    await looks(views, clock, moving)
    nova.known[0] = replace(WEB, host="compute-2")

    view = await looks(views, clock, moving)

    assert nova.asked == ["compute-1", "servers of compute-1", "compute-1"]
    assert view is not None
    assert [each.host for each in view.servers] == ["compute-2"]


@pytest.mark.parametrize("after", [0.5, 11], ids=["something was ordered", "ten seconds are over"])
async def test_room_is_asked_for_anew(views: Views, nova: Nova, clock: ScriptedClock, after: float) -> None:
    await looks(views, clock, need())
    clock.passes(seconds=after)

    await looks(views, clock, need(changed=NOW + timedelta(seconds=1.3)))

    assert nova.asked == ["compute-1", "compute-1"]


async def test_a_look_that_is_new_enough_is_used_again(views: Views, nova: Nova) -> None:
    first = await views.of(need())

    assert await views.of(need()) is first
    assert await views.of(need(servers=["uuid-of-far"])) is not first  # which it does not show


async def test_many_hosts_share_a_look_at_all(views: Views, nova: Nova) -> None:
    hosts = [need(f"compute-{number}") for number in range(FEW + 2)]

    found = await asyncio.gather(*map(views.of, hosts))

    assert nova.asked.count("all") == 1
    assert found[-1] is found[-2]
    assert found[-1] is not None
    assert len(found[-1].servers) == 2


async def test_hosts_that_are_left_no_more_do_not_count(views: Views, nova: Nova, clock: ScriptedClock) -> None:
    await asyncio.gather(*(views.of(need(f"compute-{number}")) for number in range(FEW + 2)))
    clock.passes(seconds=10)
    nova.asked.clear()

    await views.of(need(changed=clock.now()))

    assert nova.asked == ["compute-1"]


async def test_a_nova_that_does_not_answer_is_not_asked_again_at_once(
    views: Views, nova: Nova, clock: ScriptedClock
) -> None:
    nova.down = True
    for hostname in ("compute-1", "compute-2"):
        with pytest.raises(Unavailable, match="Nova does not answer"):
            await views.of(need(hostname))
    assert nova.asked == ["compute-1"]
    nova.down = False
    clock.passes(seconds=3)

    view = await views.of(need())

    assert view is not None
    assert view.servers[0].status is ServerStatus.ACTIVE
