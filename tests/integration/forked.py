"""`sturnus` in processes that are forked from one which has imported it.

To import FastAPI, SQLAlchemy and the rest takes two seconds of a processor, and the tests start some hundreds of
servers. That is all these processes share: each has its own environment, output, threads, event loop and end.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sturnus.cli.sturnus.main import main

PRELOADED = (
    "pytest",  # what `multiprocessing` imports again in each child, as the main module of whoever asked
    "tests.integration.forked",
    "sturnus.api.process",
    "sturnus.api.vim_process",
    "sturnus.api.faults_process",
)

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload([*PRELOADED])


class Forked:
    """One run of `sturnus`, with what the tests use of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._process = _forking.Process(target=_run, args=(tuple(arguments), dict(environment), log), daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def wait(self, timeout: float) -> int:
        """Its status; minus a signal's number if that ended it."""
        self._process.join(timeout)
        status = self.poll()
        assert status is not None, f"process {self.pid} has not ended within {timeout} s"
        return status


def _run(arguments: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.exit(main(arguments))
