"""The reference of `sturnus.toml`: each setting with its default, its type and the sentence below it in the code."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

from sturnus.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them."""

    name: str
    kind: str  # as Python writes the type, with its limits
    default: str
    means: str  # empty: the name says it


def settings() -> Iterator[Setting]:
    """All of them, in the order of the code."""
    (declared,) = ast.parse(dedent(inspect.getsource(Settings))).body
    assert isinstance(declared, ast.ClassDef)  # noqa: S101
    following = [*declared.body[1:], None]
    for node, after in zip(declared.body, following, strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            means = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                means = " ".join(str(after.value.value).split())
            yield Setting(node.target.id, _kind(node.annotation), _default(node.value), means)


def render() -> str:
    """Markdown: a table."""
    rows = (
        f"| `{one.name}` | {one.means} | `{_cell(one.kind)}` | {f'`{_cell(one.default)}`' if one.default else ''} |"
        for one in settings()
    )
    return "\n".join(["| setting | means | type | default |", "|---|---|---|---|", *rows])


def _kind(annotation: ast.expr) -> str:
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Annotated":
        assert isinstance(annotation.slice, ast.Tuple)  # noqa: S101
        kind, limits = annotation.slice.elts
        assert isinstance(limits, ast.Call)  # noqa: S101
        return f"{ast.unparse(kind)}, {', '.join(ast.unparse(limit) for limit in limits.keywords)}"
    return ast.unparse(annotation)


def _default(value: ast.expr | None) -> str:
    match value:
        case None:
            return ""
        case ast.Call(func=ast.Name(id="Field"), keywords=[ast.keyword(value=factory)]):
            return f"{ast.unparse(factory)}()"
        case ast.Call(func=ast.Name(id="Path"), args=[path]):
            return ast.unparse(path)
        case _:
            return ast.unparse(value)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
