"""Pods that are broken on purpose, on a real cluster: what is said of them, as soon as Kubernetes knows it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from sturnus.applications.readiness.evidence import Evidence, LogOf
from sturnus.applications.readiness.explanation import Readiness, evidence_wanted, readiness, room_wanted
from sturnus.applications.release import Waiting
from sturnus.kubernetes.capacity import room_left
from sturnus.kubernetes.connection import APPLY, Connection
from sturnus.kubernetes.logs import Run, log_tail
from sturnus.kubernetes.snapshot import Snapshot
from sturnus.kubernetes.workloads import ClusterWatch
from tests.integration.cluster.pods import BROKEN, deployment, entrypoint

pytestmark = pytest.mark.anyio
PATIENCE = 600


async def apply(connection: Connection, namespace: str, *items: dict[str, Any]) -> None:
    for item in items:
        plural = {"Deployment": "apis/apps/v1/namespaces/{}/deployments", "Service": "api/v1/namespaces/{}/services"}[
            item["kind"]
        ]
        path = f"{plural.format(namespace)}/{item['metadata']['name']}"
        await connection.patch(path, item, {"fieldManager": "test"}, media_type=APPLY)


async def evidence_for(connection: Connection, snapshot: Snapshot, known: dict[LogOf, str]) -> Evidence:
    """What the engine fetches, and keeps."""
    logs = known
    for wanted in evidence_wanted(snapshot) - known.keys():
        run = Run.CURRENT if wanted.ended else Run.PREVIOUS
        if lines := await log_tail(connection, snapshot.namespace, wanted.pod, wanted.container, lines=5, run=run):
            logs[wanted] = "\n".join(lines)
    return Evidence(logs, await room_left(connection) if room_wanted(snapshot) else {})


async def look(
    connection: Connection, snapshot: Snapshot, item: dict[str, Any], known: dict[LogOf, str] | None = None
) -> Readiness:
    evidence = await evidence_for(connection, snapshot, {} if known is None else known)
    return readiness("test", Waiting(None), [item], snapshot, evidence)


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_pod_is_named_with_the_reason(connection: Connection, namespace: str, name: str) -> None:
    item, expected = BROKEN[name]
    async with ClusterWatch(connection) as cluster:
        view = cluster.namespace(namespace)
        snapshot = await view.listed()
        await apply(connection, namespace, item)
        seen: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while not (seen and re.fullmatch(expected, seen[-1])):
                snapshot = await view.after(snapshot)
                seen.append((await look(connection, snapshot, item)).sentence)
                print(seen[-1])  # shown when it fails


async def test_an_unchanged_cause_does_not_flicker(connection: Connection, namespace: str) -> None:
    item, expected = BROKEN["crash"]
    async with ClusterWatch(connection) as cluster:
        view = cluster.namespace(namespace)
        snapshot = await view.listed()
        await apply(connection, namespace, item)
        sentences: list[str] = []
        known: dict[LogOf, str] = {}
        async with asyncio.timeout(PATIENCE):
            while restarts(snapshot) < 3:
                snapshot = await view.after(snapshot)
                sentences.append((await look(connection, snapshot, item, known)).sentence)
        first = next(number for number, sentence in enumerate(sentences) if re.fullmatch(expected, sentence))
        # Without a probe Kubernetes holds a container for ready from its start to its next crash: then nothing is said.
        assert set(sentences[first:]) - {""} == {sentences[first]}


def restarts(snapshot: Snapshot) -> int:
    statuses = [
        one
        for pods in snapshot.objects.values()
        for pod in pods.values()
        for one in (pod.get("status") or {}).get("containerStatuses") or ()
    ]
    return max((one["restartCount"] for one in statuses), default=0)


async def test_what_a_pod_waits_for_is_followed_to_the_pod_that_is_broken(
    connection: Connection, namespace: str
) -> None:
    broken, _ = BROKEN["bad-image"]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"},
               "spec": {"selector": {"app": "bad-image"}, "ports": [{"port": 80}]}}  # fmt: skip
    waits = deployment("api", container={}, initContainers=[entrypoint(SERVICE=f"{namespace}:db")])
    expected = r"pod api-\S+ on \S+ waits for service db: pod bad-image-\S+ on \S+ cannot pull image \S+: .*not found"
    async with ClusterWatch(connection) as cluster:
        view = cluster.namespace(namespace)
        snapshot = await view.listed()
        await apply(connection, namespace, service, broken, waits)
        async with asyncio.timeout(PATIENCE):
            while not re.fullmatch(expected, (await look(connection, snapshot, waits)).sentence):
                snapshot = await view.after(snapshot)
