"""`/v1/sturnus/hosts/{reference}/lock-preview`: what a lock would do. Asked of the VIM; nothing changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from sturnus.api.answers import Service, answer
from sturnus.api.policy import allowed
from sturnus.core.errors import Conflict
from sturnus.core.states import HostAction
from sturnus.identity.permissions import Action

router = APIRouter(tags=["hosts"])

Kind = Annotated[Literal[HostAction.LOCK, HostAction.FORCE_LOCK], Query()]


class LockPreviews(Protocol):
    """Who knows what runs on hosts."""

    async def lock_preview(self, uuid: str, kind: HostAction) -> Mapping[str, Any]:
        """As `sturnus.api.vim_preview.to_wire` says it. NotFound, Unavailable."""
        ...


@router.get("/v1/sturnus/hosts/{reference}/lock-preview", dependencies=[Depends(allowed(Action.INSTANCES_SHOW))])
async def preview_lock(reference: str, service: Service, request: Request, kind: Kind = HostAction.LOCK) -> Response:
    """What would become of the host's servers and pods, and all that stands against it: our rules, then the VIM's."""
    host = await service.host(reference)
    refused = await service.refusals(reference, kind)
    previews = cast("LockPreviews | None", request.app.state.lock_previews)
    if previews is None:
        raise Conflict(
            "No VIM is set, so nobody knows what runs on a host: a lock is a word only.",
            expected="vim_url in the inventory's settings",
            remedy="docs/how-to/install.md",
        )
    found = await previews.lock_preview(host.uuid, kind)
    obstacles = [*refused, *found["obstacles"]]
    return answer({**found, "goes_through": not obstacles, "obstacles": obstacles})
