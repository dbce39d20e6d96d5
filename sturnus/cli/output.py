"""Tables for people, in the look of StarlingX's; JSON, YAML, CSV and bare values for programs.

Tables have headings; everything else has the wire's field names, so that a script need not know how they are titled.
"""

from __future__ import annotations

import argparse
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sturnus.cli.failure import CommandError

Row = Mapping[str, Any]

FORMATS = ("table", "json", "yaml", "value", "csv")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of every command that prints something."""
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument("--column", action="append", metavar="FIELD", help="print only this; may be repeated")
    parser.add_argument("--nowrap", action="store_true", help="accepted for compatibility: nothing is wrapped")


def add_watch(parser: argparse.ArgumentParser) -> None:
    """The option of commands that can follow what they show."""
    parser.add_argument(
        "--watch",
        "-w",
        action="store_true",
        help="go on showing what changes, until Ctrl-C: the table anew on a terminal, else one line for each change",
    )


def chosen(given: argparse.Namespace, headings: Mapping[str, str]) -> dict[str, str]:
    """Those columns that were asked for."""
    return {field: headings[field] for field in _chosen(given.column, headings)}


def print_list(given: argparse.Namespace, rows: Sequence[Row], headings: Mapping[str, str]) -> None:
    """Print many things of one kind. `headings`: field → title, in the order of the columns."""
    fields = _chosen(given.column, headings)
    wanted = [{field: row.get(field) for field in fields} for row in rows]
    if given.format == "table":
        _write(table([headings[field] for field in fields], [[_cell(row[f]) for f in fields] for row in wanted]))
    else:
        _print_plain(given.format, fields, wanted, wanted)


def print_one(given: argparse.Namespace, thing: Row, fields: Sequence[str]) -> None:
    """Print one thing as Property and Value, by property."""
    chosen = _chosen(given.column, {field: field for field in sorted(fields)})
    wanted = {field: thing.get(field) for field in chosen}
    if given.format == "table":
        _write(table(["Property", "Value"], [[field, _cell(wanted[field])] for field in chosen]))
    else:
        _print_plain(given.format, chosen, [wanted], wanted)


def print_texts(given: argparse.Namespace, thing: Row, fields: Sequence[str]) -> None:
    """Print one thing whose values may have several lines, and keep the lines."""
    if given.format != "table":
        print_one(given, thing, fields)
        return
    rows: list[list[str]] = []
    for field in _chosen(given.column, {field: field for field in sorted(fields)}):
        lines = str(thing.get(field)).rstrip("\n").split("\n")
        rows += [[field if number == 0 else "", line] for number, line in enumerate(lines)]
    _write(table(["Property", "Value"], rows))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table, left aligned, as prettytable draws it."""
    widths = [max(map(_width, column)) for column in zip(headings, *rows, strict=True)]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    lines = [rule, _line(headings, widths), rule, *(_line(row, widths) for row in rows), rule]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "| " + " | ".join(padded) + " |"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)


def _cell(value: object) -> str:
    return str(value).replace("\n", " ")


def _chosen(columns: Sequence[str] | None, headings: Mapping[str, str]) -> list[str]:
    if not columns:
        return list(headings)
    by_title = {title: field for field, title in headings.items()}
    chosen = [column if column in headings else by_title.get(column, "") for column in columns]
    if "" in chosen:
        unknown = columns[chosen.index("")]
        raise CommandError(f"There is no column {unknown!r}.", "use one of " + ", ".join(headings))
    return chosen


def _print_plain(style: str, fields: Sequence[str], rows: Sequence[Row], content: object) -> None:
    if style == "json":
        import json  # as below: only what this format needs

        _write(json.dumps(content, indent=2))
    elif style == "yaml":
        import yaml

        sys.stdout.write(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    elif style == "value":
        sys.stdout.writelines(" ".join(_cell(row[field]) for field in fields) + "\n" for row in rows)
    else:
        import csv

        writer = csv.DictWriter(sys.stdout, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
