"""How routes answer, and how they reach the inventory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Query, Request, Response

from sturnus.api.preconditions import etag
from sturnus.inventory.service import Inventory

LARGEST_PAGE = 10_000


def inventory(request: Request) -> Inventory:
    """Dependency: the inventory that this application serves."""
    return cast("Inventory", request.app.state.inventory)


Service = Annotated[Inventory, Depends(inventory)]

Limit = Annotated[int | None, Query(ge=1, le=LARGEST_PAGE)]
Marker = Annotated[str | None, Query(max_length=255)]
SortKey = Annotated[Literal["id"], Query()]
SortDir = Annotated[Literal["asc"], Query()]
"""Lists are sorted by number; clients that ask for that get it, others hear that there is nothing else."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is asked for."""

    limit: int | None
    marker: str | None  # names the last thing of the page before


async def paging(
    limit: Limit = None, marker: Marker = None, sort_key: SortKey = "id", sort_dir: SortDir = "asc"
) -> Paging:
    """Dependency of lists that grow."""
    return Paging(limit, marker)


Wanted = Annotated[Paging, Depends(paging)]


def answer(content: Any, revision: int | None = None) -> Response:
    """JSON, written once; with an ETag if the thing has a revision."""
    headers = {} if revision is None else {"ETag": etag(revision)}
    return Response(json.dumps(content, separators=(",", ":")), headers=headers, media_type="application/json")
