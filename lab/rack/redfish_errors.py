"""Whatever goes wrong, in Redfish's words: the error body of DSP0266, with messages of the Base registry (DSP8011)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from lab.ground.errors import LabError
from lab.rack.controllers import ResetType

REGISTRY: Final = "Base.1.18"


class MessageId(StrEnum):
    """Messages of the Base registry that are used here."""

    GENERAL = "GeneralError"
    NO_PRIVILEGE = "InsufficientPrivilege"
    NOT_FOUND = "ResourceMissingAtURI"
    METHOD_NOT_ALLOWED = "OperationNotAllowed"
    MALFORMED_JSON = "MalformedJSON"
    PARAMETER_MISSING = "ActionParameterMissing"
    PARAMETER_UNKNOWN = "ActionParameterUnknown"
    PARAMETER_VALUE = "ActionParameterValueNotInList"
    IN_USE = "ResourceInUse"
    UNAVAILABLE = "ServiceTemporarilyUnavailable"
    INTERNAL = "InternalError"


BY_STATUS: Final[Mapping[int, MessageId]] = {
    401: MessageId.NO_PRIVILEGE,
    404: MessageId.NOT_FOUND,
    405: MessageId.METHOD_NOT_ALLOWED,
}
BY_FAULT: Final[Mapping[str, MessageId]] = {
    "enum": MessageId.PARAMETER_VALUE,
    "missing": MessageId.PARAMETER_MISSING,
    "extra_forbidden": MessageId.PARAMETER_UNKNOWN,
}
"""What pydantic calls a fault of the body; all else is not even the object that was expected."""


def install(app: FastAPI) -> None:
    """Have an application answer every failure in this form."""
    app.exception_handler(HTTPException)(_refused)
    app.exception_handler(ValidationError)(_invalid)
    app.exception_handler(LabError)(_impossible)
    app.exception_handler(TimeoutError)(_late)
    app.exception_handler(Exception)(_unexpected)


async def _refused(_: Request, error: HTTPException) -> Response:
    return _body(error.status_code, BY_STATUS.get(error.status_code, MessageId.GENERAL), error.detail, error.headers)


async def _invalid(_: Request, error: ValidationError) -> Response:
    fault = error.errors()[0]
    message = BY_FAULT.get(fault["type"], MessageId.MALFORMED_JSON)
    name = ".".join(str(part) for part in fault["loc"]) or "the body"
    expected = '{"ResetType": ...} with one of ' + ", ".join(ResetType)
    return _body(400, message, f"{name}: {fault['msg']}; expected is {expected}")


async def _impossible(_: Request, error: LabError) -> Response:
    return _body(409, MessageId.IN_USE, str(error))


async def _late(_: Request, __: TimeoutError) -> Response:
    return _body(503, MessageId.UNAVAILABLE, "not done in time: look at PowerState and try again")


async def _unexpected(_: Request, __: Exception) -> Response:
    return _body(500, MessageId.INTERNAL, "the controller failed: its log (rack.log) tells why")


def _body(status: int, known: MessageId, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    told = {
        "@odata.type": "#Message.v1_2_0.Message",
        "MessageId": f"{REGISTRY}.{known}",
        "Message": message,
        "MessageSeverity": "Critical",
        "Severity": "Critical",  # deprecated in the schema, and what sushy looks at
    }
    body = {"error": {"code": told["MessageId"], "message": message, "@Message.ExtendedInfo": [told]}}
    return JSONResponse(body, status, dict(headers or {}))
