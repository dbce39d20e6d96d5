"""The command as users run it, against a process of the platform."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from sturnus.cli.fm import main
from tests.integration.inventory.server import TOKENS, Server


@dataclass
class FaultsServer(Server):
    serves: ClassVar[str] = "faults"

    def raise_(self, number: str, entity: str, reason: str) -> None:
        wanted = {"alarm_id": number, "entity_instance_id": entity, "reason_text": reason}
        assert self.request("PUT", "/v1/sturnus/alarms", wanted).status == 204


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultsServer]:
    home: Path = tmp_path_factory.mktemp("faults")
    started = FaultsServer(home, f"sqlite+aiosqlite:///{home}/sturnus.db", {"STURNUS_FAULTS_PORT": "0"})
    started.upgrade()
    started.start()
    started.raise_("200.001", "host=compute-0", "compute-0 is locked.")
    started.raise_("600.105", "host=compute-1", "db has no room elsewhere")
    yield started
    started.stop()


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


Shell = Callable[..., Result]


@pytest.fixture
def fm(server: FaultsServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    for name in os.environ:
        if name.startswith(("OS_", "FM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OS_AUTH_TOKEN", TOKENS["admin"])
    monkeypatch.setenv("FM_URL", f"http://127.0.0.1:{server.port}")

    def run(*arguments: str) -> Result:
        try:
            status = main.main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return Result(status, said.out, said.err)

    return run


def test_alarms_are_listed_as_starlingx_lists_them(fm: Shell) -> None:
    listed = fm("alarm-list", "--nowrap", "--query", "entity_instance_id=host=compute-0").out.splitlines()

    assert [title.strip() for title in listed[1].split("|")[1:-1]] == [
        "Alarm ID", "Reason Text", "Entity ID", "Severity", "Time Stamp",
    ]  # fmt: skip
    assert listed[3].startswith("| 200.001  | compute-0 is locked. | host=compute-0 | warning  | 2")
    assert len(listed) == 5


def test_one_alarm_says_what_to_do_and_is_deleted(fm: Shell, server: FaultsServer) -> None:
    server.raise_("600.105", "host=compute-9", "a budget")
    query = ("-q", "alarm_id=600.105;entity_instance_id=string::host=compute-9")
    uuid = fm("alarm-list", "--uuid", *query, "--format", "value", "--column", "uuid").out.strip()

    assert "| proposed_repair_action | system host-lock --preview NAME names what stays" in fm("alarm-show", uuid).out
    assert fm("alarm-delete", uuid) == Result(0, "", "")
    assert fm("alarm-show", uuid) == Result(1, "", f"Alarm not found: {uuid}\nTo do: fm alarm-list --uuid\n")


def test_the_summary_counts(fm: Shell) -> None:
    assert fm("alarm-summary").out == (
        "+-----------------+--------------+--------------+----------+\n"
        "| Critical Alarms | Major Alarms | Minor Alarms | Warnings |\n"
        "+-----------------+--------------+--------------+----------+\n"
        "| 0               | 1            | 0            | 1        |\n"
        "+-----------------+--------------+--------------+----------+\n"
    )


def test_events_are_listed_newest_first_and_shown(fm: Shell, server: FaultsServer) -> None:
    server.raise_("600.106", "host=compute-8", "no room")
    server.request("DELETE", "/v1/sturnus/alarms?alarm_id=600.106&entity_instance_id=host=compute-8")
    fields = ("--format", "value", "--column", "state", "--column", "event_log_id")
    of_host = ("-q", "entity_instance_id=host=compute-8;start=20200101 10:00:00")

    assert fm("event-list", *of_host, *fields).out == "clear 600.106\nset 600.106\n"
    assert fm("event-list", "--limit", "1", "--alarms", "--nopaging", *fields).out == "clear 600.106\n"
    assert fm("event-list", "--logs", *fields).out == ""
    uuid = fm("event-list", "--uuid", "--format", "value", "--column", "UUID", "-l", "1").out.strip()
    assert "| event_log_type         | operational-violation" in fm("event-show", uuid).out


@pytest.mark.parametrize(
    ("arguments", "status", "err"),
    [
        (("alarm-list", "-q", "severity"), 1, "'severity' is no query.\nTo do: use FIELD=VALUE, as in"),
        (("alarm-list", "-q", "colour=red"), 1, "The query cannot be used: there is no field 'colour'.\n"),
        (("event-show", "x"), 1, "Event log not found: x\n"),
        (("alarm-dance",), 2, "usage: fm"),
    ],
)
def test_refusals(fm: Shell, arguments: tuple[str, ...], status: int, err: str) -> None:
    done = fm(*arguments)

    assert done.status == status
    assert done.err.startswith(err)


def test_nothing_is_suppressed(fm: Shell) -> None:
    assert fm("event-suppress-list", "--nopaging", "--format", "json").out == "[]\n"
    assert "200.001 unsuppressed" in fm("event-suppress-list", "--include-unsuppressed", "--format", "value").out


def test_alarms_outlive_the_process(server: FaultsServer, fm: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    server.kill()
    server.start()
    monkeypatch.setenv("FM_URL", f"http://127.0.0.1:{server.port}")

    query = ("-q", "entity_instance_id=host=compute-0", "--format", "value", "--column", "alarm_id")
    assert fm("alarm-list", *query).out == "200.001\n"
    assert server.request("GET", "/healthz").body == {"healthy": True, "database": "answers"}
