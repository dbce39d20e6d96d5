"""Watches of a real API server, also one that is killed and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.ground.description import Lab
from lab.machine import inside
from sturnus.core.errors import Forbidden, NotFound, Unavailable
from sturnus.kubernetes.connection import APPLY, Connection
from sturnus.kubernetes.dry_run import Outcome, server_side_dry_run
from sturnus.kubernetes.kinds import api_kinds
from sturnus.kubernetes.snapshot import Snapshot, Watched
from sturnus.kubernetes.workloads import ClusterWatch, NamespaceWatch
from tests.integration.cluster.pods import deployment
from tests.integration.conftest import LabCommand

pytestmark = pytest.mark.anyio
PATIENCE = 600


def service(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}}


async def make(connection: Connection, namespace: str, name: str) -> None:
    """A Service, as soon as the API server is there to make it."""
    path = f"api/v1/namespaces/{namespace}/services/{name}"
    while True:
        try:
            await connection.patch(path, service(name), {"fieldManager": "test"}, media_type=APPLY)
        except (Forbidden, Unavailable):  # one that starts forbids everybody everything
            await asyncio.sleep(0.2)
        else:
            return


async def seen(view: NamespaceWatch, fact: Callable[[Snapshot], bool]) -> Snapshot:
    snapshot = view.snapshot()
    async with asyncio.timeout(PATIENCE):
        while not fact(snapshot):
            snapshot = await view.after(snapshot)
    return snapshot


def services(snapshot: Snapshot) -> set[str]:
    return set(snapshot.of(Watched.SERVICE))


async def test_what_appears_changes_and_goes_is_seen(connection: Connection, namespace: str) -> None:
    async with ClusterWatch(connection) as cluster:
        view = cluster.namespace(namespace)
        assert cluster.namespace(namespace) is view
        assert len((await view.listed()).nodes) == 3
        await make(connection, namespace, "one")
        await seen(view, lambda snapshot: services(snapshot) == {"one"})
        await connection.delete(f"api/v1/namespaces/{namespace}/services/one", {})
        await seen(view, lambda snapshot: services(snapshot) == set())


async def test_a_watch_survives_the_death_of_the_api_server(
    connection: Connection, lab: Lab, lab_command: LabCommand, namespace: str
) -> None:
    async with ClusterWatch(connection) as cluster:
        view = cluster.namespace(namespace)
        await view.listed()
        await make(connection, namespace, "before")
        await seen(view, lambda snapshot: services(snapshot) == {"before"})

        await asyncio.to_thread(inside.run, lab, lab.active_controller, ["sh", "-c", "kill -9 $(pidof kube-apiserver)"])

        assert "does not answer" in str((await seen(view, lambda snapshot: snapshot.blind is not None)).blind)
        await make(connection, namespace, "after")
        await seen(view, lambda snapshot: services(snapshot) == {"before", "after"} and snapshot.blind is None)
        # The next test's namespace needs an API server that is ready, not only one that answers.
        await asyncio.to_thread(lab_command, "up", "--name", lab.name)


async def test_what_the_cluster_serves_is_asked_once(connection: Connection) -> None:
    kinds = await api_kinds(connection)

    assert kinds.kubernetes_version.startswith("v1.")
    assert {"apps/v1", "apps/v1/Deployment", "v1/Pod", "batch/v1/CronJob"} <= set(kinds.versions())
    found = kinds.of({"apiVersion": "apps/v1", "kind": "Deployment"})
    assert found
    assert found.path("openstack", "api") == "apis/apps/v1/namespaces/openstack/deployments/api"
    namespaces = kinds.of({"apiVersion": "v1", "kind": "Namespace"})
    assert namespaces
    assert namespaces.path(None, "openstack") == "api/v1/namespaces/openstack"


async def test_a_dry_run_tells_what_would_happen_and_stores_nothing(connection: Connection, namespace: str) -> None:
    kinds = await api_kinds(connection)
    await make(connection, namespace, "mine")
    theirs = deployment("theirs", container={})
    await connection.patch(
        f"apis/apps/v1/namespaces/{namespace}/deployments/theirs",
        theirs,
        {"fieldManager": "somebody"},
        media_type=APPLY,
    )
    other = deployment("theirs", container={"command": ["other"]})
    wanted = [
        service("mine"),
        service("new"),
        {**service("mine"), "spec": {"ports": [{"port": 81}]}},
        other,
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "wrong"}, "spec": {"ports": [{"port": 0}]}},
        {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "x"}},
    ]

    found = await server_side_dry_run(connection, kinds, wanted, namespace=namespace, field_manager="test")

    assert [one.outcome for one in found] == [
        Outcome.SAME, Outcome.CREATE, Outcome.CHANGE, Outcome.CONFLICT, Outcome.REFUSED, Outcome.REFUSED,
    ]  # fmt: skip
    assert "somebody" in str(found[3].refusal)
    assert found[5].refusal == "the cluster serves no example.org/v1 Thing"
    with pytest.raises(NotFound):
        await connection.get(f"api/v1/namespaces/{namespace}/services/new")


async def test_a_cluster_that_is_not_there_is_unavailable(tmp_path: Path, lab: Lab) -> None:
    away = tmp_path / "away"
    lines = lab.paths.kubeconfig.read_text().splitlines()
    away.write_text("\n".join(f"{line.rpartition(':')[0]}:1" if "server:" in line else line for line in lines))

    async with Connection.from_kubeconfig(away) as connection:
        with pytest.raises(Unavailable, match="Kubernetes does not answer"):
            await api_kinds(connection)
