"""Whatever is kept from ruff or mypy says why, in one form, in the line that is kept or in `pyproject.toml`."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
ROOMS = ("apps", "bench", "demo", "docs", "lab", "sturnus", "tests")
IGNORE = re.compile(r"#[ \t]*(type:\s*ignore|noqa|(ruff|flake8|mypy|pylint|pyright):|nosec|pragma:)", re.IGNORECASE)
FOR_RUFF = r"# (ruff: )?noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)*"
FOR_MYPY = r"# type: ignore\[[a-z-]+(, [a-z-]+)*\]  #"  # mypy takes nothing behind it but another comment
GOOD = re.compile(rf"({FOR_RUFF}|{FOR_MYPY}) -- \S")


def without_reason(text: str) -> Iterator[int]:
    """Numbers of lines."""
    for found in IGNORE.finditer(text):
        if not GOOD.match(text, found.start()):
            yield text.count("\n", 0, found.start()) + 1


def test_every_ignore_says_why() -> None:
    files = [file for room in ROOMS for file in sorted((CHECKOUT / room).rglob("*.py"))]
    ours = [file for file in files if file != Path(__file__)]

    assert [f"{file.relative_to(CHECKOUT)}:{line}" for file in ours for line in without_reason(file.read_text())] == []
    assert len(ours) > 1000


@pytest.mark.parametrize("kind", ["tool.ruff.lint", "tool.ruff.lint.per-file-ignores", "tool.mypy.overrides"])
def test_every_rule_that_is_off_says_why(kind: str) -> None:
    section = re.split(r"^\[+([\w.-]+)\]+$", (CHECKOUT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    settings = section[section.index(kind) + 1].partition("\nignore = [")
    lines = (settings[2] or settings[0]).splitlines()

    assert [line for line in lines if '"' in line and not line.endswith("[") and "# " not in line] == []
    assert any("# " in line for line in lines)


@pytest.mark.parametrize(
    ("line", "is_good"),
    [
        ("# type: ignore[misc, arg-type]  # -- it has no types", True),
        ("# noqa: S101, PLR0913 -- it is a pipe", True),
        ("# ruff: noqa: E501 -- sentences as they are written", True),
        ("# noqa: S101 -- it is a pipe # type: ignore[misc]", False),
        ("# type: ignore[misc]", False),
        ("# type: ignore[misc] # it has no types", False),
        ("# type: ignore[misc]  # -- ", False),
        ("# type: ignore  # -- it has no types", False),
        ("# noqa: S101", False),
        ("#noqa:S101 -- it is a pipe", False),
        ("# noqa: S101 - it is a pipe", False),
        ("# noqa -- it is a pipe", False),
        ("# mypy: ignore-errors", False),
        ("# what noqa says", True),
    ],
)
def test_there_is_one_form(line: str, *, is_good: bool) -> None:
    assert list(without_reason(f"fine = 1\nx = f()  {line}")) == ([] if is_good else [2])
