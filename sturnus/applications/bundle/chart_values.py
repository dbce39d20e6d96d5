"""The values that a chart brings with it, read from its archive."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sturnus.applications.bundle import tar_stream
from sturnus.applications.bundle.limits import DEFAULT_LIMITS
from sturnus.applications.overrides.values import Values
from sturnus.applications.overrides.values_text import read_values
from sturnus.applications.release import ChartArchive


def chart_values(chart: ChartArchive) -> Values:
    """Read `values.yaml`; empty if the chart has none. Takes up to a tenth of a second: call it in a thread.

    Raises Invalid (no YAML, too large), with the line.
    """
    return _read(chart.file, chart.sha256) if chart.has_values else {}


@lru_cache(maxsize=64)
def _read(file: Path, _sha256: str) -> Values:
    limits = DEFAULT_LIMITS.of_a_chart()
    with file.open("rb") as packed:
        for member in tar_stream.members(packed, file.name, limits):
            if member.path.partition("/")[2] == "values.yaml":
                text = b"".join(member.content()).decode(errors="replace")
                return read_values(text, f"charts/{file.name}!values.yaml")
    return {}
