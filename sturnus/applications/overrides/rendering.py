"""Renders `overrides.yaml` in a child process: a template may loop for ever, and a thread cannot be killed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sturnus.applications.overrides.values import Values
from sturnus.applications.overrides.values_text import read_values
from sturnus.core.child_process import output_of
from sturnus.core.errors import Invalid

DEADLINE: Final = timedelta(seconds=10)
_KEY: Final = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,62}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,252}")


async def render_overrides(
    template: str, facts: Mapping[str, Any], deadline: timedelta = DEADLINE
) -> dict[str, Values]:
    """Return values per chart: the key is `CHART` or `NAMESPACE/CHART`.

    `facts`: plain data, as JSON has it.

    Raises:
        Invalid: the template cannot be rendered within the limits, or renders to something else; with the line.

    """
    text = await _rendered(template, facts, deadline)
    found = read_values(text, "overrides.yaml, as rendered")
    for key, values in found.items():
        if not _KEY.fullmatch(key) or not isinstance(values, (dict, type(None))):
            raise Invalid(
                f"overrides.yaml, as rendered: {key[:80]!r} is no chart with values.",
                expected="CHART: or NAMESPACE/CHART: and a map of values",
                remedy="correct the application's tarball",
            )
    return {key: values or {} for key, values in found.items()}


async def _rendered(template: str, facts: Mapping[str, Any], deadline: timedelta) -> str:
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sturnus.applications.overrides.rendering_process",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )  # fmt: skip
    request = json.dumps({"template": template, "facts": facts}).encode()
    try:
        output = await output_of(process, deadline.total_seconds(), request)
    except TimeoutError:
        raise _stopped(f"it is not rendered within {deadline.total_seconds():g} s") from None
    try:
        answer = json.loads(output)
    except ValueError:
        raise _stopped("the process that renders it was stopped: it needs too much time or memory") from None
    if "error" in answer:
        raise Invalid(answer["error"], expected=answer["expected"], remedy=answer["remedy"])
    return str(answer["text"])


def _stopped(found: str) -> Invalid:
    return Invalid(
        f"overrides.yaml: {found}.",
        expected="a template without endless loops",
        remedy="correct the application's tarball",
    )
