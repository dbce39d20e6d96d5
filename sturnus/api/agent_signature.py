"""Who signed a request: the agents' way in, beside the tokens of people and services."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated, Final, cast

import structlog
from fastapi import Depends, Request

from sturnus.api.answers import Service
from sturnus.core import signed_requests
from sturnus.core.clock import Clock
from sturnus.core.errors import Forbidden, Unavailable
from sturnus.core.identity import Unauthorized
from sturnus.core.signed_requests import (
    KEY_HEADER,
    PROOF_HEADER,
    SIGNATURE_HEADER,
    STAMP_HEADER,
    SignedRequest,
    Verdict,
)
from sturnus.inventory.service import Speaker

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")
_STAMP: Final = re.compile(r"[1-9][0-9]{0,17}")  # fits the tables' 64 bits

log = structlog.stdlib.get_logger(__name__)


class EnrolmentFile:
    """The digest of the enrolment secret, read anew for each enrolment: agents enrol once."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    async def digest(self) -> str:
        """Forbidden if nobody may enrol, Unavailable if the file cannot be read."""
        if self._file is None:
            raise Forbidden(
                "Agents cannot enrol here.", expected="an enrolment secret", remedy="set enrolment_file in sturnus.toml"
            )
        try:
            content = (await asyncio.to_thread(self._file.read_text)).strip()
        except (OSError, ValueError):
            content = ""
        if not _DIGEST.fullmatch(content):
            raise Unavailable(
                "enrolment cannot be checked: the enrolment file does not hold a SHA-256",
                expected="64 hexadecimal digits, made by: printf %s SECRET | sha256sum",
                remedy="correct the file that enrolment_file names; nothing has to be restarted",
            )
        return content


async def signed(request: Request) -> SignedRequest:
    """Dependency: the request as its signature sees it. Unauthorized if the stamp is no stamp."""
    stamp = request.headers.get(STAMP_HEADER, "")
    if not _STAMP.fullmatch(stamp):
        raise Unauthorized
    return SignedRequest(request.method, request.url.path, int(stamp), await request.body())


Signed = Annotated[SignedRequest, Depends(signed)]


def check_signature(request: Request, said: SignedRequest, public_key: bytes) -> None:
    """Unauthorized unless the owner of the key made this request, now. Why not, is in the log only."""
    signature = request.headers.get(SIGNATURE_HEADER, "")
    clock = cast("Clock", request.app.state.clock)
    if not _SIGNATURE.fullmatch(signature):
        raise Unauthorized
    found = signed_requests.verdict(said, bytes.fromhex(signature), public_key, clock.now())
    if found is not Verdict.ACCEPTED:
        log.warning("agent refused", key=signed_requests.key_id(public_key), verdict=found)
        raise Unauthorized


async def check_enrolment(request: Request, said: SignedRequest, public_key: bytes) -> None:
    """Unauthorized unless the sender has the key and knows the enrolment secret."""
    enrolment = cast("EnrolmentFile", request.app.state.enrolment)
    proof = request.headers.get(PROOF_HEADER, "")
    if not signed_requests.proof_is_good(await enrolment.digest(), said, proof):
        log.warning("enrolment refused", key=signed_requests.key_id(public_key))
        raise Unauthorized
    check_signature(request, said, public_key)


async def speaker(request: Request, said: Signed, service: Service) -> Speaker:
    """Dependency of the routes of enrolled agents."""
    key_id = request.headers.get(KEY_HEADER, "")
    public_key = await service.agent_key(key_id) if _DIGEST.fullmatch(key_id) else None
    if public_key is None:
        raise Unauthorized
    check_signature(request, said, public_key)
    return Speaker(key_id, said.stamp)


Agent = Annotated[Speaker, Depends(speaker)]
