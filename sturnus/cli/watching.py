"""`--watch`: a table that is drawn again on a terminal; elsewhere one line for each change."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO

from sturnus.cli import output
from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.following import LASTING, Connected, Ended, Event, Following, Lost, News
from sturnus.cli.platform import Platform

Row = Mapping[str, Any]

LOOK_AGAIN = 1.0
"""Seconds until a look that did not succeed is repeated."""

CLEAR = "\x1b[H\x1b[2J\x1b[3J"
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is watched."""

    look: Callable[[], list[Row]]  # asks the platform
    concerns: Callable[[Event], bool]  # whether an event is a reason to look again
    key: str  # field that tells rows apart
    name: str  # field that people call a row by
    columns: Mapping[str, str]  # field → heading


class What(StrEnum):
    """What became of a row."""

    FOUND = "found"
    """It was there at the first look."""
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is not as it was."""

    what: What
    before: Row
    after: Row

    def fields(self, columns: Mapping[str, str]) -> list[str]:
        """Which of the columns differ."""
        return [field for field in columns if self.before.get(field) != self.after.get(field)]


def changes(before: Sequence[Row] | None, after: Sequence[Row], subject: Subject) -> Iterator[Change]:
    """Compare two looks; None: this is the first."""
    known = {row[subject.key]: row for row in before or ()}
    for row in after:
        old = known.pop(row[subject.key], None)
        if old is None:
            yield Change(What.FOUND if before is None else What.ADDED, {}, row)
        else:
            change = Change(What.CHANGED, old, row)
            if change.fields(subject.columns):
                yield change
    for gone in known.values():
        yield Change(What.REMOVED, gone, {})


def in_words(change: Change, subject: Subject) -> str:
    """One change as a line: `compute-0 changed: operational disabled -> enabled, availability online -> available`."""
    row = change.after or change.before
    name = row.get(subject.name) or row[subject.key]
    if change.what is What.REMOVED:
        return f"{name} removed"
    if change.what is What.CHANGED:
        differ = change.fields(subject.columns)
        told = [f"{field} {change.before.get(field)} -> {change.after.get(field)}" for field in differ]
    else:
        told = [
            f"{field} {row.get(field)}" for field in subject.columns if field != subject.name and row.get(field) != ""
        ]
    return f"{name} {change.what}: {', '.join(told)}"


def in_json(change: Change, subject: Subject, moment: str) -> str:
    """One change as a JSON object on one line."""
    row = change.after or change.before
    fields = {field: row.get(field) for field in subject.columns}
    changed = change.fields(subject.columns) if change.what is What.CHANGED else []
    return json.dumps({"at": moment, "change": change.what, "changed": changed, "row": fields})


def on_terminal(rows: Sequence[Row], bold: Mapping[Any, list[str]], subject: Subject, note: str) -> str:
    """A screen: the table with what changed last in bold, and a line that says how things stand."""
    cells = [[str(row.get(field)) for field in subject.columns] for row in rows]
    drawn = output.table(list(subject.columns.values()), cells).split("\n")
    for number, row in enumerate(rows):
        marked = bold.get(row[subject.key], [])
        drawn[3 + number] = _emphasised(drawn[3 + number], [f in marked for f in subject.columns])
    return CLEAR + "\n".join(drawn) + f"\n{note}\n"


def _emphasised(line: str, marked: Sequence[bool]) -> str:
    if not any(marked) or os.environ.get("NO_COLOR"):
        return line
    cells = line[2:-2].split(" | ")
    if len(cells) != len(marked):  # a value holds the separator: better plain than torn
        return line
    return "| " + " | ".join(f"{BOLD}{c}{PLAIN}" if mark else c for c, mark in zip(cells, marked, strict=True)) + " |"


def watch(given: argparse.Namespace, platform: Platform, subject: Subject, out: TextIO | None = None) -> int:
    """Show what there is, then what becomes of it, until Ctrl-C."""
    out = out or sys.stdout
    if given.format not in {"table", "json"}:
        raise CommandError(f"--watch does not go with --format {given.format}.", "use table or json")
    screen = Screen(subject, out) if given.format == "table" and out.isatty() else Lines(subject, out, given.format)
    follow(platform, subject, screen, lambda: False)
    return 0


def follow(platform: Platform, subject: Subject, screen: Screen | Lines, is_over: Callable[[], bool]) -> None:
    """Show what there is, then what becomes of it, until that is over; it is asked after each look.

    Raises:
        CommandError: it cannot be looked at any more: it is gone, or whoever looks may not.

    """
    following = Following(platform)
    rows: list[Row] | None = None
    owing = False  # a look that did not succeed is made up for: nothing else may happen for long
    while True:
        news = following.news(LOOK_AGAIN if owing else None)
        for each in news:
            if isinstance(each, Ended):
                raise each.error
            if isinstance(each, Lost):
                screen.lost(each.reason)
        if owing or any(isinstance(each, Connected) or _concerns(each, subject) for each in news):
            found = _looked(subject, screen)
            owing = found is None
            if found is not None:
                screen.show(rows, found)
                rows = found
                if is_over():
                    return


def _concerns(news: News, subject: Subject) -> bool:
    return isinstance(news, Event) and subject.concerns(news)


def _looked(subject: Subject, screen: Screen | Lines) -> list[Row] | None:
    """What there is; None while the platform does not answer, which is said."""
    try:
        return subject.look()
    except HttpError as error:
        if error.status in LASTING:
            raise
        screen.lost(error.message)
        return None
    except CommandError as error:
        screen.lost(error.message)
        return None


class Screen:
    """A terminal."""

    def __init__(self, subject: Subject, out: TextIO) -> None:
        self._subject = subject
        self._out = out
        self._rows: Sequence[Row] = ()
        self._bold: dict[Any, list[str]] = {}

    def show(self, before: Sequence[Row] | None, after: Sequence[Row]) -> None:
        """Draw it anew."""
        self._bold = {
            change.after[self._subject.key]: change.fields(self._subject.columns)
            for change in changes(before, after, self._subject)
            if change.what in {What.ADDED, What.CHANGED}
        }
        self._rows = after
        self._draw(f"followed since {_now()}; Ctrl-C ends")

    def lost(self, reason: str) -> None:
        """Say that what is shown may be old."""
        self._draw(f"not followed since {_now()}, trying again: {reason}")

    def _draw(self, note: str) -> None:
        self._out.write(on_terminal(self._rows, self._bold, self._subject, note))
        self._out.flush()


class Lines:
    """A file or a pipe."""

    def __init__(self, subject: Subject, out: TextIO, style: str) -> None:
        self._subject = subject
        self._out = out
        self._style = style

    def show(self, before: Sequence[Row] | None, after: Sequence[Row]) -> None:
        """Write what changed."""
        moment = _now()
        for change in changes(before, after, self._subject):
            if self._style == "json":
                self._out.write(in_json(change, self._subject, moment) + "\n")
            else:
                self._out.write(f"{moment} {in_words(change, self._subject)}\n")
        self._out.flush()  # who reads a pipe wants it now

    def lost(self, reason: str) -> None:
        """Beside the lines, for people."""
        sys.stderr.write(f"{_now()} not followed, trying again: {reason}\n")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
