"""`/v1/service_parameter` (reference/inventory.md §6; reference/clients.md §1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from sturnus.api.answers import Service, Wanted, answer
from sturnus.api.host_parts_wire import ParametersToAdd, ParametersToApply, filters_of, parameter_to_wire
from sturnus.api.policy import allowed
from sturnus.api.preconditions import Revision
from sturnus.api.wire import Patch, patched
from sturnus.identity.permissions import Action
from sturnus.inventory.service import Page

router = APIRouter(tags=["service parameters"])

READ = [Depends(allowed(Action.PARAMETERS_SHOW))]
CHANGE = [Depends(allowed(Action.PARAMETERS_CHANGE))]

Fields = Annotated[list[str], Query(alias="q.field", max_length=8)]
Values = Annotated[list[str], Query(alias="q.value", max_length=8)]


@router.get("/v1/service_parameter", dependencies=READ)
async def list_parameters(
    service: Service,
    wanted: Wanted,
    fields: Fields = [],  # noqa: B006 -- FastAPI copies defaults
    values: Values = [],  # noqa: B006 -- likewise
) -> Response:
    """Service parameters, or those that match: `?q.field=service&q.op=eq&q.type=&q.value=identity`."""
    door = service.parameters
    after = None if wanted.marker is None else (await door.parameter(wanted.marker)).id
    found = await door.parameters(filters_of(fields, values), Page(wanted.limit, after))
    return answer({"parameters": [parameter_to_wire(each) for each in found]})


@router.get("/v1/service_parameter/{uuid}", dependencies=READ)
async def show_parameter(uuid: str, service: Service) -> Response:
    """One service parameter."""
    parameter = await service.parameters.parameter(uuid)
    return answer(parameter_to_wire(parameter), parameter.revision)


@router.post("/v1/service_parameter", dependencies=CHANGE)
async def add_parameters(wanted: Annotated[ParametersToAdd, Body()], service: Service) -> Response:
    """Add parameters of one section, all or none."""
    added = await service.parameters.add(wanted.place, wanted.parameters)
    return answer({"parameters": [parameter_to_wire(each) for each in added]})


@router.post("/v1/service_parameter/apply", dependencies=CHANGE, status_code=204)
async def apply_parameters(wanted: Annotated[ParametersToApply, Body()], service: Service) -> None:
    """Tell those who follow the events that a service's parameters are to be used now."""
    await service.parameters.apply(wanted.service, wanted.section)


@router.patch("/v1/service_parameter/{uuid}", dependencies=CHANGE)
async def modify_parameter(
    uuid: str, patch: Annotated[Patch, Body()], service: Service, revision: Revision
) -> Response:
    """Change a parameter's value, or whom it is for."""
    parameter = await service.parameters.modify(uuid, patched(patch), revision)
    return answer(parameter_to_wire(parameter), parameter.revision)


@router.delete("/v1/service_parameter/{uuid}", dependencies=CHANGE, status_code=204)
async def remove_parameter(uuid: str, service: Service, revision: Revision) -> None:
    """Remove a parameter: its default applies again."""
    await service.parameters.remove(uuid, revision)
