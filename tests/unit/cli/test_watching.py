import json
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from sturnus.cli.failure import HttpError
from sturnus.cli.following import Event, parsed
from sturnus.cli.platform import Platform
from sturnus.cli.system import application_progress
from sturnus.cli.watching import BOLD, CLEAR, PLAIN, Row, Subject, changes, in_json, in_words, on_terminal

COLUMNS = {"id": "id", "hostname": "hostname", "availability": "availability"}
SUBJECT = Subject(list, lambda _: True, key="uuid", name="hostname", columns=COLUMNS)


def host(number: int, availability: str = "online", name: str | None = "") -> Row:
    hostname = f"compute-{number}" if name == "" else name
    return {"uuid": f"u{number}", "id": number, "hostname": hostname, "availability": availability, "uptime": 7}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (None, [host(0)], ["compute-0 found: id 0, availability online"]),
        ([host(0)], [host(0)], []),
        ([host(0)], [{**host(0), "uptime": 8}], []),  # not a column
        ([host(0)], [host(0, "offline")], ["compute-0 changed: availability online -> offline"]),
        ([], [host(0)], ["compute-0 added: id 0, availability online"]),
        ([host(0), host(1)], [host(1)], ["compute-0 removed"]),
        ([host(0, name=None)], [host(0)], ["compute-0 changed: hostname None -> compute-0"]),
        ([host(0, name=None)], [], ["u0 removed"]),
    ],
)  # fmt: skip
def test_what_changed_is_told_in_lines(before: list[Row] | None, after: list[Row], lines: list[str]) -> None:
    assert [in_words(change, SUBJECT) for change in changes(before, after, SUBJECT)] == lines


def test_programs_get_an_object_for_each_change() -> None:
    (change,) = changes([host(0)], [host(0, "offline")], SUBJECT)

    assert json.loads(in_json(change, SUBJECT, "now")) == {
        "at": "now",
        "change": "changed",
        "changed": ["availability"],
        "row": {"id": 0, "hostname": "compute-0", "availability": "offline"},
    }


def test_a_terminal_shows_the_table_with_what_changed_in_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    drawn = on_terminal([host(0), host(1, "offline")], {"u1": ["availability"]}, SUBJECT, "followed")

    assert drawn == (
        f"{CLEAR}"
        "+----+-----------+--------------+\n"
        "| id | hostname  | availability |\n"
        "+----+-----------+--------------+\n"
        "| 0  | compute-0 | online       |\n"
        f"| 1  | compute-1 | {BOLD}offline     {PLAIN} |\n"
        "+----+-----------+--------------+\n"
        "followed\n"
    )
    monkeypatch.setenv("NO_COLOR", "1")
    assert BOLD not in on_terminal([host(1)], {"u1": ["availability"]}, SUBJECT, "followed")


def test_events_are_read_from_lines_and_comments_are_signs_of_life() -> None:
    sent = (
        b': follows from 6\n\nid: 7\nevent: host.changed\ndata: {"uuid":"u0"}\n\n: still here\n\nevent: x\ndata: {}\n\n'
    )

    assert list(parsed(sent.splitlines(keepends=True))) == [None, Event(7, "host.changed", {"uuid": "u0"}), None]


class Scripted:
    """A platform that says one thing after the other about an application, with an event for each."""

    def __init__(self, *answers: dict[str, Any] | HttpError) -> None:
        self._answers = list(answers)

    def stream(self, *_: object) -> Iterator[bytes]:
        yield b": follows from 0\n"
        for number in range(len(self._answers)):
            yield from (b"id: %d\n" % number, b"event: operation.progress\n", b"data: {}\n", b"\n")
        threading.Event().wait()  # open, and silent

    def get(self, _: str) -> dict[str, Any]:
        answer = self._answers.pop(0)
        if isinstance(answer, HttpError):
            raise answer
        return {"operations": [answer]}


def test_following_an_application_that_is_gone_ends_with_the_error() -> None:
    platform = cast(Platform, Scripted(HttpError(404, "application not found: gone")))

    with pytest.raises(HttpError, match="application not found: gone"):
        application_progress.watch(platform, "gone")


def test_following_an_application_ends_with_what_is_under_way(capsys: pytest.CaptureFixture[str]) -> None:
    operation = {"kind": "apply", "app_version": "1.0-1", "state": "failed", "reason": "no room", "releases": []}

    assert application_progress.watch(cast(Platform, Scripted(operation)), "app") == 1

    said = capsys.readouterr()
    assert said.out == "apply of app 1.0-1 failed: no room\n"
    assert said.err == "no room\n"


def release(name: str, phase: str, reason: str) -> dict[str, Any]:
    return {
        "release": name, "namespace": "n", "phase": phase, "reason": reason, "workloads_ready": 0, "workloads_total": 0,
        "started_at": None, "finished_at": None, "estimate": None,
    }  # fmt: skip


def test_a_row_of_a_release_that_waits_for_another_does_not_repeat_that_ones_reason() -> None:
    first = release("first", "waiting", "pod a on compute-0 waits: its image is pulled")
    behind = release("behind", "pending", "waits for first (and 1 more): pod a on compute-0 waits: its image is pulled")

    told = [row["reason"] for row in application_progress.rows_of_their_own({"releases": [first, behind]})]

    assert told == ["pod a on compute-0 waits: its image is pulled", "waits for first (and 1 more)"]


def test_what_is_empty_is_not_told() -> None:
    (change,) = changes(None, [host(0, availability="")], SUBJECT)

    assert in_words(change, SUBJECT) == "compute-0 found: id 0"
