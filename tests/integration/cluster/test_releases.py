"""Helm as a program, on a real cluster: the life of a release, and what goes wrong in it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lightkube import Client
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import ConfigMap

from sturnus.helm.failure import Failure, HelmFailed
from sturnus.helm.operations import Contents, Helm, History, HookName, HookProgress, Hooks, Options
from sturnus.helm.orphans import MARK
from sturnus.helm.process import Ground
from sturnus.helm.records import HookPhase, Revision, Status, latest, record, revisions
from sturnus.helm.render import Capabilities, Phase, as_applied, hooks_in_order, render
from sturnus.helm.repair import Author, Intent, Repairs, apply_repair, repairs
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.dry_run import Outcome, server_side_dry_run
from sturnus.kubernetes.jobs import delete_job
from sturnus.kubernetes.kinds import api_kinds
from tests.integration.cluster.charts import VALUES, changed, jobs

pytestmark = pytest.mark.anyio
OPTIONS = Options(timedelta(minutes=15))  # on a machine that is shared with others


async def status(connection: Connection, namespace: str) -> list[tuple[int, Status]]:
    return [(one.number, one.status) for one in await revisions(connection, namespace, "web")]


async def test_a_release_is_installed_upgraded_rolled_back_and_removed(
    helm: Helm, connection: Connection, client: Client, namespace: str, sample: Path
) -> None:
    told: list[HookProgress] = []
    hooks = [HookName("Job", "web-init"), HookName("Job", "web-sync")]
    options = Options(
        timedelta(minutes=15), description="as planned", labels={"sturnus.io/digest": "abc"}, expected_hooks=hooks,
        on_hook=told.append,
    )  # fmt: skip

    await helm.install(namespace, "web", Contents(sample, VALUES), options)
    assert told == [HookProgress(1, 2, hooks[0]), HookProgress(2, 2, hooks[1])]
    (installed,) = await revisions(connection, namespace)
    assert (installed.status, installed.labels) == (Status.DEPLOYED, {"sturnus.io/digest": "abc"})
    whole = await record(connection, installed)
    assert (whole.chart, whole.chart_version, whole.description) == ("sample", "0.1.0", "as planned")
    assert {hook.name: hook.phase for hook in whole.hooks} == {
        "web-init": HookPhase.SUCCEEDED, "web-sync": HookPhase.SUCCEEDED, "web-clean": HookPhase.NOT_RUN,
    }  # fmt: skip

    await helm.upgrade(namespace, "web", Contents(sample, changed(greeting="good day", replicas=2)), OPTIONS)
    assert client.get(ConfigMap, "web-etc", namespace=namespace).data == {"greeting": "good day"}

    await helm.rollback(namespace, "web", 1, OPTIONS)
    assert client.get(ConfigMap, "web-etc", namespace=namespace).data == {"greeting": "hello"}
    third = latest(await revisions(connection, namespace))["web"]
    assert (third.number, third.status, third.labels) == (3, Status.DEPLOYED, {"sturnus.io/digest": "abc"})
    assert (await record(connection, third)).rolled_back_to == 1

    await helm.uninstall(namespace, "web", History.KEEP, OPTIONS)
    assert latest(await revisions(connection, namespace))["web"].status is Status.UNINSTALLED
    assert "web-clean" in {str(job.metadata and job.metadata.name) for job in client.list(Job, namespace=namespace)}

    await helm.install(namespace, "web", Contents(sample, VALUES), OPTIONS)
    await helm.uninstall(namespace, "web", History.DELETE, OPTIONS)
    await helm.uninstall(namespace, "web", History.DELETE, OPTIONS)
    assert await revisions(connection, namespace) == []


async def test_values_of_the_revision_before_do_not_come_back(
    helm: Helm, client: Client, namespace: str, sample: Path
) -> None:
    await helm.install(namespace, "web", Contents(sample, changed(greeting="good day")), OPTIONS)

    await helm.upgrade(namespace, "web", Contents(sample, {}), OPTIONS)

    assert client.get(ConfigMap, "web-etc", namespace=namespace).data == {"greeting": "hello"}


async def test_a_failed_hook_is_named_and_the_release_can_be_upgraded_over(
    helm: Helm, connection: Connection, namespace: str, sample: Path
) -> None:
    with pytest.raises(HelmFailed) as failed:
        await helm.install(namespace, "web", Contents(sample, changed(jobs=jobs(sync="echo no; exit 3"))), OPTIONS)

    assert (failed.value.kind, failed.value.where) == (Failure.HOOK_FAILED, f"Job {namespace}/web-sync")
    assert await status(connection, namespace) == [(1, Status.FAILED)]
    await helm.upgrade(namespace, "web", Contents(sample, VALUES), OPTIONS)
    assert await status(connection, namespace) == [(1, Status.SUPERSEDED), (2, Status.DEPLOYED)]


async def test_a_failed_hook_of_a_rollback_leaves_a_record_that_is_mended(
    helm: Helm, connection: Connection, namespace: str, sample: Path
) -> None:
    await helm.install(namespace, "web", Contents(sample, VALUES), OPTIONS)
    with suppress(HelmFailed):
        await helm.upgrade(namespace, "web", Contents(sample, changed(jobs=jobs(init="exit 1"))), OPTIONS)
    with pytest.raises(HelmFailed) as failed:
        await helm.rollback(namespace, "web", 2, OPTIONS)

    assert failed.value.kind is Failure.HOOK_FAILED
    assert (await status(connection, namespace))[-1] == (3, Status.PENDING_ROLLBACK)
    await mend(connection, namespace, Intent.KEEP)
    await helm.rollback(namespace, "web", 1, OPTIONS)
    assert (await status(connection, namespace))[-1] == (4, Status.DEPLOYED)


async def test_a_hook_that_does_not_end_is_named_when_the_deadline_passes(
    helm: Helm, connection: Connection, namespace: str, sample: Path
) -> None:
    slow = Contents(sample, changed(jobs=jobs(init="sleep 1000")))

    with pytest.raises(HelmFailed) as failed:
        await helm.install(namespace, "web", slow, Options(timedelta(seconds=6)))

    # Helm's own deadline for the hook and ours for the whole are equal: either may be first.
    assert failed.value.kind in {Failure.HOOK_TIMED_OUT, Failure.TIMED_OUT}
    assert (await status(connection, namespace)) == [(1, Status.FAILED)]


async def test_a_job_that_cannot_change_is_named_and_can_be_replaced(
    helm: Helm, connection: Connection, namespace: str, sample: Path
) -> None:
    await helm.install(namespace, "web", Contents(sample, VALUES), OPTIONS)
    other = Contents(sample, changed(jobs=jobs(load="echo other")))

    with pytest.raises(HelmFailed) as failed:
        await helm.upgrade(namespace, "web", other, OPTIONS)

    assert (failed.value.kind, failed.value.where) == (Failure.IMMUTABLE_FIELD, f"Job {namespace}/web-load")
    assert failed.value.message == f"{namespace}/web: Job web-load: spec.template cannot be changed"
    await delete_job(connection, namespace, "web-load")
    await helm.upgrade(namespace, "web", other, OPTIONS)


async def test_a_cluster_that_is_away_is_told_apart(
    ground: Ground, tmp_path: Path, namespace: str, sample: Path
) -> None:
    away = tmp_path / "away"
    text = ground.kubeconfig.read_text()
    away.write_text(
        "\n".join(f"{line.rpartition(':')[0]}:1" if "server:" in line else line for line in text.splitlines())
    )

    with pytest.raises(HelmFailed) as failed:
        await Helm(Ground(away, ground.home, ground.owner, ground.executable)).install(
            namespace, "web", Contents(sample, VALUES), OPTIONS
        )

    assert failed.value.kind is Failure.CLUSTER_AWAY


def helms(owner: str) -> Iterator[tuple[int, bytes, bytes]]:
    """Our helm processes, with arguments and environment."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and f"{MARK}={owner} ".encode() in (
                environment := (entry / "environ").read_bytes()
            ):
                yield int(entry.name), (entry / "cmdline").read_bytes(), environment


async def test_no_secret_is_in_arguments_environment_or_errors(
    helm: Helm, ground: Ground, namespace: str, sample: Path
) -> None:
    secret = VALUES["auth"]["password"]
    task = asyncio.create_task(
        helm.install(namespace, "web", Contents(sample, changed(jobs=jobs(sync=f"echo {secret}; exit 3"))), OPTIONS)
    )
    seen: set[bytes] = set()
    while not task.done():
        seen |= {part for _, arguments, environment in helms(ground.owner) for part in (arguments, environment)}
        await asyncio.sleep(0.01)

    assert seen
    assert not [part for part in seen if secret.encode() in part]
    failure = task.exception()
    assert isinstance(failure, HelmFailed)
    assert secret not in failure.message
    assert not [file for file in ground.home.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


async def mend(connection: Connection, namespace: str, intent: Intent) -> None:
    found = repairs(await revisions(connection, namespace, "web"), intent, Author.OURS, now=datetime.now(UTC))
    assert isinstance(found, Repairs)
    for change in found.changes:
        await apply_repair(connection, change)


async def go_on(helm: Helm, last: Revision | None, namespace: str, contents: Contents) -> None:
    if last is None or last.status is Status.UNINSTALLED:
        await helm.install(namespace, "web", contents, OPTIONS)
    else:
        await helm.upgrade(namespace, "web", contents, OPTIONS)


@pytest.mark.parametrize("seed", range(2))
async def test_whenever_helm_is_killed_a_repair_and_another_try_finish_the_work(
    helm: Helm, ground: Ground, connection: Connection, client: Client, namespace: str, sample: Path, seed: int
) -> None:
    chance = random.Random(seed)
    for turn in range(3):
        contents = Contents(sample, changed(greeting=f"turn {turn}", replicas=1 + turn % 2))
        last = latest(await revisions(connection, namespace)).get("web")
        task = asyncio.create_task(go_on(helm, last, namespace, contents))
        await asyncio.sleep(chance.uniform(0.05, 4.0))
        for pid, _, _ in helms(ground.owner):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(HelmFailed):
            await task

        await mend(connection, namespace, Intent.KEEP)
        last = latest(await revisions(connection, namespace)).get("web")
        await go_on(helm, last, namespace, contents)

        assert latest(await revisions(connection, namespace))["web"].status is Status.DEPLOYED
        assert client.get(ConfigMap, "web-etc", namespace=namespace).data == {"greeting": f"turn {turn}"}
        assert client.get(Deployment, "web-api", namespace=namespace).spec.replicas == 1 + turn % 2


async def test_an_uninstall_that_was_killed_is_done_again_or_taken_back(
    helm: Helm, ground: Ground, connection: Connection, client: Client, namespace: str, sample: Path
) -> None:
    slow = Contents(sample, changed(jobs=jobs(clean="sleep 1000")))
    for intent in (Intent.KEEP, Intent.REMOVE):
        last = latest(await revisions(connection, namespace)).get("web")
        await go_on(helm, last, namespace, slow)
        task = asyncio.create_task(helm.uninstall(namespace, "web", History.DELETE, OPTIONS))
        while latest(await revisions(connection, namespace))["web"].status is not Status.UNINSTALLING:
            await asyncio.sleep(0.05)
        for pid, _, _ in helms(ground.owner):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(HelmFailed):
            await task
        await mend(connection, namespace, intent)
        if intent is Intent.KEEP:
            await helm.upgrade(namespace, "web", Contents(sample, VALUES), OPTIONS)
            assert latest(await revisions(connection, namespace))["web"].status is Status.DEPLOYED
        else:
            await helm.uninstall(namespace, "web", History.DELETE, Options(timedelta(minutes=15), hooks=Hooks.SKIP))
            assert await revisions(connection, namespace) == []
    assert not list(client.list(Deployment, namespace=namespace))


async def test_what_a_chart_renders_to_is_what_runs(
    helm: Helm, ground: Ground, connection: Connection, namespace: str, sample: Path
) -> None:
    kinds = await api_kinds(connection)
    rendered = await render(
        ground, sample, namespace=namespace, name="web", values=VALUES,
        capabilities=Capabilities(kinds.kubernetes_version, kinds.versions()),
    )  # fmt: skip
    assert [item.name for item in hooks_in_order(rendered, (Phase.POST_INSTALL,))] == ["web-init", "web-sync"]
    objects = [as_applied(item, namespace, "web") for item in rendered if item.hook is None]

    async def outcomes() -> list[tuple[str, Outcome]]:
        found = await server_side_dry_run(connection, kinds, objects, namespace=namespace, field_manager="helm")
        return [(str(one.wanted["kind"]), one.outcome) for one in found]

    order = ["Secret", "ConfigMap", "Deployment", "Job"]
    assert await outcomes() == [(kind, Outcome.CREATE) for kind in order]
    await helm.install(namespace, "web", Contents(sample, VALUES), OPTIONS)
    assert await outcomes() == [(kind, Outcome.SAME) for kind in order]
    await helm.upgrade(namespace, "web", Contents(sample, changed(greeting="other")), OPTIONS)
    assert dict(await outcomes())["ConfigMap"] is Outcome.CHANGE
