"""Baseboard controllers: the part of Redfish (DMTF DSP0266, schema bundle DSP8010) that turns power on and off.

Every host has a controller of its own, as in a data centre: own address, own user, and one system that it knows of.
All are served by one application, which tells them apart by the address that was called.
"""

# No `from __future__ import annotations` here: FastAPI reads annotations that name local dependencies.

import asyncio
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from lab.ground.description import Host, Nic
from lab.ground.errors import LabError
from lab.ground.power import PowerState
from lab.rack.credentials import BmcCredentials
from lab.rack.ports import PowerSwitch

T = TypeVar("T")

ROOT: Final = "/redfish/v1"
ACTION_DEADLINE: Final = timedelta(seconds=30)


class ResetType(StrEnum):
    """What can be asked for (schema Resource, ResetType)."""

    ON = "On"
    FORCE_OFF = "ForceOff"
    GRACEFUL_SHUTDOWN = "GracefulShutdown"
    GRACEFUL_RESTART = "GracefulRestart"
    FORCE_RESTART = "ForceRestart"


class ResetRequest(BaseModel):
    """The body of ComputerSystem.Reset."""

    model_config = ConfigDict(extra="forbid")

    reset_type: ResetType = Field(alias="ResetType")


@dataclass(frozen=True, slots=True)
class Controller:
    """One host's baseboard controller."""

    host: Host
    credentials: BmcCredentials


class Racked:
    """The controllers by the addresses that they answer on, and the power that they switch."""

    def __init__(self, power: PowerSwitch, executor: Executor) -> None:
        self.controllers: Mapping[str, Controller] = {}
        self._power = power
        self._executor = executor

    async def state(self, host: Host) -> PowerState:
        """What the host's power is now."""
        return await self._blocking(lambda: self._power.state(host))

    async def reset(self, host: Host, kind: ResetType) -> None:
        """Do what was asked. Whatever is so already is left alone."""
        actions: Mapping[ResetType, Callable[[Host], None]] = {
            ResetType.ON: self._power.power_on,
            ResetType.FORCE_OFF: self._power.force_off,
            ResetType.GRACEFUL_SHUTDOWN: self._power.graceful_shutdown,
            ResetType.GRACEFUL_RESTART: self._power.graceful_restart,
            ResetType.FORCE_RESTART: self._power.force_restart,
        }
        await self._blocking(lambda: actions[kind](host))

    async def _blocking(self, call: Callable[[], T]) -> T:
        async with asyncio.timeout(ACTION_DEADLINE.total_seconds()):
            return await asyncio.get_running_loop().run_in_executor(self._executor, call)


def application(racked: Racked) -> FastAPI:
    """The Redfish service of all controllers."""
    app = FastAPI(title="Baseboard controllers of a lab", docs_url=None, redoc_url=None, openapi_url=None)
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

    app.include_router(_open_routes())
    app.include_router(_system_routes(racked, authenticated), prefix=ROOT)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(LabError)(_conflict)
    app.exception_handler(TimeoutError)(_late)
    return app


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
    async def reset(host: system, wanted: ResetRequest) -> None:
        await racked.reset(host, wanted.reset_type)

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
        "HostingRoles": [host.role],
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


def _error(status: int, message_id: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as DSP0266 §8.6 words it."""
    told = {"@odata.type": "#Message.v1_2_0.Message", "MessageId": f"Base.1.18.{message_id}", "Message": message}
    body = {"error": {"code": told["MessageId"], "message": message, "@Message.ExtendedInfo": [told]}}
    return JSONResponse(body, status, dict(headers or {}))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what this handler is registered for
    names = {401: "InsufficientPrivilege", 404: "ResourceMissingAtURI", 405: "OperationNotAllowed"}
    return _error(error.status_code, names.get(error.status_code, "GeneralError"), str(error.detail), error.headers)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"][1:]) or "body"
    return _error(400, "ActionParameterValueNotInList", f"{where}: {found['msg']}")


async def _conflict(_: Request, error: Exception) -> Response:
    return _error(409, "ResourceInUse", str(error))


async def _late(_: Request, __: Exception) -> Response:
    seconds = ACTION_DEADLINE.total_seconds()
    return _error(503, "ServiceTemporarilyUnavailable", f"not done after {seconds:.0f} s; try again")
