"""The walk of a label, timed: from the request to the node in a real cluster, and to the VIM's notice being taken."""

from __future__ import annotations

import sqlite3
import statistics
import threading
import time
from typing import Any

from lightkube.resources.core_v1 import Node

from bench import fleet
from bench.measuring import LENT, Clusters
from tests.integration.inventory.server import Server

CHANGES, PATIENCE = 20, 120.0


class Watcher:
    """Notes when each node was first seen with each value of a label."""

    def __init__(self, cluster: Clusters) -> None:
        self._client = cluster.client()
        self._seen: dict[tuple[str, str, str], float] = {}
        self._news = threading.Condition()
        threading.Thread(target=self._watch, daemon=True).start()

    def when(self, node: str, key: str, value: str) -> float:
        end = time.monotonic() + PATIENCE
        with self._news:
            while (node, key, value) not in self._seen:
                assert self._news.wait(end - time.monotonic()), f"{node} never had {key}={value}"
            return self._seen[node, key, value]

    def _watch(self) -> None:
        for _, node in self._client.watch(Node, labels=dict(LENT)):
            now = time.perf_counter()
            assert node.metadata is not None
            with self._news:
                for key, value in (node.metadata.labels or {}).items():
                    self._seen.setdefault((node.metadata.name or "", key, value), now)
                self._news.notify_all()


class Outbox:
    """The server's own table, read from beside it."""

    def __init__(self, server: Server) -> None:
        self._tables = sqlite3.connect(server.database_url.partition("///")[2])

    def when_empty(self, topic: str) -> float:
        end = time.monotonic() + PATIENCE
        while self._tables.execute("select count(*) from outbox where topic = ?", (topic,)).fetchone()[0]:
            assert time.monotonic() < end, f"notices for {topic} are not taken"
            time.sleep(0.002)
        return time.perf_counter()


def label_walks(server: Server, cluster: Clusters, runs: int) -> dict[str, Any]:
    """Change labels of hosts all over the list, one after the other."""
    watcher, outbox = Watcher(cluster), Outbox(server)
    began = time.perf_counter()
    last = f"key-{fleet.LABELS - 1}"
    agreed = max(watcher.when(fleet.hostname(number), last, "value") for number in range(fleet.HOSTS)) - began
    nodes, notices = [], []
    for number in range(runs * CHANGES):
        name, value = fleet.hostname(number * 37 % fleet.HOSTS), f"run-{number}"
        started = time.perf_counter()
        assert server.request("POST", f"/v1/labels/{name}", {"rack": value}).status == 200
        notices.append(1000 * (outbox.when_empty("vim") - started))
        nodes.append(1000 * (watcher.when(name, "rack", value) - started))
        time.sleep(0.2)  # so that no change finds the one before still on its way
    return {"all_nodes_s": agreed, "node_ms": _spread(nodes), "vim_ms": _spread(notices)}


def _spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {"p50": statistics.median(ordered), "p99": ordered[int(len(ordered) * 0.99) - 1], "worst": ordered[-1]}
