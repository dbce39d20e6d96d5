"""Watches at the HTTP edge: an API server that is told what to answer, and what becomes of the picture."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx2
import pytest

from sturnus.core.errors import Forbidden, Unavailable
from sturnus.kubernetes import workloads
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.snapshot import Snapshot, Watched
from sturnus.kubernetes.workloads import ClusterWatch, NamespaceWatch

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workloads, "PAUSE", 0.001)
    monkeypatch.setattr(workloads, "LONGEST_PAUSE", 0.001)


def pod(name: str, version: int, **more: Any) -> Json:
    return {"metadata": {"name": name, "resourceVersion": str(version), "managedFields": [{}]}, **more}


class Server:
    """Pods of namespace openstack: lists and watch streams, one after the other. Other kinds have none."""

    def __init__(self) -> None:
        self.lists: list[list[Json]] = []
        self.streams: list[list[Json] | int] = []  # events, or an HTTP status
        self.asked: list[dict[str, str]] = []

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        parameters = dict(request.url.params)
        pods = request.url.path.endswith("/pods")
        if "watch" not in parameters:
            items = self.lists.pop(0) if pods and self.lists else []
            return httpx2.Response(200, json={"metadata": {"resourceVersion": "10"}, "items": items})
        if not pods:
            return httpx2.Response(200, content=silence([]))
        self.asked.append(parameters)
        if not self.streams:
            return httpx2.Response(200, content=silence([]))
        events = self.streams.pop(0)
        if isinstance(events, int):
            return httpx2.Response(events, json={"message": "no"})
        return httpx2.Response(200, content=b"".join(line(event) for event in events))


def line(event: Json) -> bytes:
    return json.dumps(event).encode() + b"\n"


async def silence(events: list[Json]) -> AsyncIterator[bytes]:
    for event in events:
        yield line(event)
    await asyncio.Event().wait()


def connection(answer: Callable[[httpx2.Request], Coroutine[None, None, httpx2.Response]]) -> Connection:
    return Connection(httpx2.AsyncClient(base_url="http://cluster.example", transport=httpx2.MockTransport(answer)))


async def seen(view: NamespaceWatch, fact: Callable[[Snapshot], bool]) -> Snapshot:
    snapshot = view.snapshot()
    async with asyncio.timeout(30):
        while not fact(snapshot):
            snapshot = await view.after(snapshot)
    return snapshot


def names(snapshot: Snapshot) -> set[str]:
    return set(snapshot.of(Watched.POD))


async def watched(server: Server, fact: Callable[[Snapshot], bool]) -> Snapshot:
    async with connection(server.answer) as connected, ClusterWatch(connected) as cluster:
        return await seen(cluster.namespace("openstack"), fact)


async def test_a_list_comes_first_and_changes_follow_from_its_version() -> None:
    server = Server()
    server.lists = [[pod("a", 1), pod("b", 2)]]
    server.streams = [[{"type": "DELETED", "object": pod("a", 11)}, {"type": "ADDED", "object": pod("c", 12)}]]

    snapshot = await watched(server, lambda snapshot: names(snapshot) == {"b", "c"})

    assert server.asked[0]["resourceVersion"] == "10"
    assert "managedFields" not in snapshot.of(Watched.POD)["c"]["metadata"]


async def test_a_watch_that_ends_goes_on_where_it_was() -> None:
    server = Server()
    bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "25"}}}
    server.streams = [[bookmark], [{"type": "ADDED", "object": pod("a", 26)}]]

    await watched(server, lambda snapshot: names(snapshot) == {"a"})

    assert [one["resourceVersion"] for one in server.asked[:2]] == ["10", "25"]


@pytest.mark.parametrize(
    "gone",
    [410, [{"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}]],
    ids=["answer", "event"],
)
async def test_a_version_that_is_too_old_is_listed_anew_and_what_went_meanwhile_is_gone(gone: list[Json] | int) -> None:
    server = Server()
    server.lists = [[pod("a", 1)], [pod("b", 2)]]
    server.streams = [gone]

    await watched(server, lambda snapshot: names(snapshot) == {"b"})


async def test_a_server_that_is_away_makes_the_picture_blind_and_not_empty() -> None:
    server = Server()
    server.lists = [[pod("a", 1)]]
    server.streams = [503]

    async with connection(server.answer) as connected, ClusterWatch(connected) as cluster:
        view = cluster.namespace("openstack")
        blind = await seen(view, lambda snapshot: snapshot.blind is not None)
        assert (names(blind), blind.blind) == ({"a"}, "Kubernetes does not answer: no")
        server.streams = [[{"type": "ADDED", "object": pod("b", 11)}]]
        back = await seen(view, lambda snapshot: "b" in names(snapshot))

    assert (names(back), back.blind) == ({"a", "b"}, None)


async def test_a_server_that_is_back_is_known_to_be_back_before_anything_changes() -> None:
    server = Server()
    server.lists = [[pod("a", 1)]]
    server.streams = [503]

    async with connection(server.answer) as connected, ClusterWatch(connected) as cluster:
        view = cluster.namespace("openstack")
        await seen(view, lambda snapshot: snapshot.blind is not None)
        back = await seen(view, lambda snapshot: snapshot.blind is None)

    assert names(back) == {"a"}


async def test_one_watch_a_kind_serves_all_who_look() -> None:
    server = Server()
    async with connection(server.answer) as connected, ClusterWatch(connected) as cluster:
        views = {cluster.namespace("openstack") for _ in range(30)}
        await views.pop().listed()
        await asyncio.sleep(0)

    assert len(server.asked) <= 1


async def test_what_the_caller_raises_passes_as_it_is() -> None:
    async with connection(Server().answer) as connected:
        with pytest.raises(LookupError, match="mine"):  # noqa: PT012 -- what is raised in the body is the point
            async with ClusterWatch(connected) as cluster:
                await cluster.namespace("openstack").listed()
                raise LookupError("mine")


async def test_a_defect_in_a_watch_ends_whoever_looks() -> None:
    async def defect(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"no": "metadata"})

    async with connection(defect) as connected:
        with pytest.raises(ExceptionGroup) as ended:
            async with ClusterWatch(connected) as cluster:
                await cluster.namespace("openstack").listed()

    assert ended.group_contains(KeyError)


async def test_a_line_that_breaks_off_is_no_defect() -> None:
    server = Server()
    server.lists = [[pod("a", 1)]]

    async def answer(request: httpx2.Request) -> httpx2.Response:
        if "watch" in request.url.params and not server.asked:
            server.asked.append({})
            return httpx2.Response(200, content=b'{"type": "ADDED", "obj')
        return await server.answer(request)

    async with connection(answer) as connected, ClusterWatch(connected) as cluster:
        snapshot = await seen(cluster.namespace("openstack"), lambda snapshot: names(snapshot) == {"a"})

    assert names(snapshot) == {"a"}


async def test_who_is_forbidden_while_the_api_server_starts_is_told_that_it_starts() -> None:
    async def starting(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(500 if request.url.path == "/readyz" else 403, json={"message": "forbidden"})

    async with connection(starting) as connected:
        with pytest.raises(Unavailable, match="the API server is starting"):
            await connected.get("api/v1/nodes")


async def test_who_is_forbidden_by_one_that_is_ready_is_forbidden() -> None:
    async def ready(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200 if request.url.path == "/readyz" else 403, json={"message": "nodes is forbidden"})

    async with connection(ready) as connected:
        with pytest.raises(Forbidden, match="nodes is forbidden"):
            await connected.get("api/v1/nodes")


async def test_a_value_that_is_refused_is_not_repeated() -> None:
    async def refuse(_: httpx2.Request) -> httpx2.Response:
        message = 'Secret "a" is invalid: data[p]: Invalid value: "open sesame": not base64'
        return httpx2.Response(422, json={"message": message})

    async with connection(refuse) as connected:
        with pytest.raises(Exception, match="invalid value: not base64") as refused:
            await connected.patch("api/v1/x", {}, {}, media_type="x")

    assert "sesame" not in str(refused.value)
