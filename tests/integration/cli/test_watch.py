"""`--watch` and completion, as a process that somebody reads from."""

import json
import os
import pty
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.inventory.server import TOKENS, Server

WORKER = {"hostname": "compute-0", "personality": "worker", "mgmt_ip": "10.0.0.3"}
PATIENCE = 300
"""Seconds: far more than anything takes, but for machines that do a lot besides."""


@pytest.fixture
def environment(server: Server) -> dict[str, str]:
    server.request("POST", "/v1/ihosts", WORKER)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "SYSTEM_"))}
    return clean | {"OS_AUTH_TOKEN": TOKENS["admin"], "SYSTEM_URL": f"http://127.0.0.1:{server.port}"}


class Watched:
    """A running command; its lines come without waiting for its end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def until(self, wanted: Callable[[str], bool]) -> str:
        end = time.monotonic() + PATIENCE
        seen = []
        while time.monotonic() < end:
            try:
                seen.append(self._lines.get(timeout=1))
            except queue.Empty:
                continue
            if wanted(seen[-1]):
                return seen[-1]
        raise AssertionError(seen)


@contextmanager
def watching(environment: dict[str, str], *arguments: str) -> Iterator[Watched]:
    process = subprocess.Popen(
        # Whoever runs the tests in the background has them ignore Ctrl-C; the command must not inherit that.
        ["env", "--default-signal=INT", sys.executable, "-m", "sturnus.cli.system.main", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    watched = Watched(process)
    try:
        yield watched
    finally:
        watched.end()


def test_changes_come_as_lines_also_after_the_server_was_away_and_ctrl_c_is_no_failure(
    server: Server, environment: dict[str, str]
) -> None:
    with watching(environment, "host-list", "--watch") as watched:
        watched.until(lambda line: line.endswith("compute-0 found: id 1, personality worker, administrative locked, "
                                                 "operational disabled, availability offline"))  # fmt: skip

        server.request("POST", "/v1/sturnus/hosts/compute-0/report", {"presence": "online", "hardware": {}})
        watched.until(lambda line: line.endswith("compute-0 changed: availability offline -> online"))

        server.kill()
        watched.until(lambda line: "not followed, trying again" in line)
        server.settings["STURNUS_LISTEN_PORT"] = str(server.port)
        server.start()
        server.request("POST", "/v1/ihosts", WORKER | {"hostname": "compute-1", "mgmt_ip": "10.0.0.4"})
        watched.until(lambda line: "compute-1 added: id 2" in line or "compute-1 found" in line)

        watched.process.send_signal(signal.SIGINT)
        assert watched.process.wait(PATIENCE) == 0


def test_programs_get_json_lines_of_one_host(server: Server, environment: dict[str, str]) -> None:
    arguments = ("host-show", "compute-0", "--watch", "--format", "json", "--column", "location")
    with watching(environment, *arguments) as watched:
        watched.until(lambda line: '"found"' in line)

        patch = [{"op": "replace", "path": "/location", "value": "rack one"}]
        server.request("PATCH", "/v1/ihosts/compute-0", patch)
        changed = json.loads(watched.until(lambda line: '"change": "changed"' in line))

        assert changed["changed"] == ["value"]
        assert changed["row"] == {"property": "location", "value": {"locn": "rack one"}}


def test_labels_are_followed(server: Server, environment: dict[str, str]) -> None:
    server.request("POST", "/v1/labels/compute-0", {"rack": "r1"})
    with watching(environment, "host-label-list", "compute-0", "-w") as watched:
        watched.until(lambda line: line.endswith("rack found: hostname compute-0, label_value r1"))

        server.request("POST", "/v1/labels/compute-0?overwrite=True", {"rack": "r2"})
        watched.until(lambda line: line.endswith("rack changed: label_value r1 -> r2"))


def test_a_deleted_host_ends_it_and_says_so(server: Server, environment: dict[str, str]) -> None:
    with watching(environment, "host-show", "compute-0", "--watch", "--column", "hostname") as watched:
        watched.until(lambda line: "hostname found" in line)
        server.request("DELETE", "/v1/ihosts/compute-0")

        watched.until(lambda line: line == "host compute-0 was deleted")
        assert watched.process.wait(PATIENCE) == 1


def test_a_format_that_cannot_be_followed_is_refused(server: Server, environment: dict[str, str]) -> None:
    with watching(environment, "host-list", "--watch", "--format", "csv") as watched:
        watched.until(lambda line: line == "--watch does not go with --format csv.")
        assert watched.process.wait(PATIENCE) == 1


def test_a_terminal_gets_the_table_drawn_anew(server: Server, environment: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sturnus.cli.system.main", "host-list", "--watch"]
    process = subprocess.Popen(command, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        seen = _read_until(ours, b"Ctrl-C ends")
        assert seen.startswith(b"\x1b[H\x1b[2J")
        assert b"| compute-0 |" in seen
        server.request("POST", "/v1/sturnus/hosts/compute-0/report", {"presence": "online", "hardware": {}})
        _read_until(ours, b"\x1b[1monline")
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _read_until(file: int, wanted: bytes) -> bytes:
    seen = b""
    while wanted not in seen:
        seen += os.read(file, 65536)
    return seen


COMPLETE = """
eval "$(system bash-completion)"
COMP_LINE="$1" COMP_POINT=${#1} COMP_TYPE=9
_python_argcomplete system
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("system host-la", {"host-label-assign", "host-label-list", "host-label-remove"}),
        ("system host-show comp", {"compute-0"}),
        ("system host-list --wa", {"--watch"}),
    ],
)
def test_bash_completes_commands_options_and_names_of_hosts(
    environment: dict[str, str], tmp_path: Path, line: str, offered: set[str]
) -> None:
    program = tmp_path / "system"
    program.write_text(f"#!{sys.executable}\nimport sys\nfrom sturnus.cli.system.main import main\nsys.exit(main())\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", COMPLETE, "bash", line],
        env=environment | {"PATH": f"{tmp_path}:{environment['PATH']}"},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert {word.strip() for word in done.stdout.splitlines()} == offered, done.stderr
