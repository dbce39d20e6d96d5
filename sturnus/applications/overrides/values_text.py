"""Values as YAML texts: read with limits and without surprises, written so that Helm reads the same.

Texts come from outside: they are bounded in size, depth and number of values, also after aliases are followed, and a
name that stands twice in a map is refused with its line. Scalars are resolved as Go's YAML (and so Helm) resolves them,
where Python's differs: `10:30` and `2019-01-01` are texts, `1e5` is a number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from sturnus.applications.overrides.values import Values
from sturnus.core.errors import Invalid

MOST_BYTES: Final = 1024 * 1024
MOST_LEVELS: Final = 64
MOST_VALUES: Final = 50_000
"""Maps, lists and scalars, counted as often as aliases repeat them. Nova's values.yaml has 4,000."""

_TAG: Final = "tag:yaml.org,2002:"
_BOOL: Final = re.compile(r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF")
_INT: Final = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*|0)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NULL: Final = re.compile(r"~|null|Null|NULL|")


class _Loader(yaml.CSafeLoader):
    """Resolves scalars as Go does."""


class _Dumper(yaml.CSafeDumper):
    """Puts quotes around texts that Go, or Python, would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:  # values are a tree
        return True


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", _BOOL, "yYnNtTfFoO"),
    ("int", _INT, "-+0123456789"),
    ("float", _FLOAT, "-+0123456789."),
    ("nonumber", _NO_NUMBER, "-+."),
    ("null", _NULL, ["~", "n", "N", ""]),
    ("merge", re.compile("<<"), "<"),
):
    _whole = re.compile(rf"(?:{_pattern.pattern})\Z")
    _Loader.add_implicit_resolver(_TAG + _tag, _whole, list(_first))
    _Dumper.add_implicit_resolver(_TAG + _tag, _whole, list(_first))
_Dumper.add_implicit_resolver(_TAG + "bool", re.compile(r"(?:y|Y|n|N)\Z"), list("yYnN"))


def read_values(text: str, name: str) -> Values:
    """Read a map of values. `name` is what errors call the text ("--values 1", "overrides.yaml").

    An empty text is an empty map. Keys become texts, as JSON's.

    Raises:
        Invalid: no YAML, no map, too large, or a name twice in one map; with the line.

    """
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise _refused(name, None, f"it has more than {MOST_BYTES // 1024} KiB", "a smaller text")
    try:
        _refuse_deep(text, name)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        line = None if where is None else where.line + 1
        raise _refused(name, line, error.problem or "it is no YAML", "a YAML document") from error
    except (yaml.YAMLError, ValueError) as error:  # characters that YAML does not allow, or no Unicode
        raise _refused(name, None, "it has characters that YAML does not allow", "a YAML document") from error
    if node is None:
        return {}
    built = _Builder(name).build(node)
    if built is None:
        return {}
    if not isinstance(built, dict):
        raise _refused(name, node.start_mark.line + 1, "it is no map", "KEY: VALUE, as in a chart's values.yaml")
    return built


def write_values(values: Mapping[str, Any]) -> str:
    """Write values as people read them; the empty text for an empty map."""
    if not values:
        return ""
    return str(yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000))


def _refuse_deep(text: str, name: str) -> None:
    """Before anything is built: what follows calls itself once per level."""
    level = count = 0
    for event in yaml.parse(text, Loader=_Loader):
        count += isinstance(event, yaml.NodeEvent)
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
        if level > MOST_LEVELS:
            raise _refused(name, _line(event), f"it has more than {MOST_LEVELS} levels", "a flatter text")
        if count > MOST_VALUES:
            raise _too_many(name, _line(event))


def _line(event: yaml.Event) -> int | None:
    return None if event.start_mark is None else event.start_mark.line + 1


class _Builder:
    """Makes plain data of YAML's nodes, counting what it makes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._made = 0
        self._inside: set[int] = set()

    def build(self, node: Node) -> Any:
        self._made += 1
        if self._made > MOST_VALUES:
            raise _too_many(self._name, node.start_mark.line + 1)
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if id(node) in self._inside:
            raise self._wrong(node, "an alias stands inside of what it names", "a tree")
        if node.tag not in {_TAG + "map", _TAG + "seq"}:
            raise self._wrong(node, f"the tag {node.tag[:80]} means nothing here", "plain values")
        self._inside.add(id(node))
        built = self._map(node) if isinstance(node, MappingNode) else [self.build(each) for each in node.value]
        self._inside.discard(id(node))
        return built

    def _map(self, node: MappingNode) -> Values:
        result: Values = {}
        merged: Values = {}
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                for each in self._merged(value):
                    merged = each | merged  # the first one wins
                continue
            name = self._key(key)
            if name in result:
                raise self._wrong(key, f"{name[:80]!r} stands twice in one map", "each name once")
            result[name] = self.build(value)
        return merged | result

    def _merged(self, node: Node) -> Iterator[Values]:
        built = self.build(node)
        for each in built if isinstance(built, list) else [built]:
            if not isinstance(each, dict):
                raise self._wrong(node, "<< wants a map", "<<: *NAME")
            yield each

    def _key(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            raise self._wrong(node, "a key is no text", "KEY: VALUE")
        value = self._scalar(node)
        if value is None or isinstance(value, float):
            raise self._wrong(node, f"{node.value[:80]!r} is no key", "a text")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _scalar(self, node: ScalarNode) -> Any:
        kind, text = node.tag.removeprefix(_TAG), str(node.value)
        try:
            match kind:
                case "null":
                    return None
                case "str" | "merge":
                    return text
                case "bool":
                    return text.lower() in {"yes", "true", "on"}
                case "int":
                    return _int(text)
                case "float" if math.isfinite(float(text)):
                    return float(text)
        except ValueError:
            pass
        raise self._wrong(node, f"a value of tag {node.tag[:80]} is none of JSON", "plain values")

    def _wrong(self, node: Node, found: str, expected: str) -> Invalid:
        return _refused(self._name, node.start_mark.line + 1, found, expected)


def _int(text: str) -> int:
    plain = text.replace("_", "")
    digits = plain.lstrip("+-")
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    return int(plain, 8 if octal else 0)


def _too_many(name: str, line: int | None) -> Invalid:
    return _refused(name, line, f"it has more than {MOST_VALUES:,} values, aliases followed", "a smaller text")


def _refused(name: str, line: int | None, found: str, expected: str) -> Invalid:
    place = name if line is None else f"{name}, line {line}"
    return Invalid(f"{place}: {found}.", expected=expected, remedy="correct the text and repeat the command")
