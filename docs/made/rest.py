"""The reference of the REST interfaces: what the applications themselves say of their routes (OpenAPI)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final, cast

from fastapi import APIRouter, FastAPI

from sturnus import __version__
from sturnus.api import app as inventory_app
from sturnus.api import faults, vim_northbound, vim_southbound
from sturnus.api.app import Parts

METHODS: Final = ("get", "post", "put", "patch", "delete")


def _inventory() -> FastAPI:
    # Nobody asks it anything: its routes are looked at, which need none of its parts.
    nothing: Any = None
    return inventory_app.create_app(Parts(**{field.name: nothing for field in fields(Parts)}))


def _of(title: str, router: APIRouter) -> FastAPI:
    app = FastAPI(title=title, version=__version__)
    app.include_router(router)
    return app


APPLICATIONS: Final[Mapping[str, Callable[[], FastAPI]]] = {
    "inventory": _inventory,
    "vim": lambda: _of("Sturnus VIM", vim_southbound.router),
    "faults": lambda: _of("Sturnus faults", faults.router),
    "vim-northbound": lambda: _of("Sturnus VIM, northbound", vim_northbound.router),
}
"""Each has a page, docs/reference/rest-NAME.md."""


def document(name: str) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    return APPLICATIONS[name]().openapi()


def render(name: str) -> str:
    """Markdown: one heading a route, by tag."""
    found = document(name)
    routes = sorted(_routes(found), key=lambda route: (route[0], route[1]))
    lines = [f'The whole as OpenAPI: <a href="../openapi-{name}.json">openapi-{name}.json</a>.']
    tag = ""
    for of, path, method, operation in routes:
        if of != tag:
            tag = of
            lines.append(f"## {tag}")
        lines.append(_route(found, path, method, operation))
    return "\n\n".join(lines)


def _routes(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    for path, methods in found["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                yield next(iter(operation.get("tags", ())), "other"), path, method, operation


def _route(found: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    parts = [f"### `{method.upper()} {path}`", operation.get("description") or operation.get("summary", "")]
    rows = [
        f"| `{one['name']}` | {one['in']} | {_type(one.get('schema', {}))} | {'yes' if one.get('required') else ''} |"
        for one in operation.get("parameters", ())
    ]
    rows += [f"| `{name}` | body | {kind} | {needed} |" for name, kind, needed in _body(found, operation)]
    if rows:
        parts.append("\n".join(["| name | in | type | needed |", "|---|---|---|---|", *rows]))
    return "\n\n".join(part for part in parts if part)


def _body(found: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(found, content.get("schema", {}))
        for name, part in schema.get("properties", {}).items():
            yield name, _type(part), "yes" if name in schema.get("required", ()) else ""
        if "properties" not in schema:
            yield "(the body itself)", _type(schema), ""


def _resolved(found: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = found["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return cast("str", schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = str(schema.get("type", "anything"))
    return f"list of {_type(schema['items'])}" if kind == "array" and "items" in schema else kind
