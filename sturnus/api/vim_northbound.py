"""`/api/orchestration`, port 4545: where `sw-manager` asks for strategies (reference/vim.md §2.6, clients.md §2).

The frame only: no strategy is ever made here yet, so there is none to show, to apply or to delete, and clients hear so
in the words that they expect.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, FastAPI, Request, Response
from pydantic import BaseModel, Field, JsonValue

from sturnus.api.answers import answer
from sturnus.api.authentication import Authenticator
from sturnus.api.guarded import guarded, guards_from
from sturnus.api.policy import allowed
from sturnus.core.errors import Invalid, NotFound
from sturnus.core.settings import Settings
from sturnus.identity.permissions import Action

router = APIRouter(tags=["strategies"])

Reader = Depends(allowed(Action.STRATEGIES_SHOW))
Changer = Depends(allowed(Action.STRATEGIES_CHANGE))
Runner = Depends(allowed(Action.STRATEGIES_RUN))


class Kind(StrEnum):
    """What a strategy brings to all hosts, a few at a time."""

    SW_PATCH = "sw-patch"
    SW_UPGRADE = "sw-upgrade"
    FW_UPDATE = "fw-update"
    KUBE_UPGRADE = "kube-upgrade"
    KUBE_ROOTCA_UPDATE = "kube-rootca-update"
    SYSTEM_CONFIG_UPDATE = "system-config-update"


class Ask(BaseModel):
    """What is asked of a strategy."""

    action: Literal["apply-all", "apply-stage", "abort", "abort-stage"]
    stage_id: Annotated[JsonValue, Field(alias="stage-id")] = None


@router.get("/")
async def versions(request: Request) -> Response:
    """What there is; open to everybody, as version documents are."""
    links = [{"href": f"{request.base_url}api", "rel": "self"}]
    return answer({"name": "vim", "versions": [{"id": "v1", "status": "CURRENT", "links": links}]})


@router.get("/api", dependencies=[Reader])
@router.get("/api/", dependencies=[Reader], include_in_schema=False)
async def show_api(request: Request) -> Response:
    """The parts of the API."""
    return answer(_links(request, "api", ["orchestration"]))


@router.get("/api/orchestration", dependencies=[Reader])
@router.get("/api/orchestration/", dependencies=[Reader], include_in_schema=False)
async def show_orchestration(request: Request) -> Response:
    """The kinds of strategies."""
    return answer(_links(request, "api/orchestration", list(Kind)))


@router.get("/api/orchestration/{kind}", dependencies=[Reader])
async def show_kind(request: Request, kind: Kind) -> Response:
    """One kind."""
    return answer(_links(request, f"api/orchestration/{kind}", ["strategy"]))


@router.get("/api/orchestration/{kind}/strategy", dependencies=[Reader])
async def show_strategy(kind: Kind) -> Response:
    """The strategy of this kind; null: there is none."""
    return answer({"strategy": None})


@router.post("/api/orchestration/{kind}/strategy", dependencies=[Changer])
async def create_strategy(kind: Kind, wanted: Annotated[dict[str, JsonValue], Body()]) -> Response:
    """Refused."""
    raise Invalid(
        f"This version makes no strategies, so none of kind {kind} either.",
        expected="hosts that are updated one by one",
        remedy="for each host: system host-lock --preview HOST, system host-lock --wait HOST, update it, "
        "system host-unlock --wait HOST",
    )


@router.delete("/api/orchestration/{kind}/strategy", dependencies=[Changer])
async def delete_strategy(kind: Kind) -> Response:
    """Refused: there is none."""
    raise _none(kind)


@router.post("/api/orchestration/{kind}/strategy/actions", dependencies=[Runner])
async def run_strategy(kind: Kind, ask: Annotated[Ask, Body()]) -> Response:
    """Refused: there is none."""
    raise _none(kind)


def create_app(settings: Settings, authenticator: Authenticator) -> FastAPI:
    """Put the application together."""
    return guarded("Sturnus VIM, northbound", [router], guards_from(settings, authenticator))


def _none(kind: Kind) -> NotFound:
    return NotFound(f"There is no strategy of kind {kind}.", expected="a strategy", remedy="this version makes none")


def _links(request: Request, path: str, names: list[str]) -> dict[str, Any]:
    base = f"{request.base_url}{path}"
    return {"links": [{"href": base, "rel": "self"}, *({"href": f"{base}/{name}", "rel": name} for name in names)]}
