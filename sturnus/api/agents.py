"""`/v1/sturnus/agents`: the agents' side of the inventory. Signed requests only, no tokens."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from sturnus.api.agent_signature import Agent, Signed, check_enrolment
from sturnus.api.agent_wire import Enrolment, HostAnnouncement, NewSession, OrderRequest
from sturnus.api.agent_wire import SignOfLife as SignOfLifeSaid
from sturnus.api.answers import Service, answer
from sturnus.api.configuration import CONFIGURE, Following
from sturnus.api.guest_services import GUESTS
from sturnus.inventory.service import SignOfLife

router = APIRouter(tags=["agents"])


@router.post("/v1/sturnus/agents")
async def enrol(enrolment: Annotated[Enrolment, Body()], request: Request, said: Signed, service: Service) -> Response:
    """Let a key speak for its host; the host appears in the inventory if it is not there yet."""
    key = bytes.fromhex(enrolment.public_key)
    await check_enrolment(request, said, key)
    host = await service.enrol_agent(key, said.stamp, enrolment.announcement.to_announcement())
    return answer({"host_uuid": host.uuid})


@router.post("/v1/sturnus/agents/self/life")
async def live(life: Annotated[SignOfLifeSaid, Body()], agent: Agent, service: Service) -> Response:
    """A sign of life. `announce` in the answer asks for the announcement, which the inventory does not have."""
    found = await service.agent_lives(agent, SignOfLife(life.uptime, life.boot, life.announcement, life.guests))
    return answer(
        {"announce": found.announce, "heartbeats_arrive": found.heartbeats_arrive, "has_orders": found.has_orders}
    )


@router.post("/v1/sturnus/agents/self/session")
async def agree(session: Annotated[NewSession, Body()], agent: Agent, request: Request, service: Service) -> Response:
    """Agree on a key for heartbeats, which go to UDP `port` of the same host."""
    agreed = await service.agent_agrees(agent, bytes.fromhex(session.public_key))
    return answer(
        {
            "session": agreed.session.hex(),
            "public_key": agreed.public_key.hex(),
            "port": request.app.state.heartbeat_port,
        }
    )


@router.post("/v1/sturnus/agents/self/orders")
async def ask_for_orders(
    asked: Annotated[OrderRequest, Body()], agent: Agent, service: Service, following: Following
) -> Response:
    """What the agent shall do. The same order comes again until its effect was seen: it is to be done once."""
    host, orders = await service.agent_orders(agent, asked.boot)
    found = [{"id": order.id, "action": str(order.action)} for order in orders]
    if (target := await following.order_for(host)) is not None:
        found.append({"id": target, "action": CONFIGURE})
    guests = await service.guests(host)
    if not guests.is_reached:
        found.append({"id": str(guests.wanted), "action": GUESTS})
    return answer({"orders": found})


@router.put("/v1/sturnus/agents/self/announcement")
async def announce(
    announcement: Annotated[HostAnnouncement, Body()], agent: Agent, said: Signed, service: Service
) -> Response:
    """What the host is made of."""
    digest = hashlib.sha256(said.body).hexdigest()
    host = await service.agent_announces(agent, announcement.to_announcement(), digest)
    return answer({"host_uuid": host.uuid})
