"""At the HTTP edge: what is sent to the API server, and what is made of its answers."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from lightkube import AsyncClient
from lightkube.config.kubeconfig import KubeConfig
from lightkube.config.models import Cluster, User

from sturnus.core.errors import Unavailable
from sturnus.kubernetes.node import Node, NodeChange
from sturnus.kubernetes.nodes import ClusterNodes

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def cluster(answer: Callable[[httpx2.Request], Any]) -> ClusterNodes:
    config = KubeConfig.from_one(
        cluster=Cluster(server="http://cluster.example"), user=User(token="t"), context_name="c"
    )
    return ClusterNodes(AsyncClient(config, transport=httpx2.MockTransport(answer), trust_env=False))


def node(name: str, labels: dict[str, str]) -> dict[str, object]:
    return {"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}}


def status(code: int, message: str) -> httpx2.Response:
    return httpx2.Response(code, json={"kind": "Status", "apiVersion": "v1", "code": code, "message": message})


async def test_a_node_is_read() -> None:
    nodes = cluster(lambda _: httpx2.Response(200, json=node("compute-0", {"rack": "r1"})))

    assert await nodes.get("compute-0") == Node("compute-0", {"rack": "r1"}, {})


async def test_a_node_that_is_not_there_is_none() -> None:
    nodes = cluster(lambda _: status(404, 'nodes "compute-0" not found'))

    assert await nodes.get("compute-0") is None
    await nodes.patch("compute-0", NodeChange({"rack": "r1"}, {}))


async def test_a_change_is_one_merge_patch() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=node("compute-0", {}))

    await cluster(answer).patch("compute-0", NodeChange({"rack": "r1", "old": None}, {"sturnus.io/labels": "rack"}))

    (request,) = seen
    assert request.method == "PATCH"
    assert request.url.path == "/api/v1/nodes/compute-0"
    assert request.headers["Content-Type"] == "application/merge-patch+json"
    assert json.loads(request.content) == {
        "metadata": {"labels": {"rack": "r1", "old": None}, "annotations": {"sturnus.io/labels": "rack"}}
    }


async def test_a_refusal_is_passed_on_in_kubernetes_own_words() -> None:
    nodes = cluster(lambda _: status(403, "nodes is forbidden"))

    with pytest.raises(Unavailable, match="Kubernetes does not let node compute-0 be read: nodes is forbidden"):
        await nodes.get("compute-0")


async def test_a_cluster_that_is_away_is_unavailable() -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("connection refused")

    with pytest.raises(Unavailable, match="Kubernetes does not answer: connection refused"):
        await cluster(answer).get("compute-0")
    with pytest.raises(Unavailable, match="Kubernetes does not answer: connection refused"):
        _ = [each async for each in cluster(answer).watch()]


async def test_what_appears_and_changes_is_seen_and_what_goes_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sturnus.kubernetes.nodes.WATCH_FOR", 0.1)
    events = [("ADDED", "compute-0"), ("MODIFIED", "compute-1"), ("DELETED", "compute-2")]
    lines = "".join(json.dumps({"type": kind, "object": node(name, {})}) + "\n" for kind, name in events)
    answers = iter([httpx2.Response(200, text=lines)])

    async def answer(_: httpx2.Request) -> httpx2.Response:
        return next(answers, None) or await asyncio.Future[httpx2.Response]()  # the second watch stays silent

    assert [each.name async for each in cluster(answer).watch()] == ["compute-0", "compute-1"]


def test_a_missing_kubeconfig_says_which(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"none\.conf not found"):
        ClusterNodes.from_kubeconfig(tmp_path / "none.conf")
