"""What a baseboard controller speaks: the part of Redfish (DMTF DSP0266, schemas DSP8010) that switches power.

Every host has a controller of its own, as in a data centre: own address, own user, and one system that it knows of.
All are served by one application, which tells them apart by the address that was called.
"""

# No `from __future__ import annotations` here: FastAPI reads annotations that name local dependencies.

import secrets
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from lab.ground.description import Host, Nic
from lab.ground.power import PowerState
from lab.rack.controllers import Controller, Racked, ResetType
from lab.rack.redfish_errors import install

ROOT: Final = "/redfish/v1"
MAX_BODY: Final = 4096
"""Bytes; a reset takes some thirty."""


class ResetRequest(BaseModel):
    """The body of ComputerSystem.Reset."""

    model_config = ConfigDict(extra="forbid")

    reset_type: ResetType = Field(alias="ResetType")


def application(racked: Racked) -> FastAPI:
    """The Redfish service of all controllers."""
    app = FastAPI(title="Baseboard controllers of a lab", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(_open_routes())
    app.include_router(_system_routes(racked, _authentication(racked)), prefix=ROOT)
    install(app)
    return app


def _authentication(racked: Racked) -> Callable[..., Host]:
    """The dependency that answers whose controller was called, if the caller may use it."""
    basic = HTTPBasic(auto_error=False)

    def called(request: Request) -> Controller:
        address, _ = request.scope["server"]
        controller = racked.controllers.get(address)
        if controller is None:
            raise HTTPException(404, f"no baseboard controller at {address}")
        return controller

    def authenticated(
        controller: Annotated[Controller, Depends(called)],
        given: Annotated[HTTPBasicCredentials | None, Depends(basic)],
    ) -> Host:
        known = controller.credentials
        user, password = (given.username, given.password) if given else ("", "")
        # Both are compared, whatever the first says: the time tells nothing.
        right = secrets.compare_digest(user.encode(), known.user.encode()) & secrets.compare_digest(
            password.encode(), known.password.encode()
        )
        if not right:
            raise HTTPException(401, "user name or password is wrong", {"WWW-Authenticate": 'Basic realm="redfish"'})
        return controller.host

    return authenticated


async def _reset_request(request: Request) -> ResetRequest:
    """What was asked for.

    Read here and not by FastAPI, which reads a body of any size before it asks who sent it.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, f"a reset is a JSON object of no more than {MAX_BODY} bytes")
    return ResetRequest.model_validate_json(bytes(body))


def _open_routes() -> APIRouter:
    """What Redfish shows to everybody: that it is Redfish, and where to go on."""
    router = APIRouter()

    @router.get("/redfish")
    @router.get("/redfish/")
    async def versions() -> dict[str, str]:
        return {"v1": f"{ROOT}/"}

    @router.get(ROOT)
    @router.get(f"{ROOT}/")
    async def service_root() -> dict[str, Any]:
        return _resource("ServiceRoot.v1_16_0.ServiceRoot", f"{ROOT}/", "RootService") | {
            "RedfishVersion": "1.18.0",
            "Systems": _link(f"{ROOT}/Systems"),
            "Managers": _link(f"{ROOT}/Managers"),
            "Links": {},
        }

    return router


def _system_routes(racked: Racked, authenticated: Callable[..., Host]) -> APIRouter:
    router = APIRouter()
    caller = Annotated[Host, Depends(authenticated)]

    def known(host: caller, name: str) -> Host:
        if name != host.name:
            raise HTTPException(404, f"no system {name!r}: this controller has {host.name}")
        return host

    system = Annotated[Host, Depends(known)]

    @router.get("/Systems")
    async def systems(host: caller) -> dict[str, Any]:
        return _collection("ComputerSystem", f"{ROOT}/Systems", [host.name])

    @router.get("/Systems/{name}")
    async def show(host: system) -> dict[str, Any]:
        return _system(host, await racked.state(host))

    @router.post("/Systems/{name}/Actions/ComputerSystem.Reset", status_code=204, response_class=Response)
    async def reset(host: system, request: Request) -> None:
        await racked.reset(host, (await _reset_request(request)).reset_type)

    @router.get("/Managers")
    async def managers(host: caller) -> dict[str, Any]:
        return _collection("Manager", f"{ROOT}/Managers", [host.name])

    @router.get("/Managers/{name}")
    async def manager(host: system) -> dict[str, Any]:
        return _resource("Manager.v1_19_0.Manager", f"{ROOT}/Managers/{host.name}", host.name) | {
            "ManagerType": "BMC",
            "Status": {"State": "Enabled", "Health": "OK"},
            "Links": {"ManagerForServers": [_link(f"{ROOT}/Systems/{host.name}")]},
        }

    return router


def _system(host: Host, state: PowerState) -> dict[str, Any]:
    path = f"{ROOT}/Systems/{host.name}"
    enabled = "Enabled" if state is PowerState.ON else "StandbyOffline"
    return _resource("ComputerSystem.v1_22_0.ComputerSystem", path, host.name) | {
        "SystemType": "Virtual",
        "HostName": host.name,
        "PowerState": state,
        "Status": {"State": enabled, "Health": "OK"},
        "MemorySummary": {"TotalSystemMemoryGiB": host.memory_mib / 1024},
        "Links": {"ManagedBy": [_link(f"{ROOT}/Managers/{host.name}")]},
        "Actions": {
            "#ComputerSystem.Reset": {
                "target": f"{path}/Actions/ComputerSystem.Reset",
                "ResetType@Redfish.AllowableValues": list(ResetType),
            }
        },
        "Oem": {"Sturnus": {"PermanentMACAddresses": {nic: host.mac(nic) for nic in Nic}}},
    }


def _resource(kind: str, path: str, name: str) -> dict[str, Any]:
    return {"@odata.type": f"#{kind}", "@odata.id": path, "Id": name, "Name": name}


def _collection(kind: str, path: str, names: list[str]) -> dict[str, Any]:
    return {
        "@odata.type": f"#{kind}Collection.{kind}Collection",
        "@odata.id": path,
        "Name": f"{kind} Collection",
        "Members@odata.count": len(names),
        "Members": [_link(f"{path}/{name}") for name in names],
    }


def _link(path: str) -> dict[str, str]:
    return {"@odata.id": path}
