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
    (declared,) = _classes(ast.parse(dedent(inspect.getsource(Settings))))
    following = [*declared.body[1:], None]
    for node, after in zip(declared.body, following, strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            means = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                means = " ".join(str(after.value.value).split())
            yield Setting(node.target.id, _kind(node.annotation), _default(node.value), means)


def _classes(source: ast.Module) -> list[ast.ClassDef]:
    return [node for node in source.body if isinstance(node, ast.ClassDef)]


def render() -> str:
    """Markdown: a table."""
    rows = (
        f"| `{one.name}` | {one.means} | `{_cell(one.kind)}` | {f'`{_cell(one.default)}`' if one.default else ''} |"
        for one in settings()
    )
    return "\n".join(["| setting | means | type | default |", "|---|---|---|---|", *rows])


def _kind(annotation: ast.expr) -> str:
    match annotation:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, ast.Call(keywords=limits)])):
            return f"{ast.unparse(kind)}, {', '.join(map(ast.unparse, limits))}"
        case _:
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
