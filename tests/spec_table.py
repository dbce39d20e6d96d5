"""The table of docs/spec.md: what it names, and whether the tests that it names have run.

`python -m tests.spec_table [--only DIR | --without DIR] REPORT...` reads JUnit reports of pytest and fails unless every
test of the table (in that directory; outside of it) ran there and passed.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET  # of our own pytest

CHECKOUT: Final = Path(__file__).parents[1]
PAGE: Final = CHECKOUT / "docs/spec.md"
COLUMNS: Final = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence of the specification."""

    says: str
    state: str  # "done", "in part: ...", "not yet ..."; with ": WHAT"
    places: tuple[str, ...]  # paths below the checkout
    tests: tuple[str, ...]  # node ids of pytest: FILE or FILE::FUNCTION

    @property
    def is_complete(self) -> bool:
        """Whether it says so."""
        return self.state == "done" or self.state.startswith("done:")


def rows(text: str) -> Iterator[Row]:
    """The rows of all tables on the page."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if len(cells) == COLUMNS and cells[1] != "State" and not cells[0].startswith("---"):
            says, state, places, tests = cells
            yield Row(says, state, tuple(_quoted(places)), tuple(_quoted(tests)))


def functions(file: Path) -> frozenset[str]:
    """The tests that are written in a file."""
    tree = ast.parse(file.read_text())
    found = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in found if node.name.startswith("test_"))


def passed(reports: Iterable[str]) -> frozenset[str]:
    """Node ids and files of which something ran, and all that ran passed. A report is JUnit's XML, of pytest."""
    good: set[str] = set()
    bad: set[str] = set()
    for report in reports:
        for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 -- pytest wrote it
            file = case.get("classname", "").replace(".", "/") + ".py"
            node = f"{file}::{case.get('name', '').partition('[')[0]}"
            (bad if _failed(case) else good).update((file, node))
    return frozenset(good - bad)


def missing(table: Iterable[Row], ran: frozenset[str]) -> list[str]:
    """Tests that the table names and that did not run, or did not pass."""
    return sorted({test for row in table for test in row.tests} - ran)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; 1 if a test is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.spec_table")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", metavar="DIR", help="the tests below DIR")
    which.add_argument("--without", metavar="DIR", help="the tests that are not below DIR")
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT")
    given = parser.parse_args(arguments)
    found = missing(rows(PAGE.read_text()), passed(report.read_text() for report in given.reports))
    if given.only:
        found = [test for test in found if _is_below(test, given.only)]
    if given.without:
        found = [test for test in found if not _is_below(test, given.without)]
    for test in found:
        sys.stderr.write(f"docs/spec.md names {test}, which did not run and pass\n")
    return 1 if found else 0


def _is_below(test: str, directory: str) -> bool:
    return Path(test).is_relative_to(directory)


def _failed(case: ET.Element) -> bool:
    return any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


if __name__ == "__main__":
    sys.exit(main())
