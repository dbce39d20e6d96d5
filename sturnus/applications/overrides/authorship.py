"""Who set which leaf of an operator's overrides, and when: kept beside the overrides, as one JSON object.

{"conf.nova.DEFAULT.debug": {"by": "admin", "at": "2026-01-01T12:00:00+00:00"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sturnus.applications.overrides.layers import Author
from sturnus.applications.overrides.values import Path, leaves, path_of, spelled


def authors_after(
    before: Mapping[str, Any], known: Mapping[Path, Author], after: Mapping[str, Any], author: Author
) -> dict[Path, Author]:
    """Return the authors once overrides changed: whoever says again what was said before, is not the author."""
    old = dict(leaves(before))
    return {
        path: known[path] if path in known and path in old and same(old[path], value) else author
        for path, value in leaves(after)
    }


def same(one: object, other: object) -> bool:
    """Compare values as JSON does: true is not 1, and 1.0 is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def to_json(authors: Mapping[Path, Author]) -> dict[str, Any]:
    """As it is stored."""
    return {spelled(path): {"by": author.who, "at": author.when.isoformat()} for path, author in authors.items()}


def from_json(stored: Mapping[str, Any]) -> dict[Path, Author]:
    """As it was given to `to_json`."""
    return {path_of(path): Author(each["by"], datetime.fromisoformat(each["at"])) for path, each in stored.items()}
