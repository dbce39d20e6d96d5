"""Rendered YAML, read as Helm reads it.

Helm's YAML library (sigs.k8s.io/yaml over go-yaml v2) and PyYAML disagree on plain scalars: PyYAML makes a date of
`2026-01-01`, 754 of `12:34`, a string of `1e3` and of `0o17`; Helm makes a string, a string, a number and a number.
Objects have to be what the cluster will get, so the rules here are go-yaml's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

_SOURCE: Final = re.compile(r"^# Source: (?P<template>\S+)\s*$", re.MULTILINE)
_BETWEEN: Final = re.compile(r"^---[ \t]*(?:#.*)?$", re.MULTILINE)
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # C where libyaml is there: ten times as fast


class _GoLoader(_BASE):  # type: ignore[misc]  # -- one of two classes, chosen at run time
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 -- PyYAML's own way


_RULES: Final = (
    ("bool", r"[yY]|yes|Yes|YES|on|On|ON|true|True|TRUE|[nN]|no|No|NO|off|Off|OFF|false|False|FALSE", "yYnNtTfFoO"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
     "-+0123456789."),
    ("merge", r"<<", "<"),
)  # fmt: skip


def _bool(loader: Any, node: yaml.ScalarNode) -> bool:
    return loader.construct_scalar(node).lower() in {"y", "yes", "on", "true"}


def _int(loader: Any, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node).replace("_", "")
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        digits = "0o" + digits
    return int(digits, 0) * (-1 if text.startswith("-") else 1)


def _float(loader: Any, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan"))


def _map(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    loader.flatten_mapping(node)
    return {
        _key(loader.construct_object(key, deep=True)): loader.construct_object(value, deep=True)
        for key, value in node.value
    }


def _key(key: object) -> str:
    """Keys of JSON are text: a port number or a `y` as key is written out."""
    return str(key).lower() if isinstance(key, bool) else str(key)


for _tag, _pattern, _first in _RULES:
    _begins = [*_first.replace("\0", ""), *([""] if "\0" in _first else [])]
    _GoLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _begins)
_GoLoader.add_constructor("tag:yaml.org,2002:bool", _bool)
_GoLoader.add_constructor("tag:yaml.org,2002:map", _map)
_GoLoader.add_constructor("tag:yaml.org,2002:int", _int)
_GoLoader.add_constructor("tag:yaml.org,2002:float", _float)


@dataclass(frozen=True, slots=True)
class Document:
    """One object of a manifest."""

    template: str  # "keystone/templates/job-db-sync.yaml"; empty: Helm did not say
    content: dict[str, Any]


class NotYaml(Exception):
    """A document that is no object; `template` and `line` (from 1, of what was rendered) say where."""

    def __init__(self, template: str, line: int, problem: str) -> None:
        super().__init__(f"{template}: line {line} of what it renders to: {problem}")
        self.template, self.line, self.problem = template, line, problem


def documents(text: str) -> Iterator[Document]:
    """The objects of a rendered manifest, in its order. Lists (`kind: List`) are taken apart; empty documents left out.

    Raises:
        NotYaml: a document is no YAML, or no object.

    """
    for part in _BETWEEN.split(text):
        found = _SOURCE.search(part)
        template = found["template"] if found else ""
        content = _loaded(part, template)
        if content is None:
            continue
        if not isinstance(content, dict) or "kind" not in content:
            raise NotYaml(template, 1, "it is not an object of Kubernetes")
        if content["kind"] == "List":
            yield from (Document(template, item) for item in content.get("items") or ())
        else:
            yield Document(template, content)


def _loaded(part: str, template: str) -> Any:
    try:
        return yaml.load(part, Loader=_GoLoader)  # noqa: S506 -- made from the safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotYaml(template, line, str(error.problem)) from error
    except yaml.YAMLError as error:
        raise NotYaml(template, 1, str(error)) from error
