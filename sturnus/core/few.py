"""The first of many names, in sentences that name some of them."""

from __future__ import annotations

from collections.abc import Sequence


def few(names: Sequence[str], most: int) -> list[str]:
    """The first so many, and how many more there are, as one entry more."""
    return [*names] if len(names) <= most else [*names[:most], f"{len(names) - most} more"]


def few_in_words(names: Sequence[str], most: int) -> str:
    """The same as a part of a sentence: "a, b and 3 more"."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
