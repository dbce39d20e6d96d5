"""`/v1/sturnus/vim/hosts/{uuid}/lock-preview`: what a lock would do. The inventory passes it on to operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from sturnus.api.answers import answer
from sturnus.api.policy import allowed
from sturnus.core.errors import NotFound
from sturnus.identity.permissions import Action
from sturnus.kubernetes.budgets import Leaver
from sturnus.vim.preview import Preview, Previews
from sturnus.vim.servers.leaving import Departure, Leaving
from sturnus.vim.servers.planner import Reason
from sturnus.vim.servers.view import Size

router = APIRouter(tags=["preview"])

Kind = Annotated[Literal[Reason.LOCK, Reason.FORCE_LOCK], Query()]


@router.get("/v1/sturnus/vim/hosts/{uuid}/lock-preview", dependencies=[Depends(allowed(Action.INSTANCES_SHOW))])
async def preview_lock(request: Request, uuid: str, kind: Kind = Reason.LOCK) -> Response:
    """What a lock would do to a host's servers and pods. Changes nothing."""
    previews = cast("Previews", request.app.state.previews)
    preview = await previews.of(uuid, kind)
    if preview is None:
        raise NotFound(
            f"the VIM knows no host {uuid[:80]} yet",
            expected="a host that it was told of",
            remedy="repeat in a moment; system host-list",
        )
    return answer(to_wire(preview))


def to_wire(preview: Preview) -> Mapping[str, Any]:
    """`servers_missing` and `pods_missing` say why a half is not known; otherwise an empty list means: none."""
    leaving = preview.servers.found
    obstacles = list(preview.obstacles)
    return {
        "uuid": preview.uuid,
        "hostname": preview.hostname,
        "kind": preview.kind,
        "goes_through": not obstacles,
        "obstacles": obstacles,
        **_servers_to_wire(leaving),
        "servers_missing": preview.servers.missing,
        "pods": [_pod_to_wire(pod) for pod in preview.pods.found or ()],
        "pods_missing": preview.pods.missing,
    }


def _servers_to_wire(leaving: Leaving | None) -> Mapping[str, Any]:
    if leaving is None:
        return {"servers": [], "room_left": [], "estimate_seconds": None}
    return {
        "servers": [_server_to_wire(each) for each in leaving.departures],
        "room_left": [{"hostname": name, **_size_to_wire(size)} for name, size in sorted(leaving.room_left.items())],
        "estimate_seconds": None if leaving.estimate is None else leaving.estimate.total_seconds(),
    }


def _server_to_wire(each: Departure) -> Mapping[str, Any]:
    return {
        "uuid": each.server.uuid,
        "name": each.server.name,
        "project": each.server.project,
        "status": each.server.status,
        **_size_to_wire(each.server.size),
        "way": each.way,
        "target": each.target,
        "why": each.why,
        "estimate_seconds": None if each.estimate is None else each.estimate.total_seconds(),
    }


def _size_to_wire(size: Size) -> Mapping[str, int]:
    return {"vcpus": size.vcpus, "memory_mib": size.memory_mib, "disk_gib": size.disk_gib}


def _pod_to_wire(pod: Leaver) -> Mapping[str, Any]:
    return {
        "namespace": pod.namespace,
        "name": pod.name,
        "budgets": [
            {"name": each.name, "allowed": each.allowed, "healthy": each.healthy, "wanted": each.wanted}
            for each in pod.budgets
        ],
        "held_up_by": pod.held_up_by,
    }
