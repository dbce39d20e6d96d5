"""`/v1/apps` (reference/inventory.md §3.2), and our own additions below `/v1/sturnus`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, assert_never, cast

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from sturnus.api.answers import answer
from sturnus.api.application_wire import DirectiveBody, TarballBody, application_to_wire, operation_to_wire
from sturnus.api.authentication import Caller
from sturnus.api.policy import May, allowed
from sturnus.applications.plan.wire import to_wire
from sturnus.applications.service import Applications
from sturnus.core.errors import Invalid
from sturnus.identity.permissions import Action

router = APIRouter(tags=["applications"])

Reader = Depends(allowed(Action.APPLICATIONS_SHOW))
Planner = Depends(allowed(Action.APPLICATIONS_PLAN))
Uploader = Depends(allowed(Action.APPLICATIONS_UPLOAD))
Updater = Depends(allowed(Action.APPLICATIONS_UPDATE))
Deleter = Depends(allowed(Action.APPLICATIONS_DELETE))


WITH_TARBALLS = ("/v1/apps", "/v1/apps/update")
"""Paths whose requests may be large."""


def applications(request: Request) -> Applications:
    """Dependency: the applications that this server has."""
    found = cast("Applications | None", request.app.state.applications)
    if found is None:
        raise no_applications()
    return found


def no_applications() -> Invalid:
    """Say that this server has no way into a cluster by which it could install anything."""
    return Invalid(
        "Applications cannot be installed from here.",
        expected="a kubeconfig for them",
        remedy="sturnus kubeconfig-create --account applications --admin-kubeconfig FILE --owner sturnus, "
        "then set applications_kubeconfig",
    )


Service = Annotated[Applications, Depends(applications)]


class Directive(StrEnum):
    """What is asked of an application."""

    APPLY = "apply"
    """Install it, or bring it to what is wanted now."""
    REMOVE = "remove"
    """Take it out of the cluster."""
    ABORT = "abort"
    """Stop what is under way."""
    ROLLBACK = "rollback"
    """Bring an earlier state back. Ours."""


NEEDED = {
    Directive.APPLY: Action.APPLICATIONS_INSTALL,
    Directive.REMOVE: Action.APPLICATIONS_REMOVE,
    Directive.ABORT: Action.APPLICATIONS_ABORT,
    Directive.ROLLBACK: Action.APPLICATIONS_UPDATE,
}


@router.get("/v1/apps", dependencies=[Reader])
async def list_applications(service: Service) -> Response:
    """Applications, by name."""
    return answer({"apps": [application_to_wire(each) for each in await service.all()]})


@router.get("/v1/apps/{name}", dependencies=[Reader])
async def show_application(name: str, service: Service) -> Response:
    """One application."""
    return answer(application_to_wire(await service.show(name)))


@router.post("/v1/apps", dependencies=[Uploader])
async def upload(body: Annotated[TarballBody, Body()], service: Service, caller: Caller) -> Response:
    """Enter an application from its tarball."""
    return answer(application_to_wire(await service.upload(body.to_tarball(), caller.user)))


@router.post("/v1/apps/update", dependencies=[Updater])
async def update(body: Annotated[TarballBody, Body()], service: Service, caller: Caller) -> Response:
    """Have another version of an application installed."""
    return answer(application_to_wire(await service.update(body.to_tarball(), caller.user)))


@dataclass(frozen=True, slots=True)
class Directed:
    """What is asked of an application, by somebody who may."""

    name: str
    directive: Directive
    force: bool
    by: str


async def directed(
    name: str,
    directive: Annotated[Directive, Query()],
    caller: Caller,
    may: May,
    force: Annotated[bool, Query()] = False,  # noqa: FBT002 -- the wire's own word
) -> Directed:
    """Dependency: the request, but for its body."""
    may(NEEDED[directive])
    return Directed(name, directive, force, caller.user)


@router.patch("/v1/apps/{name}")
async def direct(
    asked: Annotated[Directed, Depends(directed)], body: Annotated[DirectiveBody, Body()], service: Service
) -> Response:
    """Have something done with an application; answers at once, with the state `...ing`."""
    values, name, by = body.values, asked.name, asked.by
    match asked.directive:
        case Directive.APPLY:
            found = await service.install(name, values.to_installing(), by)
        case Directive.REMOVE:
            found = await service.remove(name, values.volumes, by, force=asked.force)
        case Directive.ABORT:
            found = await service.abort(name, by)
        case Directive.ROLLBACK:
            found = await service.roll_back(name, values.operation, by)
        case other:
            assert_never(other)
    return answer(application_to_wire(found))


@router.delete("/v1/apps/{name}", dependencies=[Deleter], status_code=204)
async def delete(
    name: str,
    service: Service,
    _force: Annotated[bool, Query(alias="force")] = False,  # noqa: FBT002 -- the wire's own word
) -> None:
    """Forget an application."""
    await service.delete(name)


@router.post("/v1/sturnus/apps/{name}/plan", dependencies=[Planner])
async def plan(name: str, service: Service, caller: Caller) -> Response:
    """Say what an installation would do; kept under its id."""
    return answer(to_wire(await service.plan(name, caller.user)))


@router.get("/v1/sturnus/apps/{name}/operations", dependencies=[Reader])
async def history(
    name: str, service: Service, limit: Annotated[int, Query(ge=1, le=200)] = 50, releases: Literal["yes", "no"] = "yes"
) -> Response:
    """What was done with an application, newest first."""
    found = [operation_to_wire(each) for each in await service.history(name, limit)]
    if releases == "no":
        found = [{key: value for key, value in each.items() if key != "releases"} for each in found]
    return answer({"operations": found})
