"""Whether a process that named itself still lives."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sturnus.core.processes import is_gone, this_process


def test_a_process_lives_until_it_ends() -> None:
    program = "from sturnus.core.processes import this_process; print(this_process(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert not is_gone(name)
        other.kill()
        other.wait(60)

        assert is_gone(name)
        assert is_gone(f"{name}/and-more")


def test_a_number_that_is_used_again_is_another_process() -> None:
    assert not is_gone(this_process())
    assert is_gone(f"{this_process().rpartition('/')[0]}/1")


@pytest.mark.parametrize("name", ["controller-0/17/abc", "other-boot/4026531836/999999999/5", "", "a/b/c/d"])
def test_of_processes_elsewhere_nothing_is_known(name: str) -> None:
    assert not is_gone(name)
