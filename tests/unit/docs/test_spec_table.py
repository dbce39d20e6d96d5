"""docs/spec.md: nothing is named there that does not exist, and nothing is called done without a test."""

import pytest

from tests import spec_table
from tests.spec_table import CHECKOUT, PAGE, Row, functions, missing, passed

ROWS = list(spec_table.rows(PAGE.read_text()))
WORK_ITEMS = 12 + 6 + 2
"""Of the specification: the inventory's, the VIM's, config_controller's."""


def test_every_work_item_has_a_row() -> None:
    items = PAGE.read_text().partition("## Work items: system inventory")[2].partition("## Beyond it")[0]

    assert len(list(spec_table.rows(items))) == WORK_ITEMS


def test_every_state_is_one_of_three() -> None:
    assert [row.says for row in ROWS if not row.state.startswith(("done", "in part: ", "not yet"))] == []


def test_what_is_not_done_says_what_is_missing_and_names_no_list_that_a_reader_cannot_open() -> None:
    states = [row.state for row in ROWS if not row.is_complete]

    assert [state for state in states if not state.partition(": ")[2] or "issue" in state] == []
    assert states


def test_what_is_done_has_a_place_and_a_test() -> None:
    assert [row.says for row in ROWS if row.is_complete and not (row.places and row.tests)] == []


def test_every_place_is_there() -> None:
    assert [place for row in ROWS for place in row.places if not (CHECKOUT / place).exists()] == []


@pytest.mark.parametrize("test", sorted({test for row in ROWS for test in row.tests}))
def test_every_named_test_is_there(test: str) -> None:
    file, _, name = test.partition("::")

    assert (CHECKOUT / file).is_file()
    assert not name or name in functions(CHECKOUT / file)


def test_a_test_counts_if_it_ran_and_passed_in_every_form() -> None:
    report = """<testsuites><testsuite>
        <testcase classname="tests.unit.test_a" name="test_one[x]"/>
        <testcase classname="tests.unit.test_a" name="test_one[y]"><failure/></testcase>
        <testcase classname="tests.unit.test_b" name="test_two"/>
        <testcase classname="tests.unit.test_c" name="test_three"><skipped/></testcase>
    </testsuite></testsuites>"""
    named = ("tests/unit/test_a.py::test_one", "tests/unit/test_b.py::test_two", "tests/unit/test_b.py")
    table = [Row("", "done", (), (*named, "tests/unit/test_c.py::test_three", "tests/unit/test_d.py::test_four"))]

    assert missing(table, passed([report])) == [
        "tests/unit/test_a.py::test_one",
        "tests/unit/test_c.py::test_three",
        "tests/unit/test_d.py::test_four",
    ]
