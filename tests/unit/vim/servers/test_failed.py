"""Servers in ERROR are alarms, for as long as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from sturnus.core.errors import Unavailable
from sturnus.vim.alarms import Alarms
from sturnus.vim.ports import Alarm
from sturnus.vim.servers.failed import MOST, FailedServers
from sturnus.vim.servers.view import Server, ServerStatus
from tests.cloud_builders import a_server
from tests.scripted_cloud import RecordedFaults

pytestmark = pytest.mark.anyio

ENTITY = "tenant=demo.instance=uuid-of-web"


def broken(name: str = "web", host: str | None = "compute-0", fault: str | None = "disk is gone") -> Server:
    return a_server(name, host, status=ServerStatus.ERROR, fault=fault)


@dataclass
class Nova:
    """Implements what is asked of `Cloud` and `Servers` here."""

    known: list[Server] = field(default_factory=list)
    asked: int = 0
    down: bool = False

    async def servers(self) -> Nova:
        return self

    async def failed(self) -> Sequence[Server]:
        self.asked += 1
        if self.down:
            raise Unavailable("Nova does not answer", expected="", remedy="")
        return self.known


@pytest.fixture
def faults() -> RecordedFaults:
    return RecordedFaults()


async def look(nova: Nova, faults: RecordedFaults, *, are_there: bool = True) -> None:
    """As a process does that knows nothing from before."""
    await FailedServers(nova, Alarms(faults)).look(await faults.active(), are_there)


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (broken(), "server web failed on compute-0: disk is gone"),
        (broken(host=None), "server web failed before it came to a host: disk is gone"),
        (broken(fault=None), "server web failed on compute-0: Nova does not say why"),
    ],
)
async def test_a_server_in_error_is_an_alarm_that_says_where_and_why(
    faults: RecordedFaults, server: Server, reason: str
) -> None:
    await look(Nova([server]), faults)

    assert faults.raised == {(Alarm.SERVER_FAILED, ENTITY): reason}


async def test_it_ends_when_the_server_is_well_or_gone_also_in_a_new_process(faults: RecordedFaults) -> None:
    await look(Nova([broken(), broken("db")]), faults)

    await look(Nova([broken("db")]), faults)

    assert [entity for _, entity in faults.raised] == ["tenant=demo.instance=uuid-of-db"]


async def test_alarms_of_others_stay(faults: RecordedFaults) -> None:
    await faults.raise_(Alarm.HOST_FAILED, "host=compute-0", "gone")

    await look(Nova(), faults)

    assert faults.ids == {Alarm.HOST_FAILED}


async def test_nobody_is_asked_while_no_host_has_services_and_what_was_told_is_over(faults: RecordedFaults) -> None:
    nova = Nova([broken()])
    await look(nova, faults)

    await look(nova, faults, are_there=False)

    assert (faults.raised, nova.asked) == ({}, 1)


async def test_a_silent_nova_changes_nothing(faults: RecordedFaults) -> None:
    await look(Nova([broken()]), faults)

    await look(Nova(down=True), faults)

    assert faults.ids == {Alarm.SERVER_FAILED}


async def test_so_many_are_told_of_and_no_more(faults: RecordedFaults) -> None:
    await look(Nova([broken(f"web-{number}") for number in range(MOST + 5)]), faults)

    assert len(faults.raised) == MOST
