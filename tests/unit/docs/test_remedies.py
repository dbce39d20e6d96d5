"""What the programs tell people to type is a command that there is."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.made.commands import PARSERS

SOURCES = Path(__file__).parents[3] / "sturnus"
TYPED = re.compile(r"\b(system|fm|sw-manager|sturnus) (?:help )?([a-z0-9]+(?:-[a-z0-9]+)+)")
"""A program and a command of it. All of their commands but few have a hyphen; with that these are no mere words."""


def said(source: str) -> Iterator[str]:
    """Texts of a module that somebody may be shown: no docstrings; where a value is put in there is an X."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def commands(parser: argparse.ArgumentParser) -> set[str]:
    """The first words that a program takes."""
    actions = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return {name for action in actions for name in action.choices}


FOUND = sorted(
    {
        (str(path.relative_to(SOURCES)), *found)
        for path in SOURCES.rglob("*.py")
        for text in said(path.read_text())
        for found in TYPED.findall(text)
    }
)
THERE = {script: commands(make()) for script, make in PARSERS.items()}


def test_there_is_something_to_look_at() -> None:
    assert len(FOUND) > 80


@pytest.mark.parametrize(("module", "program", "command"), FOUND)
def test_a_command_that_a_program_names_is_one_that_there_is(module: str, program: str, command: str) -> None:
    assert command in THERE[program], f"{module}: {program} {command}"
