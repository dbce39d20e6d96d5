"""`/v1/sturnus/hosts/HOST/guest-services`: what a host's agent does for the servers there. The VIM says what."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel, ConfigDict

from sturnus.api.answers import Service, answer
from sturnus.api.policy import allowed
from sturnus.core.states import GuestServices
from sturnus.identity.permissions import Action
from sturnus.inventory.service import Guests

router = APIRouter(tags=["hosts"])

GUESTS: Final = "guest-services"
"""Action of an order whose id is the state to reach."""


class WantedGuests(BaseModel):
    """What shall be."""

    model_config = ConfigDict(extra="forbid")

    wanted: GuestServices


@router.get("/v1/sturnus/hosts/{reference}/guest-services", dependencies=[Depends(allowed(Action.HOSTS_SHOW))])
async def show(reference: str, service: Service) -> Response:
    """What is wanted, and what the host's agent said last."""
    return answer(_to_wire(await service.guests(reference)))


@router.put("/v1/sturnus/hosts/{reference}/guest-services", dependencies=[Depends(allowed(Action.HOSTS_REPORT))])
async def want(reference: str, said: Annotated[WantedGuests, Body()], service: Service) -> Response:
    """Have it so. The answer says how it is now; `found` follows when the agent was heard."""
    return answer(_to_wire(await service.want_guests(reference, said.wanted)))


def _to_wire(guests: Guests) -> dict[str, object]:
    return {
        "host_uuid": guests.host,
        "wanted": guests.wanted,
        "found": guests.found,
        "has_agent": guests.has_agent,
        "answers": guests.answers,
    }
