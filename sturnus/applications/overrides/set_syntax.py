r"""`--set a.b[0]=x`, read as Helm reads it, less what it does in silence (reference/inventory.md §4.3).

    conf.nova.DEFAULT.debug=true     a truth value; null, -5 and true are typed, everything else is a text
    replicas=2                       digits only: a text, as StarlingX passes them, so that no zero or digit gets lost
    annotations.example\.com/a=b     a backslash takes the meaning from . , = [ and \
    endpoints.url=http://x?a=b       the first = ends the key
    hosts[0].name=compute-0          lists; an index that leaves a gap is refused, since the gap would be null
    names={a}  names=[]              a list of one, and of none
    a=1,b=2                          refused, as upstream: use --set twice, or --values

What cannot be meant is refused, where upstream skipped it. Errors name the key: the value may be a secret.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.overrides.values import Values
from sturnus.core.errors import Invalid

MOST_LEVELS: Final = 30
"""As in Helm."""
LARGEST_INDEX: Final = 65_536
"""As in Helm."""
INT64: Final = range(-(2**63), 2**63)

Step = str | int
"""A name in a map, or an index in a list."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One `--set`: where, and what."""

    steps: tuple[Step, ...]
    value: Any


class _Gap:
    """An element of a list that nobody set yet."""


_GAP: Final = _Gap()


def with_settings(values: Mapping[str, Any], items: Sequence[str]) -> Values:
    """Return a copy of the values with all settings made, in their order.

    Raises:
        Invalid: one cannot be read, contradicts what is there, or leaves a gap in a list.

    """
    result = copy.deepcopy(dict(values))
    for item in items:
        setting = parse(item)
        _put(result, setting.steps, setting.value, item)
    _refuse_gaps(result, ())
    return result


def parse(item: str) -> Setting:
    """Read one `KEY=VALUE`."""
    if any("\ud800" <= sign <= "\udfff" for sign in item):
        raise _unreadable(ascii(item), "it has half a character")
    steps, position = _key(item)
    return Setting(steps, _value(item, position))


class _Key:
    """What was read of a key so far."""

    def __init__(self, item: str) -> None:
        self.item = item
        self.steps: list[Step] = []
        self.name = ""

    @property
    def after_index(self) -> bool:
        return bool(self.steps) and isinstance(self.steps[-1], int) and not self.name

    def end_name(self) -> None:
        if not self.name:
            raise _unreadable(self.item, "a part of the key is empty")
        self.steps.append(self.name)
        self.name = ""


def _key(item: str) -> tuple[tuple[Step, ...], int]:
    """Return the steps of the key and where the value begins."""
    key, position = _Key(item), 0
    while position < len(item):
        sign = item[position]
        position += 1
        if sign in "=.[":
            if not key.after_index:
                key.end_name()
            if sign == "=":
                return _few(tuple(key.steps), item), position
            if sign == "[":
                position = _index(key, position)
            elif position < len(item) and item[position] in "=.[":
                raise _unreadable(item, "a part of the key is empty")
        elif sign == ",":
            raise _comma(item)
        elif sign == "\\" and position < len(item):
            key.name += item[position]
            position += 1
        else:
            key.name += sign
    raise _unreadable(item, "it has no =")


def _index(key: _Key, position: int) -> int:
    found = re.compile(r"([0-9]{1,6})\](?=[=.\[])").match(key.item, position)
    if found is None or int(found.group(1)) > LARGEST_INDEX:
        raise _unreadable(key.item, f"after [ a number up to {LARGEST_INDEX}, ] and one of = . [ are expected")
    key.steps.append(int(found.group(1)))
    return found.end()


def _few(steps: tuple[Step, ...], item: str) -> tuple[Step, ...]:
    if len(steps) > MOST_LEVELS:
        raise _unreadable(item, f"the key has more than {MOST_LEVELS} levels")
    return steps


def _value(item: str, position: int) -> Any:
    text = item[position:]
    if re.search(r"(?<!\\)(?:\\\\)*,", text):
        raise _comma(item)
    plain = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    if re.fullmatch(r"[0-9]+", text):
        return text
    if text == "[]":
        return []
    if text.startswith("{"):
        if not text.endswith("}") or len(text) < 3:
            raise _unreadable(item, "a list is written {VALUE}, and an empty one []")
        return [_typed(plain[1:-1])]
    return _typed(plain)


def _typed(text: str) -> Any:
    word = {"true": True, "false": False, "null": None}
    if text.lower() in word:
        return word[text.lower()]
    if text == "0" or (re.fullmatch(r"[+-]?[0-9]+", text) and text[0] != "0" and int(text) in INT64):
        return int(text)
    return text


def _put(container: Any, steps: tuple[Step, ...], value: Any, item: str) -> None:
    for number, step in enumerate(steps):
        _refuse_other_kind(container, step, steps[:number], item)
        if isinstance(container, list):
            container.extend([_GAP] * (int(step) + 1 - len(container)))
        if number == len(steps) - 1:
            container[step] = value
            return
        there = container.get(step) if isinstance(container, dict) else container[int(step)]
        if there is None or there is _GAP:
            container[step] = [] if isinstance(steps[number + 1], int) else {}
        container = container[step]


def _refuse_other_kind(container: Any, step: Step, above: tuple[Step, ...], item: str) -> None:
    wanted = list if isinstance(step, int) else dict
    if isinstance(container, wanted):
        return
    kind = "a map" if isinstance(container, dict) else "a list" if isinstance(container, list) else "a single value"
    raise Invalid(
        f"--set {_named(item)}: {_spelled(above)} is {kind} there already.",
        expected="a key that agrees with the overrides that are kept",
        remedy=f"--set {_spelled(above)}=null first, or give the whole by --values",
    )


def _refuse_gaps(value: Any, above: tuple[Step, ...]) -> None:
    if isinstance(value, list):
        if _GAP in value:
            raise Invalid(
                f"--set: {_spelled((*above, value.index(_GAP)))} is not set.",
                expected="a list without gaps: it replaces the chart's own list as a whole",
                remedy="set every element, or give the whole list by --values",
            )
        for number, each in enumerate(value):
            _refuse_gaps(each, (*above, number))
    elif isinstance(value, dict):
        for name, each in value.items():
            _refuse_gaps(each, (*above, name))


def _spelled(steps: tuple[Step, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _named(item: str) -> str:
    """The key alone: the value may be a secret."""
    return item.partition("=")[0][:200]


def _unreadable(item: str, why: str) -> Invalid:
    return Invalid(f"--set {_named(item)}: {why}.", expected="KEY=VALUE", remedy="system help helm-override-update")


def _comma(item: str) -> Invalid:
    return Invalid(
        f"--set {_named(item)}: a comma would begin another setting.",
        expected=r"one KEY=VALUE; \, for a comma in a text",
        remedy="use --set once per value, or a file: --values FILE",
    )
