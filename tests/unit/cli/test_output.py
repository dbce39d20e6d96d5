import argparse
import json

import pytest

from sturnus.cli import output
from sturnus.cli.failure import CommandError

HEADINGS = {"hostname": "hostname", "label_key": "label key"}
ROWS: list[dict[str, str | None]] = [
    {"hostname": "compute-0", "label_key": "sriov", "uuid": "x"},
    {"hostname": None, "label_key": "a,b"},
]


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    output.add_options(parser)
    return parser.parse_args(arguments)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    output.print_list(options(*arguments), ROWS, HEADINGS)
    return capsys.readouterr().out


def test_a_table_looks_as_prettytable_draws_it() -> None:
    assert output.table(["id", "hostname"], [["1", "controller-0"], ["10", "雪"]]) == (
        "+----+--------------+\n"
        "| id | hostname     |\n"
        "+----+--------------+\n"
        "| 1  | controller-0 |\n"
        "| 10 | 雪           |\n"
        "+----+--------------+"
    )


def test_an_empty_table_has_its_headings() -> None:
    assert output.table(["id"], []) == "+----+\n| id |\n+----+\n+----+"


def test_json_has_the_wires_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, "--format", "json")) == [
        {"hostname": "compute-0", "label_key": "sriov"},
        {"hostname": None, "label_key": "a,b"},
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--format", "value"), "compute-0 sriov\nNone a,b\n"),
        (("--format", "value", "--column", "label key"), "sriov\na,b\n"),
        (("--format", "csv"), 'hostname,label_key\ncompute-0,sriov\n,"a,b"\n'),
        (("--format", "yaml", "--column", "hostname"), "- hostname: compute-0\n- hostname: null\n"),
    ],
)
def test_formats_for_programs(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], text: str) -> None:
    assert printed(capsys, *arguments) == text


def test_an_unknown_column_names_those_that_there_are() -> None:
    with pytest.raises(CommandError, match="There is no column 'x'") as failed:
        output.print_list(options("--column", "x"), ROWS, HEADINGS)

    assert failed.value.remedy == "use one of hostname, label_key"
