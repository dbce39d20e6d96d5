"""`/v1/sturnus/agents`: the agents' side of the inventory. Signed requests only, no tokens."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from sturnus.api.agent_signature import Agent, Signed, check_enrolment
from sturnus.api.agent_wire import Enrolment, HostAnnouncement, SignOfLife
from sturnus.api.answers import Service, answer

router = APIRouter(tags=["agents"])


@router.post("/v1/sturnus/agents")
async def enrol(enrolment: Annotated[Enrolment, Body()], request: Request, said: Signed, service: Service) -> Response:
    """Let a key speak for its host; the host appears in the inventory if it is not there yet."""
    key = bytes.fromhex(enrolment.public_key)
    await check_enrolment(request, said, key)
    host = await service.enrol_agent(key, said.stamp, enrolment.announcement.to_announcement())
    return answer({"host_uuid": host.uuid})


@router.post("/v1/sturnus/agents/self/life")
async def live(life: Annotated[SignOfLife, Body()], agent: Agent, service: Service) -> Response:
    """A sign of life. `announce` in the answer asks for the announcement, which the inventory does not have."""
    return answer({"announce": await service.agent_lives(agent, life.uptime, life.announcement)})


@router.put("/v1/sturnus/agents/self/announcement")
async def announce(
    announcement: Annotated[HostAnnouncement, Body()], agent: Agent, said: Signed, service: Service
) -> Response:
    """What the host is made of."""
    digest = hashlib.sha256(said.body).hexdigest()
    host = await service.agent_announces(agent, announcement.to_announcement(), digest)
    return answer({"host_uuid": host.uuid})
