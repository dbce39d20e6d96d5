"""What is different between two sets of values, leaf by leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.overrides.secret_values import MASK, masked

IsSecret = Callable[[tuple[str, ...]], bool]
"""Whether the value at this path must not be shown."""


class _Absent:
    """A leaf that one side does not have."""


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One leaf. Texts as they are shown; None: it is not there."""

    path: str  # "conf.nova.DEFAULT.debug"
    before: str | None
    after: str | None


def changes(before: Mapping[str, Any], after: Mapping[str, Any], is_secret: IsSecret) -> list[ValueChange]:
    """Leaves that differ, by path. A list counts as one leaf: Helm replaces it as a whole."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    found = []
    for path in sorted(old.keys() | new.keys()):
        was, is_now = old.get(path, ABSENT), new.get(path, ABSENT)
        # 1 and True and 1.0 are equal to Python and not to a template.
        if (type(was), was) != (type(is_now), is_now):
            found.append(ValueChange(".".join(path), _text(was, path, is_secret), _text(is_now, path, is_secret)))
    return found


def _leaves(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in values.items():
        here = (*path, str(key))
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, here)
        else:
            yield here, value


def _text(value: Any, path: tuple[str, ...], is_secret: IsSecret) -> str | None:
    if isinstance(value, _Absent):
        return None
    # Lists are one leaf here, and may hold secrets further down.
    return MASK if is_secret(path) else repr(masked(value, is_secret, path))
