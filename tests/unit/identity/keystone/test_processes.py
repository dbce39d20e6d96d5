import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sturnus.core.errors import Unavailable
from sturnus.identity.keystone.processes import Command, run, running

MINUTE = timedelta(minutes=1)


def shell(script: str, deadline: timedelta = MINUTE, **environment: str) -> Command:
    return Command(("sh", "-c", script), environment, deadline)


def wait_until(fact: Callable[[], bool]) -> None:
    """For facts about other people's processes, which nobody reports."""
    deadline = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.anyio
async def test_what_a_program_prints_is_returned() -> None:
    assert await run(shell('echo "out $GIVEN"; echo err >&2', GIVEN="x")) == "out x\nerr\n"


@pytest.mark.anyio
async def test_a_program_sees_no_environment_but_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_BOOTSTRAP_PASSWORD", "secret")
    assert await run(shell("echo ${OS_BOOTSTRAP_PASSWORD-none}")) == "none\n"


@pytest.mark.anyio
async def test_a_failure_shows_the_last_lines_and_no_environment() -> None:
    with pytest.raises(Unavailable) as caught:
        await run(shell("seq 9; echo last words; exit 3", SECRET="hidden"))
    assert caught.value.details == ("6", "7", "8", "9", "last words")
    assert "ended with status 3: last words" in caught.value.message
    assert "hidden" not in repr(vars(caught.value))


@pytest.mark.anyio
async def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with pytest.raises(Unavailable, match=r"took longer than 0\.5 s"):
        await run(shell(f"echo $$ >{file}; exec sleep 600", timedelta(seconds=0.5)))
    wait_until(lambda: gone(int(file.read_text())))


@pytest.mark.anyio
async def test_a_program_runs_for_as_long_as_the_block_does(tmp_path: Path) -> None:
    async with running(shell("echo begun; exec sleep 600"), tmp_path / "log") as process:
        assert process.returncode is None
    assert process.returncode == -signal.SIGKILL


def test_a_program_ends_with_us_however_we_end(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = f"""
import asyncio
from datetime import timedelta
from sturnus.identity.keystone.processes import Command, run
script = "echo $$ >{file}.new; mv {file}.new {file}; exec sleep 600"
asyncio.run(run(Command(("sh", "-c", script), {{}}, timedelta(minutes=1))))
"""
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        wait_until(file.exists)
        parent.kill()
    wait_until(lambda: gone(int(file.read_text())))
