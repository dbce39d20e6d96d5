"""The process that renders one template: request on standard input, answer on standard output, limits on everything."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any, Final

from sturnus.applications.overrides import templates
from sturnus.core.errors import Invalid

MOST_MEMORY: Final = 512 * 1024 * 1024
"""Bytes of address space."""
MOST_SECONDS: Final = 15
"""Of processor time: above the parent's deadline, in case the parent is gone."""


def main() -> None:
    """Render what is asked for, and answer with the text or with what is wrong."""
    request = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    json.dump(_answer(request["template"], request["facts"]), sys.stdout)


def _answer(template: str, facts: dict[str, Any]) -> dict[str, str]:
    try:
        return {"text": templates.render(template, facts)}
    except Invalid as error:
        return {"error": error.message, "expected": error.expected, "remedy": error.remedy}


if __name__ == "__main__":
    main()
