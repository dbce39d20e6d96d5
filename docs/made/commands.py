"""A command's reference: what its parser says, one heading a command."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lab.cli.parser import parser as lab_parser
from sturnus.cli.config_controller.main import _parser as config_controller_parser
from sturnus.cli.sturnus.main import _parser as sturnus_parser
from sturnus.cli.system.main import build_parser as system_parser

PARSERS: Final[Mapping[str, Callable[[], argparse.ArgumentParser]]] = {
    "system": system_parser,
    "sturnus": sturnus_parser,
    "config_controller": config_controller_parser,
    "lab": lab_parser,
}
"""Console script → its parser, with all commands."""
WIDTH: Final = "110"


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The commands below a parser that have none below them; itself, if it is one."""
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]  # noqa: SLF001
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
