"""User overrides whose names no lower layer knows: a slip would have no effect, and nobody would notice.

Which maps are open, so that any name is right in them, is told in docs/decisions/unknown-override-keys.md.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.overrides.values import Missing, Path, at, leaves, spelled
from sturnus.core.errors import Invalid

ALWAYS_OPEN: Final[frozenset[Path]] = frozenset({("global",), ("conf", "overrides")})
"""Helm passes `global` to every subchart; OpenStack-Helm's toolkit reads `conf.overrides`, which no default names."""

_FREE_WORDS: Final = frozenset(
    {"annotations", "args", "env", "environment", "headers", "labels", "limits", "parameters", "requests", "selector"}
)
"""Last words of maps of texts that Kubernetes, or a program, reads: their names are the user's."""
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A name that nobody knows, as far down as it was followed."""

    path: Path
    nearest: Path | None


def unknown_keys(
    user: Mapping[str, Any],
    lower: Mapping[str, Any],
    *,
    known_before: Mapping[str, Any] | None = None,
    subcharts: frozenset[str] = frozenset(),
) -> tuple[UnknownKey, ...]:
    """Return the paths of user overrides that no lower layer knows, each once.

    `lower`: chart, manifest and system layers as one, nulls included (`values.laid_over`). `known_before`: overrides
    that were taken already, by force perhaps: repeating them is no slip. `subcharts`: names of charts inside of the
    chart, whose own values `lower` need not have.
    """
    accepted = ALWAYS_OPEN | {(name,) for name in subcharts}
    found: dict[Path, UnknownKey] = {}
    for path, _ in leaves(user):
        stranger = _stranger(path, lower, accepted)
        if stranger is None or stranger in found or at(known_before or {}, path) is not Missing.MISSING:
            continue
        found[stranger] = UnknownKey(stranger, _nearest(stranger, path, lower))
    return tuple(found.values())


def refuse_unknown(found: tuple[UnknownKey, ...], chart: str) -> None:
    """Raise Invalid that names every unknown key, and the nearest one that is known."""
    if not found:
        return
    details = tuple(_sentence(each, chart) for each in found)
    more = f" And {len(details) - _SHOWN} more." if len(details) > _SHOWN else ""
    raise Invalid(
        " ".join(details[:_SHOWN]) + more,
        expected="names that the chart, its manifest or the system overrides have",
        remedy="correct the name, or say --force if the chart reads it all the same",
        details=details,
    )


def _sentence(unknown: UnknownKey, chart: str) -> str:
    near = f" Did you mean {spelled(unknown.nearest)}?" if unknown.nearest else ""
    return f"Nothing in chart {chart} is called {spelled(unknown.path)[:200]}.{near}"


def _stranger(path: Path, lower: Mapping[str, Any], accepted: frozenset[Path]) -> Path | None:
    """Return the path down to the first name that is not known; None if the whole is known, or lies in an open map."""
    here: Any = lower
    for length, name in enumerate(path):
        above = path[:length]
        if above in accepted or _is_open(above, here):
            return None
        if name not in here:
            return None if path[: length + 1] in accepted else path[: length + 1]
        here = here[name]
    return None


def _is_open(path: Path, there: Any) -> bool:
    """Whether any name is right inside of what the lower layers have there."""
    if not isinstance(there, Mapping) or not there:
        return True  # null, {} or a single value: a place that is filled by whoever uses the chart
    if len(path) >= 2 and path[0] == "conf":
        return True  # the content of a configuration file: its program knows more options than the chart names
    if "default" in there:
        return True  # endpoints of OpenStack-Helm: `public` or `internal` come beside it, and win over it
    if any("." in name or "/" in name for name in there):
        return True  # names of files or labels
    words = _WORD.findall(path[-1]) if path else []
    return bool(words) and words[-1].lower() in _FREE_WORDS and not any(isinstance(v, Mapping) for v in there.values())


def _nearest(stranger: Path, path: Path, lower: Mapping[str, Any]) -> Path | None:
    """Look for a slip in the name first, then for the same name elsewhere."""
    siblings = at(lower, stranger[:-1])
    if near := difflib.get_close_matches(stranger[-1], sorted(siblings), n=1):
        return (*stranger[:-1], near[0])
    tails = [known for known in _inner_paths(lower) if known[-len(path) :] == path]
    if not tails:
        tails = [known for known in _inner_paths(lower) if known[-1] == path[-1]]
    return min(tails, key=lambda known: (len(known), known), default=None)


def _inner_paths(values: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    for name, value in values.items():
        yield (*above, name)
        if isinstance(value, Mapping):
            yield from _inner_paths(value, (*above, name))
