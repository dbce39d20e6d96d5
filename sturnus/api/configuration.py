"""`/v1/sturnus/agents/self/configuration`: what a host has to be, and what came of it. Signed requests only.

Secrets travel here. An address of the network is served with TLS only (`plain_http`), so nobody reads along.
"""

from __future__ import annotations

from typing import Annotated, Final, cast

from fastapi import APIRouter, Body, Depends, Request, Response

from sturnus.api.agent_signature import Agent
from sturnus.api.agent_wire import ConfigurationAttempt
from sturnus.api.answers import Service, answer
from sturnus.configuration.following import Following as FollowingLoop
from sturnus.configuration.hieradata import Mode

router = APIRouter(tags=["agents"])

CONFIGURE: Final = "configure"
"""Action of an order: ask for the configuration and apply it."""


def following(request: Request) -> FollowingLoop:
    """Dependency: who follows the configuration of hosts."""
    return cast("FollowingLoop", request.app.state.following)


Following = Annotated[FollowingLoop, Depends(following)]


@router.post("/v1/sturnus/agents/self/configuration")
async def deliver(agent: Agent, service: Service, following: Following) -> Response:
    """What this host has to be; null while it has no role."""
    host = await service.agent_speaks(agent)
    found = await following.configuration.delivery(host)
    if found is None:
        return answer({"configuration": None})
    following.given(host, found.target)
    files = [{"name": each.name, "secret": each.mode is Mode.ROOT, "text": each.text} for each in found.files]
    return answer({"configuration": {"target": found.target, "hostname": found.hostname, "files": files}})


@router.post("/v1/sturnus/agents/self/configuration/attempts")
async def attempted(
    attempt: Annotated[ConfigurationAttempt, Body()], agent: Agent, service: Service, following: Following
) -> Response:
    """What came of a run of Puppet."""
    host = await service.agent_speaks(agent)
    await following.configuration.attempted(host, attempt.to_attempt())
    return answer({})
