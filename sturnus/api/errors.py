r"""Failures on the wire: status and body as StarlingX's clients read them (reference/clients.md §1, "Errors").

    {"error_message": "{\"faultstring\": \"Host compute-1 must be locked.\", \"faultcode\": \"Client\", ...}"}

The public clients print `faultstring`; `expected`, `remedy` and `violations` are for ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from sturnus.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale, SturnusError, Unavailable
from sturnus.core.identity import Unauthorized
from sturnus.identity.keystone_tokens import KeystoneUnavailable

STATUS: Final[Mapping[type[SturnusError], HTTPStatus]] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    NotFound: HTTPStatus.NOT_FOUND,
    Stale: HTTPStatus.PRECONDITION_FAILED,
    Conflict: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def error_response(
    status: int, message: str, *, expected: str = "", remedy: str = "", violations: tuple[str, ...] = ()
) -> Response:
    """Build the answer that a client shows as one line."""
    fault = {
        "faultstring": message,
        "faultcode": "Client" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "Server",
        "debuginfo": None,
        "expected": expected,
        "remedy": remedy,
        "violations": list(violations),
    }
    # Twice JSON, as the clients expect. ASCII only: what a client sent may not even be encodable.
    return Response(json.dumps({"error_message": json.dumps(fault)}), status, media_type="application/json")


def refusal(error: SturnusError) -> Response:
    """Build the answer to a request that met one of the closed set."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    answer = error_response(
        status, error.message, expected=error.expected, remedy=error.remedy, violations=error.details
    )
    if isinstance(error, KeystoneUnavailable):
        answer.headers["Retry-After"] = str(round(error.retry_after.total_seconds()))
    return answer


def unauthorized() -> Response:
    """Build the answer to somebody unknown."""
    answer = error_response(
        HTTPStatus.UNAUTHORIZED,
        "The request requires authentication.",
        expected="a valid token in X-Auth-Token",
        remedy="source /etc/platform/openrc, then repeat the command",
    )
    answer.headers["WWW-Authenticate"] = "Keystone"
    return answer


async def _refused(_: Request, error: SturnusError) -> Response:
    return refusal(error)


async def _unauthorized(_: Request, __: Unauthorized) -> Response:
    return unauthorized()


async def _malformed(_: Request, error: RequestValidationError) -> Response:
    faults = tuple(f"{_place(fault['loc'])}: {fault['msg']}." for fault in error.errors()[:10])
    return error_response(
        HTTPStatus.BAD_REQUEST,
        " ".join(faults),
        expected="a request as /openapi.json describes it",
        remedy="correct it and send it again",
        violations=faults,
    )


def _place(location: tuple[object, ...]) -> str:
    return ".".join(str(part)[:80] for part in location) or "request"


async def _http(_: Request, error: HTTPException) -> Response:
    answer = error_response(
        error.status_code, f"{error.detail}.", expected="a request as /openapi.json describes it", remedy=""
    )
    answer.headers.update(error.headers or {})
    return answer


def install(app: FastAPI) -> None:
    """Let every failure leave in this form. What is not in the closed set is caught by `RequestLog`."""
    app.exception_handler(SturnusError)(_refused)
    app.exception_handler(Unauthorized)(_unauthorized)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(HTTPException)(_http)


def defect(request_id: str) -> Response:
    """Answer to a request that met a defect: the id under which the log explains it, and nothing else."""
    structlog.stdlib.get_logger(__name__).exception("request met a defect")
    return error_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"Internal error {request_id}.",
        expected="no defect in the platform",
        remedy=f"look for {request_id} in the server's log",
    )
