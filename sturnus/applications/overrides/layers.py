"""Values from four layers become one, and every leaf remembers which layer said it, who, and when.

    chart < manifest < system < user        (later wins: reference/inventory.md §4.3)

The merge is that of RFC 7396. A leaf that was deleted stays in the tree as null, so that it can be explained, and so
that Helm, which merges with the chart's own values once more, is told to delete it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sturnus.applications.overrides.values import Path, Values


class Layer(StrEnum):
    """Who says a value; the order of the members is that of their precedence."""

    CHART = "chart"
    """`values.yaml` in the chart's archive."""
    MANIFEST = "manifest"
    """What the application's manifest sets for the release."""
    SYSTEM = "system"
    """What the platform computes from its inventory."""
    USER = "user"
    """What an operator set by `helm-override-update`."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who set a leaf, and when."""

    who: str
    when: datetime


@dataclass(frozen=True, slots=True)
class LayerValues:
    """One layer's values. `authors` names those of its leaves that somebody set by hand."""

    layer: Layer
    values: Mapping[str, Any]
    authors: Mapping[Path, Author] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is replaced as a whole, with where it comes from."""

    value: Any  # None: deleted, or null from the start: charts see no difference
    layer: Layer
    author: Author | None = None  # None: nobody by hand


Tree = dict[str, "Leaf | Tree"]


class Merged:
    """All layers as one. Made by `merged`."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def values(self) -> Values:
        """What templates see: without what was deleted."""
        return _plain(self._tree)

    def leaves(self) -> Iterator[tuple[Path, Leaf]]:
        """Each leaf with its path, deleted ones too."""
        return _leaves(self._tree, ())

    def for_helm(self, chart: Mapping[str, Any]) -> Values:
        """What Helm has to lay over the chart's own values to get the same: all but the chart's layer.

        A map that was deleted and set anew must not get the chart's old keys back, so these become null.
        Large whole numbers become texts (`exact_numbers`).
        """
        wanted: Values = exact_numbers(_beyond(self._tree, chart))
        return wanted


def merged(*layers: LayerValues) -> Merged:
    """Lay the layers over each other, lowest first."""
    tree: Tree = {}
    for layer in layers:
        tree = _merge(tree, layer.values, layer, ())
    return Merged(tree)


LARGE: Final = 1_000_000
"""From here on Helm may print a number as 1e+06: numbers of values files are floats to it (reference §6.4.9)."""

NUMBERS_TO_KUBERNETES: Final = frozenset({"runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"})
"""Fields of a security context: charts copy them as they are, and Kubernetes refuses texts there."""


def exact_numbers(value: Any, name: str = "") -> Any:
    """Replace whole numbers that Helm would print with an exponent by texts, which templates print as they are."""
    if isinstance(value, Mapping):
        return {key: exact_numbers(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [exact_numbers(each, name) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LARGE:
        return value if name in NUMBERS_TO_KUBERNETES else str(value)
    return value


def _merge(tree: Tree, values: Mapping[str, Any], layer: LayerValues, above: Path) -> Tree:
    result = dict(tree)
    for name, value in values.items():
        path, under = (*above, name), result.get(name)
        if not isinstance(value, Mapping):
            result[name] = Leaf(value, layer.layer, layer.authors.get(path))
        elif value:
            result[name] = _merge(under if isinstance(under, dict) else {}, value, layer, path)
        elif not _is_map(under):  # an empty map over a map changes nothing
            result[name] = Leaf({}, layer.layer, layer.authors.get(path))
    return result


def _is_map(node: Leaf | Tree | None) -> bool:
    return isinstance(node, dict) or (node is not None and node.value == {})


def _plain(tree: Tree) -> Values:
    result: Values = {}
    for name, node in tree.items():
        if isinstance(node, dict):
            result[name] = _plain(node)
        elif node.value is not None:
            result[name] = node.value
    return result


def _leaves(tree: Tree, above: Path) -> Iterator[tuple[Path, Leaf]]:
    for name, node in tree.items():
        if isinstance(node, dict):
            yield from _leaves(node, (*above, name))
        else:
            yield (*above, name), node


def _beyond(tree: Tree, chart: Mapping[str, Any]) -> Values:
    result: Values = {name: None for name in chart if name not in tree}
    for name, node in tree.items():
        own = chart.get(name)
        if isinstance(node, dict):
            if further := _beyond(node, _map(own)):
                result[name] = further
        elif node.layer is not Layer.CHART:
            result[name] = _beyond({}, _map(own)) if node.value == {} else node.value
    return result


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
