"""`/nfvi-plugins/v1/hosts`: where the inventory tells the VIM of hosts (reference/vim.md §2.5).

Upstream's is open to everybody on loopback; here a token of one of the platform's programs is needed. Every message
means the same: look at this host. What is asked of it is read from the inventory, so a message that comes late, twice
or not at all decides nothing. An answer says that the news is stored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel, Field, JsonValue

from sturnus.api.answers import answer
from sturnus.api.policy import allowed
from sturnus.core.errors import Invalid, NotFound
from sturnus.identity.permissions import Action
from sturnus.vim.service import HostPlace, Vim

router = APIRouter(tags=["southbound"])

Teller = Depends(allowed(Action.HOSTS_NOTIFY))
Reader = Depends(allowed(Action.HOSTS_SHOW))

Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Hostname = Annotated[str | None, Field(max_length=63)]


class HostNews(BaseModel):
    """What upstream's inventory and maintenance send; what we do not name here is theirs, and not needed."""

    uuid: Uuid
    hostname: Hostname = None
    action: Literal["lock", "force-lock", "unlock", "force-unlock", "swact", "force-swact", "delete"] | None = None
    state_change: Annotated[dict[str, JsonValue] | None, Field(alias="state-change")] = None
    upgrade: dict[str, JsonValue] | None = None


def vim(request: Request) -> Vim:
    """Dependency: the VIM that this application serves."""
    return cast("Vim", request.app.state.vim)


Service = Annotated[Vim, Depends(vim)]


@router.post("/nfvi-plugins/v1/hosts", dependencies=[Teller])
@router.post("/nfvi-plugins/v1/hosts/", dependencies=[Teller], include_in_schema=False)
@router.patch("/nfvi-plugins/v1/hosts", dependencies=[Teller])
@router.patch("/nfvi-plugins/v1/hosts/{uuid}", dependencies=[Teller])
async def tell(news: Annotated[HostNews, Body()], service: Service, uuid: str | None = None) -> Response:
    """A host was added or changed, or something is asked of it."""
    _agree(uuid, news)
    await service.host_changed(news.uuid, news.hostname)
    return answer({"status": "success"})


@router.delete("/nfvi-plugins/v1/hosts/{uuid}", dependencies=[Teller], status_code=204)
async def tell_of_the_end(uuid: str, news: Annotated[HostNews, Body()], service: Service) -> None:
    """A host is gone."""
    _agree(uuid, news)
    await service.host_changed(news.uuid, news.hostname)


@router.get("/v1/sturnus/vim/hosts", dependencies=[Reader])
async def list_hosts(service: Service) -> Response:
    """What the VIM has made of each host, and what it waits for."""
    return answer({"hosts": [_to_wire(place) for place in await service.hosts()]})


@router.get("/v1/sturnus/vim/hosts/{uuid}", dependencies=[Reader])
async def show_host(uuid: str, service: Service) -> Response:
    """One host."""
    place = await service.host(uuid)
    if place is None:
        raise NotFound(f"the VIM knows no host {uuid[:80]}", expected="a host's uuid", remedy="system host-list")
    return answer(_to_wire(place))


def _agree(uuid: str | None, news: HostNews) -> None:
    if uuid is not None and uuid != news.uuid:
        raise Invalid("The path and the body name two hosts.", expected="one host", remedy="send its uuid in both")


def _to_wire(place: HostPlace) -> dict[str, Any]:
    return {
        "uuid": place.uuid,
        "hostname": place.hostname,
        "state": place.place.state,
        "since": place.state_since.isoformat(),
        "step": place.place.step,
        "deadline": None if place.deadline is None else place.deadline.isoformat(),
        "reason": place.reason,
        "failure": place.failure,
        "has_services": place.has_services,
        "news": place.has_news,
    }
