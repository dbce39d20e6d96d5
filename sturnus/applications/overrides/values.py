"""Values of a chart as plain data: JSON's types, paths to their leaves, and how one set is laid over another.

A leaf is whatever is replaced as a whole: a scalar, a list, null, an empty map (reference/inventory.md §4.3). Null
means "take away what lower layers say", so it is kept until everything is merged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

Values = dict[str, Any]
"""A map of JSON's types, its keys texts."""
Path = tuple[str, ...]
"""Names of a value from the root on. Lists have no paths inside: they are leaves."""


class Missing(Enum):
    """What `at` finds where there is nothing; null is something."""

    MISSING = "missing"
    """No value of that name."""


_SPECIAL: Final = re.compile(r"[\\.,=\[]")
_PIECE: Final = re.compile(r"(?:[^\\.]|\\.)*", re.DOTALL)


def spelled(path: Path) -> str:
    r"""Write a path as `--set` reads it: `conf.nova.DEFAULT.debug`, `annotations.example\.com/owner`."""
    return ".".join(_SPECIAL.sub(r"\\\g<0>", name) for name in path)


def path_of(text: str) -> Path:
    """Read a path as `spelled` writes it. The empty text is the root."""
    if not text:
        return ()
    pieces, position = [], 0
    while True:
        found = _PIECE.match(text, position)
        assert found is not None  # noqa: S101 -- the pattern matches the empty text too
        pieces.append(re.sub(r"\\(.)", r"\1", found.group(), flags=re.DOTALL))
        if found.end() >= len(text):
            return tuple(pieces)
        position = found.end() + 1


def leaves(values: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield each leaf with its path, in the order of the maps."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def at(values: Mapping[str, Any], path: Path) -> Any:
    """Return what is there; `Missing.MISSING` if there is nothing of that name."""
    found: Any = values
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            return Missing.MISSING
        found = found[name]
    return found


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> Values:
    """Compose two sets of overrides into one: maps are merged, anything else is replaced, null stays to delete."""
    result = dict(below)
    for name, value in above.items():
        under = result.get(name)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            result[name] = laid_over(under, value)
        else:
            result[name] = value
    return result
