"""Says of each value of a chart where it comes from: layer, who, and when."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sturnus.applications.overrides.layers import Layer, LayerValues, Leaf, merged
from sturnus.applications.overrides.secret_values import SecretPath, masked
from sturnus.applications.overrides.values import Missing, Path, at, path_of, spelled
from sturnus.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Said:
    """What one layer says of a value, and does not get its way."""

    layer: Layer
    value: Any


@dataclass(frozen=True, slots=True)
class Explained:
    """One value: where it comes from, and what it hides. Secrets are masked."""

    path: str  # as `--set` reads it
    value: Any  # None: deleted, or null
    layer: Layer
    who: str | None  # None: nobody by hand
    when: datetime | None
    instead_of: tuple[Said, ...]  # what lower layers say, lowest first


def explain(layers: tuple[LayerValues, ...], is_secret: SecretPath, key: str | None = None) -> list[Explained]:
    """Explain every value, or those at and below `key`.

    Raises:
        NotFound: there is no value of that name; with the nearest.

    """
    found = list(merged(*layers).leaves())
    if key:
        wanted = path_of(key)
        chosen = [(path, leaf) for path, leaf in found if path[: len(wanted)] == wanted]
        if not chosen:
            raise _no_such_value(key, [path for path, _ in found])
        found = chosen
    return [_explained(path, leaf, layers, is_secret) for path, leaf in found]


def _explained(path: Path, leaf: Leaf, layers: tuple[LayerValues, ...], is_secret: SecretPath) -> Explained:
    below = [each for each in layers if list(Layer).index(each.layer) < list(Layer).index(leaf.layer)]
    hidden = ((each.layer, at(each.values, path)) for each in below)
    return Explained(
        path=spelled(path),
        value=masked(leaf.value, is_secret, path),
        layer=leaf.layer,
        who=None if leaf.author is None else leaf.author.who,
        when=None if leaf.author is None else leaf.author.when,
        instead_of=tuple(
            Said(layer, masked(value, is_secret, path)) for layer, value in hidden if value is not Missing.MISSING
        ),
    )


def _no_such_value(key: str, known: list[Path]) -> NotFound:
    names = {spelled(path[:length]) for path in known for length in range(1, len(path) + 1)}
    near = difflib.get_close_matches(key, sorted(names), n=1)
    return NotFound(
        f"value not found: {key[:200]}",
        expected=f"a value of the chart, such as {near[0]}" if near else "a value of the chart",
        remedy="leave out KEY to see all values",
    )


def to_wire(row: Explained) -> Mapping[str, Any]:
    """As the API answers."""
    return {
        "path": row.path,
        "value": row.value,
        "layer": row.layer,
        "who": row.who,
        "when": None if row.when is None else row.when.isoformat(),
        "instead_of": [{"layer": said.layer, "value": said.value} for said in row.instead_of],
    }
