"""`/healthz`, `/metrics`, and what waits for whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, Protocol, cast

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from sturnus.api.answers import Service, answer
from sturnus.api.policy import allowed
from sturnus.api.wire import notice_to_wire
from sturnus.core.clock import Clock
from sturnus.core.errors import Unavailable
from sturnus.identity.permissions import Action

router = APIRouter(tags=["health"])

STALLED_AFTER: Final = timedelta(seconds=10)
"""A loop that looks every second and has not looked for this long does not run any more."""


class Progress(Protocol):
    """What the loops of a process say of themselves."""

    def last_look(self) -> datetime | None:
        """When the outbox was last read."""
        ...

    def nodes_wait_for(self) -> str | None:
        """Why nodes are not followed; None while they are."""
        ...

    def openstack(self) -> str:
        """Where OpenStack is reached, in words."""
        ...


@router.get("/healthz")
async def healthz(request: Request, service: Service) -> Response:
    """Whether this process makes progress. A cluster that is away is shown, and is no reason to restart us."""
    progress = cast("Progress", request.app.state.progress)
    clock = cast("Clock", request.app.state.clock)
    last = progress.last_look()
    moving = last is not None and clock.now() - last < STALLED_AFTER
    try:
        lag = [
            {"topic": each.topic, "waiting": each.waiting, "oldest": each.oldest.isoformat()}
            for each in await service.lag()
        ]
        database = "answers"
    except Unavailable as error:
        lag, database, moving = [], error.message, False
    found = answer(
        {
            "healthy": moving,
            "database": database,
            "outbox": {"last_look": None if last is None else last.isoformat(), "lag": lag},
            "nodes": progress.nodes_wait_for() or "followed",
            "openstack": progress.openstack(),
        }
    )
    found.status_code = HTTPStatus.OK if moving else HTTPStatus.SERVICE_UNAVAILABLE
    return found


@router.get("/metrics")
async def metrics() -> Response:
    """Measurements for Prometheus."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get("/v1/sturnus/outbox", dependencies=[Depends(allowed(Action.EVENTS_WATCH))])
async def outbox(service: Service) -> Response:
    """Notices that have not arrived yet, oldest first, each with why."""
    return answer({"outbox": [notice_to_wire(notice) for notice in await service.waiting()]})
