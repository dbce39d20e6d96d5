from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lab.ground.processes import ProcessRecord


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as child:
        yield child
        child.kill()


def record_of(child: subprocess.Popen[bytes]) -> ProcessRecord:
    record = ProcessRecord.of(child.pid)
    assert record is not None
    return record


def test_a_record_is_alive_while_its_process_is(sleeper: subprocess.Popen[bytes]) -> None:
    record = record_of(sleeper)
    assert record.alive

    record.send(signal.SIGKILL)
    sleeper.wait(5)

    assert not record.alive


def test_a_process_that_has_ended_but_was_not_waited_for_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    record = record_of(sleeper)

    record.send(signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)

    assert not record.alive


def test_another_process_of_the_same_number_is_never_signalled(sleeper: subprocess.Popen[bytes]) -> None:
    earlier = ProcessRecord(sleeper.pid, record_of(sleeper).started - 1)

    earlier.send(signal.SIGKILL)

    assert not earlier.alive
    assert sleeper.poll() is None


def test_who_does_not_heed_the_polite_signal_is_killed_after_the_grace() -> None:
    script = (
        "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True)\nsignal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout
        assert stubborn.stdout.readline() == b"ready\n"

        record_of(stubborn).end(grace=timedelta(milliseconds=100))

        assert stubborn.wait(5) == -signal.SIGKILL


@pytest.mark.parametrize("text", ["", "12", "a b", "1 2 3"])
def test_a_record_that_is_not_whole_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "record").write_text(text)

    assert ProcessRecord.read(tmp_path / "record") is None
    assert ProcessRecord.read(tmp_path / "absent") is None
