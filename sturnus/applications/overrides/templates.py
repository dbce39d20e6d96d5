"""`overrides.yaml` of a tarball: a template over facts of the inventory that renders to values, per chart.

    nova:                                    # CHART, or NAMESPACE/CHART
      pod:
        replicas:
          osapi: {{ hosts | selectattr("labels.openstack-control-plane", "defined") | list | length }}

Templates are not trusted. They see plain data only (no object of ours, no attribute of any: `a.b` reads a map), and run
in a process of their own that has a deadline and little memory: `rendering.py`. This module is what runs there. Lists,
maps, truth values and none are written as JSON, so that the result is YAML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sturnus.core.errors import Invalid

NAME: Final = "overrides.yaml"
MOST_OUTPUT: Final = 1024 * 1024
"""Characters. A computed set of overrides has 1 to 6 KiB per chart (reference/applications.md §7.4)."""

_FILTERS: Final = (
    "abs", "batch", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "indent", "int",
    "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace",
    "reverse", "round", "select", "selectattr", "slice", "sort", "string", "sum", "title", "tojson", "trim", "unique",
    "upper",
)  # fmt: skip
_METHODS: Final[Mapping[type, frozenset[str]]] = {
    dict: frozenset({"get", "items", "keys", "values"}),
    str: frozenset({"endswith", "split", "startswith", "strip", "lower", "upper", "replace"}),
    list: frozenset({"index", "count"}),
}
"""What a template may call on a value, besides filters."""


class _Environment(ImmutableSandboxedEnvironment):
    """Maps are read by name; nothing else has attributes."""

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, finalize=_written, keep_trailing_newline=True, autoescape=False)
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.globals = {"range": self.globals["range"], "namespace": self.globals["namespace"]}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read `obj.attribute`: a name in a map first, then one of the few methods."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may have this attribute: a few methods of plain data, and what Jinja's own loops know."""
        for kind, methods in _METHODS.items():
            if isinstance(obj, kind):
                return attr in methods
        return super().is_safe_attribute(obj, attr, value) and type(obj).__module__.startswith("jinja2.")


def _written(value: Any) -> Any:
    """Write a value as YAML reads it. Undefined ones pass: they complain by themselves, and name themselves."""
    if isinstance(value, (str, Undefined)):
        return value
    if value is None or isinstance(value, (bool, int, float, list, dict)):
        return json.dumps(value)
    raise SecurityError(f"a {type(value).__name__} is no value; if it is many values, say: | list")


def render(template: str, facts: Mapping[str, Any]) -> str:
    """Render a template to text.

    Raises:
        Invalid: it is no template, reads a fact that is not there, does what it may not, or grows too large; with the
            line of the template.

    """
    parts, size = [], 0
    try:
        for part in _Environment().from_string(template).generate(dict(facts)):
            size += len(part)
            if size > MOST_OUTPUT:
                raise _refused(None, f"it renders to more than {MOST_OUTPUT // 1024} KiB", "a shorter text")
            parts.append(part)
    except TemplateSyntaxError as error:
        raise _refused(error.lineno, error.message or "it is no template", "a Jinja template") from error
    except SecurityError as error:
        raise _refused(_line_of(error), str(error), "maps, lists, texts and filters") from error
    except TemplateError as error:
        raise _refused(_line_of(error), error.message or "it fails", "facts that are there") from error
    except (ArithmeticError, AttributeError, KeyError, LookupError, TypeError, ValueError) as error:
        raise _refused(_line_of(error), f"{type(error).__name__}: {error}", "a template without mistakes") from error
    except (MemoryError, RecursionError) as error:
        raise _refused(_line_of(error), "it needs too much memory", "a simpler template") from error
    return "".join(parts)


def _line_of(error: BaseException) -> int | None:
    """Line of the template: Jinja puts it into the traceback."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _refused(line: int | None, found: str, expected: str) -> Invalid:
    place = NAME if line is None else f"{NAME}, line {line}"
    return Invalid(
        f"{place}: {found[:300].rstrip('.')}.", expected=expected, remedy="correct the application's tarball"
    )
