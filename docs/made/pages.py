"""Fills pages. `<!-- made: commands system -->` on a line of its own stands for what is made from the code.

Lines right below it are for who reads the page in the repository, where nothing is filled: what is made replaces them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs.made import commands, rest, settings

PLACE: Final = re.compile(r"^<!-- made: (?P<what>[a-z]+)(?: (?P<of>[a-z_-]+))? -->$(?:\n.+)*", re.MULTILINE)
MAKERS: Final[Mapping[str, Callable[[str], str]]] = {
    "commands": commands.render,
    "rest": rest.render,
    "settings": lambda _: settings.render(),
}


def filled(text: str) -> str:
    """The page with what is made. Raises KeyError for what nobody makes."""
    return PLACE.sub(lambda place: MAKERS[place["what"]](place["of"] or ""), text)


def write_openapi(into: Path) -> None:
    """Put the OpenAPI documents beside the pages, for programs."""
    for name in rest.APPLICATIONS:
        text = json.dumps(rest.document(name), indent=1, sort_keys=True)
        (into / f"openapi-{name}.json").write_text(text + "\n")
