"""Figures beside their goals, as a benchmark prints them."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def show(figures: Mapping[str, float], goals: Mapping[str, float | None]) -> None:
    """One line a figure; a goal that is None is none."""
    width = max(map(len, figures))
    sys.stdout.write(f"{'figure':<{width}}  {'measured':>9}  {'goal':>6}\n")
    for name, value in figures.items():
        goal = goals[name]
        sys.stdout.write(f"{name:<{width}}  {value:>9.3g}  {'-' if goal is None else goal:>6}\n")
