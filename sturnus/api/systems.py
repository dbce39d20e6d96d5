"""`/v1/isystems` and the versions document."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response

from sturnus.api.answers import Service, answer
from sturnus.api.policy import allowed
from sturnus.api.preconditions import Revision
from sturnus.api.wire import Patch, patched, system_to_wire
from sturnus.core.errors import NotFound
from sturnus.identity.permissions import Action

router = APIRouter(tags=["system"])


@router.get("/")
@router.get("/v1")
@router.get("/v1/")
async def versions() -> dict[str, Any]:
    """What is served here. Public: clients look before they have a token."""
    return {"name": "Sturnus inventory", "id": "v1", "default_version": {"id": "v1"}, "versions": [{"id": "v1"}]}


@router.get("/v1/isystems", dependencies=[Depends(allowed(Action.SYSTEM_SHOW))])
async def list_systems(service: Service) -> Response:
    """The one system, as a list."""
    return answer({"isystems": [system_to_wire(await service.system())]})


@router.get("/v1/isystems/{uuid}", dependencies=[Depends(allowed(Action.SYSTEM_SHOW))])
async def show_system(uuid: str, service: Service) -> Response:
    """The system by its uuid."""
    system = await service.system()
    if system.uuid != uuid:
        raise NotFound(f"system not found: {uuid[:80]}", expected=system.uuid, remedy="system show")
    return answer(system_to_wire(system), system.revision)


@router.patch("/v1/isystems/{uuid}", dependencies=[Depends(allowed(Action.SYSTEM_CHANGE))])
async def patch_system(uuid: str, patch: Annotated[Patch, Body()], service: Service, revision: Revision) -> Response:
    """Change the system's name, description, location, contact or time zone."""
    system = await service.update_system(uuid, patched(patch), revision)
    return answer(system_to_wire(system), system.revision)
