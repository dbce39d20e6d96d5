"""A command's reference: what its parser says, one heading a command."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, cast

Make = Callable[[], argparse.ArgumentParser]
MAKERS: Final = ("build_parser", "_parser", "parser")
"""How the function is called, in the module of a console script, that makes its parser. The first of these counts."""


def _parsers() -> Mapping[str, Make]:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    found = {}
    for script, target in project["scripts"].items():
        module = importlib.import_module(target.partition(":")[0])
        found[script] = next(
            cast("Make", getattr(module, name)) for name in MAKERS if callable(getattr(module, name, None))
        )
    return found


PARSERS: Final = _parsers()
"""Console script → its parser, with all commands."""
WIDTH: Final = "110"


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The commands below a parser that have none below them; itself, if it is one."""
    found = [
        action
        for action in parser._actions  # noqa: SLF001 -- argparse tells it nowhere else
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 -- likewise
    ]
    if not found:
        yield parser
    seen: set[int] = set()
    for action in found:
        for child in action.choices.values():
            if id(child) not in seen:  # a command may have a second name
                seen.add(id(child))
                yield from leaves(child)


def render(script: str) -> str:
    """Markdown: what the script says of itself, then of each of its commands."""
    os.environ["COLUMNS"] = WIDTH  # argparse asks for it
    top = PARSERS[script]()
    own = _block(top.format_help())
    below = [leaf for leaf in leaves(top) if leaf is not top]
    return "\n\n".join([own, *(f"## {leaf.prog}\n\n{_block(leaf.format_help())}" for leaf in below)])


def _block(text: str) -> str:
    return f"```text\n{re.sub(r'[ ]+$', '', text, flags=re.MULTILINE).rstrip()}\n```"
