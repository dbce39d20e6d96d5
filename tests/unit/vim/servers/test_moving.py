"""Where the servers of a host are: orders and a look at the cloud in, what is to be done next out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sturnus.vim.servers.findings import Next, find, find_start
from sturnus.vim.servers.leaving import Way
from sturnus.vim.servers.moving import Leave, situation_of
from sturnus.vim.servers.orders import UNHEARD, Order, Outcome
from sturnus.vim.servers.planner import Moves, Reason
from sturnus.vim.servers.view import CloudView, Server, ServerStatus
from tests.builders import NOW
from tests.cloud_builders import a_cloud, a_compute, a_server

S = ServerStatus
HOSTS = {"compute-1": frozenset[str](), "compute-2": frozenset[str]()}


def an_order(way: Way = Way.LIVE, name: str = "web", **changes: Any) -> Order:
    values: dict[str, Any] = {
        "number": 1, "server": f"uuid-of-{name}", "name": name, "hostname": "compute-1", "way": way,
        "target": "compute-2", "memory_mib": 1024, "ordered": NOW, "answered": NOW, "ended": None, "outcome": None,
        "why": None,
    }  # fmt: skip
    return Order(**values | changes)


def situation(reason: Reason, servers: list[Server], *orders: Order, dead: bool = False) -> Any:
    own = a_compute("compute-1", up=not dead, forced_down=dead)
    view = a_cloud(servers, own, a_compute("compute-2"))
    return situation_of(view, Leave("compute-1", reason, NOW, NOW), orders, HOSTS, Moves())


@pytest.mark.parametrize(
    ("way", "server", "after", "next_", "outcome"),
    [
        (Way.LIVE, a_server(host="compute-2"), 9, Next.END, Outcome.DONE),
        (Way.LIVE, a_server(status=S.MIGRATING, task="migrating"), 9, Next.WAIT, None),
        (Way.LIVE, a_server(status=S.MIGRATING, task="migrating"), 801, Next.ABORT, None),
        (
            Way.LIVE,
            a_server(status=S.MIGRATING, task="migrating", metadata={"live_migration_timeout": "10"}),
            121,
            Next.ABORT,
            None,
        ),
        (Way.LIVE, a_server(status=S.MIGRATING, task="migrating"), 921, Next.ABORT, Outcome.FAILED),
        (Way.LIVE, a_server(), 9, Next.END, Outcome.FAILED),
        (Way.COLD, a_server(host="compute-2", status=S.VERIFY_RESIZE), 9, Next.CONFIRM, None),
        (Way.COLD, a_server(host="compute-2", status=S.VERIFY_RESIZE), 961, Next.CONFIRM, None),
        (Way.COLD, a_server(host="compute-2", status=S.VERIFY_RESIZE), 1081, Next.CONFIRM, Outcome.DONE),
        (Way.COLD, a_server(host="compute-2"), 9, Next.END, Outcome.DONE),
        (Way.COLD, a_server(status=S.RESIZE, task="resize_prep"), 961, Next.END, Outcome.FAILED),
        (Way.STOP, a_server(status=S.SHUTOFF), 9, Next.END, Outcome.STOPPED),
        (Way.STOP, a_server(task="powering-off"), 9, Next.WAIT, None),
        (Way.STOP, a_server(), 9, Next.END, Outcome.FAILED),
        (Way.EVACUATE, a_server(host="compute-2"), 9, Next.END, Outcome.DONE),
        (Way.EVACUATE, a_server(status=S.REBUILD, task="rebuilding"), 9, Next.WAIT, None),
        (Way.EVACUATE, a_server(host="compute-2", status=S.ERROR), 9, Next.END, Outcome.FAILED),
        (Way.EVACUATE, a_server(), 9, Next.VERIFY, Outcome.FAILED),
        (Way.EVACUATE, a_server(status=S.ERROR), 9, Next.VERIFY, Outcome.FAILED),
        (Way.EVACUATE, a_server(), 961, Next.END, Outcome.FAILED),
        (Way.EVACUATE, None, 9, Next.END, Outcome.GONE),
        (Way.LIVE, a_server(status=S.DELETED), 9, Next.END, Outcome.GONE),
    ],
)
def test_what_a_look_shows_of_an_order(
    way: Way, server: Server | None, after: float, next_: Next, outcome: Outcome | None
) -> None:
    then = NOW + timedelta(seconds=after)

    found = find(an_order(way), server, then, then)

    assert (found.next, found.outcome) == (next_, outcome)


@pytest.mark.parametrize(
    ("taken", "next_", "outcome"),
    [(NOW, Next.WAIT, None), (NOW + UNHEARD, Next.END, Outcome.UNHEARD)],
    ids=["a look from before it took effect", "a look that would show it"],
)
def test_an_order_without_an_answer(taken: datetime, next_: Next, outcome: Outcome | None) -> None:
    found = find(an_order(answered=None), a_server(), taken, taken)

    assert (found.next, found.outcome) == (next_, outcome)


@pytest.mark.parametrize(
    ("server", "outcome", "after", "next_", "becomes"),
    [
        (a_server(status=S.SHUTOFF), Outcome.STOPPED, 9, Next.START, None),
        (a_server(status=S.SHUTOFF, task="powering-on"), Outcome.STOPPED, 9, Next.WAIT, None),
        (a_server(status=S.SHUTOFF), Outcome.STARTING, 9, Next.WAIT, None),
        (a_server(status=S.SHUTOFF), Outcome.STARTING, 121, Next.END, Outcome.NOT_STARTED),
        (a_server(), Outcome.STOPPED, 9, Next.END, Outcome.STARTED),
        (a_server(host="compute-2"), Outcome.STOPPED, 9, Next.END, Outcome.GONE),
        (None, Outcome.STOPPED, 9, Next.END, Outcome.GONE),
    ],
)
def test_what_a_look_shows_of_a_server_that_was_stopped(
    server: Server | None, outcome: Outcome, after: float, next_: Next, becomes: Outcome | None
) -> None:
    then = NOW + timedelta(seconds=after)

    found = find_start(an_order(Way.STOP, ended=NOW, outcome=outcome), server, then, then)

    assert (found.next, found.outcome) == (next_, becomes)


def test_a_server_that_is_being_deleted_keeps_no_lock_from_going_through() -> None:
    found = situation(Reason.LOCK, [a_server(task="deleting")])

    assert found.is_settled
    assert found.cannot == ()


def test_a_server_that_does_not_run_where_it_was_started_elsewhere_is_named() -> None:
    lost = a_server("db", "compute-2", status=S.ERROR)
    order = an_order(Way.EVACUATE, "db", ended=NOW, outcome=Outcome.FAILED, why="failed on compute-2: ERROR")

    found = situation(Reason.FAILURE, [lost], order, dead=True)

    assert found.is_settled
    assert found.obstacles == "cannot move: db because it failed on compute-2: ERROR"


def test_the_second_time_nova_chooses_the_host() -> None:
    then = NOW - timedelta(minutes=1)
    order = an_order(Way.EVACUATE, ended=then, outcome=Outcome.FAILED, why="was refused")
    view: CloudView = a_cloud([a_server()], a_compute("compute-1", up=False, forced_down=True), a_compute("compute-2"))
    leave = Leave("compute-1", Reason.FAILURE, then - timedelta(minutes=2), NOW)

    first = situation_of(view, leave, (), HOSTS, Moves())
    second = situation_of(view, leave, (order,), HOSTS, Moves())

    assert [each.target for each in first.to_order] == ["compute-2"]
    assert [each.target for each in second.to_order] == [None]
