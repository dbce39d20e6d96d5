# ruff: noqa: ASYNC220 -- processes that are not Helm, and whose start nobody waits for
"""Processes that stand in for Helm: what matters is how they are started, heard, and ended."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from sturnus.core.errors import Unavailable
from sturnus.core.processes import process_started
from sturnus.helm.orphans import MARK, Mark, end_orphans, orphans
from sturnus.helm.process import MOST_LINE, Ending, Ground, Output, run

pytestmark = pytest.mark.anyio
LONG = timedelta(seconds=60)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


Stand = Callable[[str], Ground]


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    """A ground whose helm is a shell script."""

    def make(script: str) -> Ground:
        program = tmp_path / "helm"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return Ground(tmp_path / "kubeconfig", tmp_path / "home", f"test-{tmp_path.name}", str(program))

    return make


async def until(fact: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not fact():
            await asyncio.sleep(0.01)


async def test_values_go_through_standard_input_and_the_answer_comes_back(stand: Stand) -> None:
    ground = stand('cat; echo "$3" >&2')

    ended = await run(ground, ["template"], subject="a/b", deadline=LONG, values={"p": "secret"}, output=Output.KEEP)

    assert ended.succeeded
    assert ended.output == b'{"p": "secret"}'
    assert ended.complaints == ("template",)


async def test_nothing_of_the_users_environment_reaches_helm(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "elsewhere")
    monkeypatch.setenv("KUBECONFIG", "/root/.kube/config")
    monkeypatch.setenv("OS_PASSWORD", "secret")

    ended = await run(stand("env"), [], subject="a/b", deadline=LONG, output=Output.KEEP)

    names = {line.partition("=")[0] for line in ended.output.decode().splitlines()}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {
        "PATH", "HOME", "LANG", "HELM_DRIVER", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", MARK,
    }  # fmt: skip


async def test_a_failure_is_told_with_the_last_lines(stand: Stand) -> None:
    ended = await run(stand("echo Error: no >&2; exit 3"), [], subject="a/b", deadline=LONG)

    assert (ended.ending, ended.code, ended.complaints) == (Ending.EXITED, 3, ("Error: no",))


async def test_of_a_long_line_both_ends_are_kept(stand: Stand) -> None:
    ground = stand("{ printf start; head -c 1000000 /dev/zero | tr '\\0' x; echo end; } >&2")

    ended = await run(ground, [], subject="a/b", deadline=LONG)

    (line,) = ended.complaints
    assert line.startswith("startx")
    assert line.endswith("xend")
    assert len(line) <= MOST_LINE


async def test_lines_are_heard_while_it_runs(stand: Stand) -> None:
    heard: list[str] = []
    ground = stand("echo one >&2; read reply; echo two >&2; exec sleep 600")

    task = asyncio.create_task(run(ground, [], subject="a/b", deadline=LONG, on_line=heard.append))
    await until(lambda: heard == ["one", "two"])
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert heard == ["one", "two"]


async def test_a_deadline_ends_it_with_all_that_it_started(stand: Stand, tmp_path: Path) -> None:
    ground = stand(f"sleep 600 & echo $! >{tmp_path}/child; wait")

    ended = await run(ground, [], subject="a/b", deadline=timedelta(seconds=0.5))

    assert ended.ending is Ending.TIMED_OUT
    child = int((tmp_path / "child").read_text())
    await until(lambda: process_started(child) is None)


async def test_it_is_asked_to_end_before_it_is_made_to(stand: Stand, tmp_path: Path) -> None:
    ground = stand(f"trap 'echo failed >{tmp_path}/record; exit 1' TERM; echo ready >&2; while :; do sleep 0.1; done")
    heard: list[str] = []

    task = asyncio.create_task(run(ground, [], subject="a/b", deadline=LONG, on_line=heard.append))
    await until(lambda: heard)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (tmp_path / "record").read_text() == "failed\n"


async def test_one_that_does_not_listen_is_killed(
    stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sturnus.helm.process.GRACE", 0.2)
    ground = stand(f"trap '' TERM; echo $$ >{tmp_path}/pid; while :; do sleep 0.1; done")

    ended = await run(ground, [], subject="a/b", deadline=timedelta(seconds=0.5))

    assert ended.ending is Ending.TIMED_OUT
    assert process_started(int((tmp_path / "pid").read_text())) is None


async def test_one_that_is_killed_by_another_is_told_apart(stand: Stand) -> None:
    ended = await run(stand("kill -KILL $$"), [], subject="a/b", deadline=LONG)

    assert (ended.ending, ended.code) == (Ending.KILLED, -signal.SIGKILL)


async def test_more_output_than_anybody_asked_for_ends_it(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sturnus.helm.process.MOST_OUTPUT", 1000)

    ended = await run(stand("exec cat /dev/zero"), [], subject="a/b", deadline=LONG, output=Output.KEEP)

    assert ended.ending is Ending.OVERFLOWED


async def test_no_more_run_at_once_than_the_gate_lets_through(stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "running").mkdir()
    inside, there = tmp_path / "running", tmp_path / "most"
    script = f"touch {inside}/$$; ls {inside} | wc -l >>{there}; sleep 0.05; rm {inside}/$$"
    ground = stand(script)
    bounded = Ground(ground.kubeconfig, ground.home, ground.owner, ground.executable, asyncio.Semaphore(2))

    await asyncio.gather(*(run(bounded, [], subject="a/b", deadline=LONG) for _ in range(6)))

    assert max(map(int, there.read_text().split())) <= 2


async def test_a_missing_program_is_named(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "kubeconfig", tmp_path / "home", "test", str(tmp_path / "helm"))

    with pytest.raises(Unavailable, match=f"Helm cannot be started: .*{tmp_path}/helm"):
        await run(ground, [], subject="a/b", deadline=LONG)


ENGINE = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from sturnus.helm.process import Ground, run
ground = Ground(Path("k"), Path(sys.argv[1]) / "home", sys.argv[2], sys.argv[3])
asyncio.run(run(ground, [], subject="a/b", deadline=timedelta(seconds=60)))
"""


async def test_helm_does_not_outlive_an_engine_that_is_killed(stand: Stand, tmp_path: Path) -> None:
    ground = stand(f"echo $$ >{tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 600")
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, str(tmp_path), ground.owner, ground.executable])
    await until((tmp_path / "pid").exists)

    engine.kill()
    engine.wait()

    helm = int((tmp_path / "pid").read_text())
    await until(lambda: process_started(helm) is None)


async def test_an_orphan_is_recognised_by_its_mark_and_ended(tmp_path: Path) -> None:
    owner = f"test-{tmp_path.name}"
    gone = subprocess.Popen(["true"])
    gone.wait()
    marks = {
        "orphan": Mark(owner, gone.pid, 1, "openstack/nova"),
        "ours": Mark(owner, os.getpid(), process_started(os.getpid()) or 0, "openstack/keystone"),
        "others": Mark(f"{owner}-other", gone.pid, 1, "openstack/glance"),
        "number used again": Mark(owner, os.getpid(), 1, "openstack/heat"),
    }
    started = {
        name: subprocess.Popen(
            ["sleep", "600"], env={MARK: mark.text(), "PATH": os.environ["PATH"]}, start_new_session=True
        )
        for name, mark in marks.items()
    }
    try:
        assert {one.subject for one in orphans(owner)} == {"openstack/nova", "openstack/heat"}

        ended = await end_orphans(owner)

        assert {one.subject for one in ended} == {"openstack/nova", "openstack/heat"}
        assert {name for name, process in started.items() if process.poll() is None} == {"ours", "others"}
    finally:
        for process in started.values():
            process.kill()
            process.wait()
