"""Kubernetes objects as manifests have them: what they are called, and what is different between two of them."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import yaml

from sturnus.applications.overrides.secret_values import MASK, hiding

Object = Mapping[str, Any]
"""One object of a manifest, parsed."""
Hidden = Callable[[Any], Any]
"""Gives a value as it may be shown."""

WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet"})


@dataclass(frozen=True, slots=True, order=True)
class ObjectName:
    """Names one object within a release."""

    kind: str
    namespace: str  # "": the release's own, or none
    name: str

    def __str__(self) -> str:
        """`Kind/name`, as operators type it."""
        return f"{self.kind}/{self.name}"


class ObjectChange(StrEnum):
    """What happens to an object."""

    CREATE = "create"
    """It is made."""
    CHANGE = "change"
    """It is changed in place."""
    REPLACE = "replace"
    """A Job whose template changed: deleted, and made anew."""
    DELETE = "delete"
    """It is not in the new manifest."""


@dataclass(frozen=True, slots=True)
class ObjectDifference:
    """What happens to one object, and how it differs."""

    name: ObjectName
    change: ObjectChange
    restarts: bool  # its pods are replaced
    lines: tuple[str, ...]  # of a unified diff, secrets masked


def name_of(found: Object) -> ObjectName:
    """What an object is called."""
    metadata = found.get("metadata") or {}
    return ObjectName(str(found.get("kind", "")), str(metadata.get("namespace") or ""), str(metadata.get("name", "")))


def differences(
    before: Iterable[Object], after: Iterable[Object], secrets: Collection[str] = ()
) -> list[ObjectDifference]:
    """Compare two manifests, hooks left out by the caller; `secrets` are values that must not be shown."""
    old = {name_of(each): each for each in before}
    new = {name_of(each): each for each in after}
    hidden = hiding(secrets)
    found = []
    for name in sorted(old.keys() | new.keys()):
        difference = _difference(name, old.get(name), new.get(name), hidden)
        if difference is not None:
            found.append(difference)
    return found


def jobs_to_replace(before: Iterable[Object], after: Iterable[Object]) -> list[str]:
    """Jobs of both manifests whose pod template differs: Kubernetes refuses to change it."""
    old = {name_of(each): each for each in before}
    new = {name_of(each): each for each in after}
    both = sorted(old.keys() & new.keys())
    return [name.name for name in both if _change(name, old[name], new[name]) is ObjectChange.REPLACE]


def _difference(name: ObjectName, old: Object | None, new: Object | None, hidden: Hidden) -> ObjectDifference | None:
    if old == new:
        return None
    change = _change(name, old, new)
    lines = difflib.unified_diff(_lines(old, new, hidden), _lines(new, old, hidden), lineterm="", n=2)
    shown = tuple(lines)[2:]  # without the two file names
    restarts = change is ObjectChange.CHANGE and name.kind in WORKLOADS and _template(old) != _template(new)
    return ObjectDifference(name, change, restarts, shown)


def _change(name: ObjectName, old: Object | None, new: Object | None) -> ObjectChange:
    if old is None:
        return ObjectChange.CREATE
    if new is None:
        return ObjectChange.DELETE
    immutable = name.kind == "Job" and _template(old) != _template(new)
    return ObjectChange.REPLACE if immutable else ObjectChange.CHANGE


def _template(found: Object | None) -> Any:
    return None if found is None else (found.get("spec") or {}).get("template")


def _lines(found: Object | None, other: Object | None, hidden: Hidden) -> list[str]:
    if found is None:
        return []
    shown = hidden(_without_data(found, other))
    return yaml.safe_dump(shown, sort_keys=True, width=1000, allow_unicode=True).splitlines()


def _without_data(found: Object, other: Object | None) -> Object:
    """A Secret shows which of its keys change, and never a value."""
    if found.get("kind") != "Secret":
        return found
    masked = dict(found)
    for part in ("data", "stringData"):
        if isinstance(found.get(part), Mapping):
            theirs = (other or {}).get(part) or {}
            masked[part] = {key: _masked(value, theirs.get(key)) for key, value in found[part].items()}
    return masked


def _masked(value: Any, other: Any) -> str:
    if value == other:
        return MASK
    # Short enough to tell nothing, long enough that two values look different.
    return f"{MASK} ({hashlib.sha256(repr(value).encode()).hexdigest()[:6]})"
