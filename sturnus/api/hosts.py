"""`/v1/ihosts` (reference/inventory.md §5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response

from sturnus.api.answers import Service, Wanted, answer
from sturnus.api.policy import ACTION_PERMISSIONS, May, allowed
from sturnus.api.preconditions import Revision
from sturnus.api.wire import Fields, HostReport, Patch, host_to_wire, label_to_wire, patched
from sturnus.api.witness_wire import shown_to_wire, witnesses_to_wire
from sturnus.core.errors import Invalid
from sturnus.core.states import HostAction, ServicesReport
from sturnus.identity.permissions import Action
from sturnus.inventory import bmc
from sturnus.inventory.host import Host, ListedHost
from sturnus.inventory.service import Inventory, Page

router = APIRouter(tags=["hosts"])

CONTROLLER_FIELDS = bmc.FIELDS
"""Who may set the address could have the password sent there: all of these need the same permission."""

SERVICES_REPORTS = frozenset(ServicesReport)
"""Values of `action` by which the VIM says how an action went; `vim_progress_status` beside it says why."""
LONGEST_REASON = 2000

Reader = Depends(allowed(Action.HOSTS_SHOW))

NO_ACTION = frozenset({"", "none"})
"""Values of `action` that ask for nothing (reference/inventory.md §5.3)."""


@router.get("/v1/ihosts", dependencies=[Reader])
@router.get("/v1/ihosts/detail", dependencies=[Reader])
async def list_hosts(service: Service, wanted: Wanted) -> Response:
    """All hosts, or those after `marker` (uuid, number or name of the last host of the page before)."""
    after = None if wanted.marker is None else (await service.host(wanted.marker)).id
    hosts = await service.hosts(Page(wanted.limit, after))
    return answer({"ihosts": [_to_wire(host, service) for host in hosts]})


@router.get("/v1/ihosts/{reference}", dependencies=[Reader])
async def show_host(reference: str, service: Service) -> Response:
    """One host, by number, uuid or name."""
    return _host(await service.host(reference), service)


@router.post("/v1/ihosts", dependencies=[Depends(allowed(Action.HOSTS_ADD))])
async def add_host(fields: Annotated[Fields, Body()], service: Service, may: May) -> Response:
    """Add a host."""
    if fields.keys() & CONTROLLER_FIELDS:
        may(Action.HOSTS_SET_BMC)
    return _host(await service.add_host(fields), service)


@router.patch("/v1/ihosts/{reference}")
async def patch_host(
    reference: str, patch: Annotated[Patch, Body()], service: Service, revision: Revision, may: May
) -> Response:
    """Change fields of a host, or ask an action of it: `[{"op": "replace", "path": "/action", "value": "lock"}]`."""
    fields = patched(patch)
    said = fields.get("action")
    if isinstance(said, str) and said in SERVICES_REPORTS:
        may(Action.HOSTS_REPORT)
        return _host(await service.vim_reports(reference, ServicesReport(said), _reason(fields)), service)
    action = _action(fields.pop("action", None))
    if action is not None and fields:
        raise Invalid("Fields and an action in one request.", expected="one or the other", remedy="send two requests")
    if fields.keys() & CONTROLLER_FIELDS:
        may(Action.HOSTS_SET_BMC)
    if action is not None or not fields.keys() <= CONTROLLER_FIELDS:
        may(ACTION_PERMISSIONS[action] if action else Action.HOSTS_CHANGE)
    if action is not None:
        return _host(await service.request_action(reference, action, revision), service)
    if not fields:  # the action was "none"
        may(Action.HOSTS_SHOW)
        return _host(await service.host(reference), service)
    return _host(await service.update_host(reference, fields, revision), service)


@router.delete("/v1/ihosts/{reference}", dependencies=[Depends(allowed(Action.HOSTS_DELETE))], status_code=204)
async def delete_host(reference: str, service: Service, revision: Revision) -> None:
    """Delete a locked host."""
    await service.delete_host(reference, revision)


@router.get("/v1/ihosts/{reference}/labels", dependencies=[Depends(allowed(Action.LABELS_SHOW))])
async def list_labels_of_host(reference: str, service: Service) -> Response:
    """Labels of one host, by key."""
    return answer({"labels": [label_to_wire(label) for label in await service.labels_of(reference)]})


@router.get("/v1/sturnus/hosts/{reference}/witnesses", dependencies=[Reader])
async def show_witnesses(reference: str, service: Service) -> Response:
    """What each witness of a host's life says, since when, and what was decided from it."""
    return answer(witnesses_to_wire(await service.witnesses(reference)))


@router.post("/v1/sturnus/hosts/{reference}/report", dependencies=[Depends(allowed(Action.HOSTS_REPORT))])
async def report_host(reference: str, report: HostReport, service: Service) -> Response:
    """Something was heard of a host: whether it answers, and what it is made of."""
    return _host(await service.report_host(reference, report.to_report()), service)


def _host(host: Host, service: Inventory) -> Response:
    return answer(_to_wire(host, service), host.revision)


def _to_wire(host: ListedHost, service: Inventory) -> dict[str, Any]:
    return host_to_wire(host, service.active_controller) | shown_to_wire(service.shown(host.uuid))


def _reason(fields: Mapping[str, object]) -> str | None:
    given = fields.get("vim_progress_status")
    return None if given is None else str(given)[:LONGEST_REASON]


def _action(value: object) -> HostAction | None:
    if value is None or (isinstance(value, str) and value in NO_ACTION):
        return None
    try:
        return HostAction(str(value))
    except ValueError:
        raise Invalid(
            f"{str(value)[:80]!r} is not a supported maintenance action.",
            expected="one of " + ", ".join(HostAction),
            remedy="system help",
        ) from None
