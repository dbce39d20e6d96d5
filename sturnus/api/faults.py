"""`/v1/alarms`, `/v1/event_log` (reference/clients.md §1), and how alarms are raised from elsewhere: ours."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from sturnus.api.answers import LARGEST_PAGE, answer
from sturnus.api.authentication import Caller
from sturnus.api.faults_wire import alarm_to_wire, event_to_wire, summary_to_wire, suppression_to_wire
from sturnus.api.policy import allowed
from sturnus.core.severities import EventState, Severity
from sturnus.faults.alarm import Alarm
from sturnus.faults.catalogue import CATALOGUE, AlarmId
from sturnus.faults.filters import filters
from sturnus.faults.service import FaultManagement, Part
from sturnus.identity.permissions import Action

router = APIRouter(tags=["faults"])

Reader = Depends(allowed(Action.ALARMS_SHOW))
Teller = Depends(allowed(Action.ALARMS_RAISE))
Deleter = Depends(allowed(Action.ALARMS_DELETE))

Text = Annotated[str, Field(max_length=255)]
OfAlarms = frozenset({EventState.SET, EventState.CLEAR})


def management(request: Request) -> FaultManagement:
    """Dependency: what this application serves."""
    return cast("FaultManagement", request.app.state.faults)


Service = Annotated[FaultManagement, Depends(management)]


async def part(
    field: Annotated[list[Text], Query(alias="q.field", max_length=20)] = [],  # noqa: B006 -- FastAPI copies defaults
    op: Annotated[list[Text], Query(alias="q.op", max_length=20)] = [],  # noqa: B006 -- likewise
    value: Annotated[list[Text], Query(alias="q.value", max_length=20)] = [],  # noqa: B006 -- likewise
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE,
    marker: Annotated[str | None, Query(max_length=36)] = None,
) -> Part:
    """Dependency of both lists. Invalid if the query cannot be used."""
    return Part(filters(field, op, value), limit, marker)


Wanted = Annotated[Part, Depends(part)]


@router.get("/v1/alarms", dependencies=[Reader])
async def list_alarms(service: Service, wanted: Wanted) -> Response:
    """Active alarms, newest first."""
    return answer({"alarms": [alarm_to_wire(row) for row in await service.active(wanted)]})


@router.get("/v1/alarms/summary", dependencies=[Reader])
async def summary(service: Service) -> Response:
    """How many there are of each severity."""
    return answer(summary_to_wire(await service.counts()))


@router.get("/v1/alarms/{uuid}", dependencies=[Reader])
async def show_alarm(uuid: str, service: Service) -> Response:
    """One active alarm."""
    return answer(alarm_to_wire(await service.alarm(uuid)))


@router.delete("/v1/alarms/{uuid}", dependencies=[Deleter], status_code=204)
async def delete_alarm(uuid: str, service: Service, who: Caller) -> None:
    """Delete an alarm by hand; while its reason lasts it is raised again."""
    await service.delete(uuid, who.user)


@router.get("/v1/event_log", dependencies=[Reader])
async def list_events(
    service: Service,
    wanted: Wanted,
    alarms: Annotated[bool, Query()] = False,  # noqa: FBT002 -- the wire's own words
    logs: Annotated[bool, Query()] = False,  # noqa: FBT002 -- likewise
) -> Response:
    """Lines of the event log, newest first: all, those of alarms, or the others."""
    states = {EventState.LOG} if logs and not alarms else OfAlarms if alarms and not logs else set(EventState)
    part = Part(wanted.filters, wanted.limit, wanted.marker, states)
    return answer({"event_log": [event_to_wire(row) for row in await service.events(part)]})


@router.get("/v1/event_log/{uuid}", dependencies=[Reader])
async def show_event(uuid: str, service: Service) -> Response:
    """One line of the event log."""
    return answer(event_to_wire(await service.event(uuid)))


@router.get("/v1/event_suppression", dependencies=[Reader])
async def list_suppression(
    value: Annotated[list[Text], Query(alias="q.value", max_length=20)] = [],  # noqa: B006 -- FastAPI copies defaults
) -> Response:
    """Kinds of alarms, none of which is suppressed; asked for suppressed ones, none."""
    kinds = [] if "suppressed" in value else [CATALOGUE[number] for number in sorted(CATALOGUE)]
    return answer({"event_suppression": [suppression_to_wire(kind) for kind in kinds]})


class AlarmToRaise(BaseModel):
    """An alarm that shall be active."""

    alarm_id: AlarmId
    entity_instance_id: Annotated[str, Field(min_length=1, max_length=255)]
    reason_text: Annotated[str, Field(min_length=1, max_length=2000)]
    severity: Severity | None = None  # None: as the catalogue says


@router.put("/v1/sturnus/alarms", dependencies=[Teller], status_code=204)
async def raise_alarm(wanted: Annotated[AlarmToRaise, Body()], service: Service) -> None:
    """Have an alarm active. To say so again changes nothing."""
    severity = wanted.severity or CATALOGUE[wanted.alarm_id].severity
    await service.raise_(Alarm(wanted.alarm_id, wanted.entity_instance_id, wanted.reason_text, severity))


@router.delete("/v1/sturnus/alarms", dependencies=[Teller], status_code=204)
async def clear_alarm(
    alarm_id: Annotated[AlarmId, Query()], entity_instance_id: Annotated[str, Query(max_length=255)], service: Service
) -> None:
    """Have an alarm not active. One that was not is no error."""
    await service.clear(alarm_id, entity_instance_id)
