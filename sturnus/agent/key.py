"""The agent's own key: made once, kept in its state directory, readable by its owner only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sturnus.core.errors import Invalid
from sturnus.core.signed_requests import (
    KEY_HEADER,
    PROOF_HEADER,
    SIGNATURE_HEADER,
    STAMP_HEADER,
    SignedRequest,
    enrolment_proof,
    key_id,
    secret_digest,
)

FILE: Final = "agent.key"
OWNER_ONLY: Final = 0o077
"""Bits of a mode that nobody but the owner may have."""


class AgentKey:
    """Signs requests. Never shows the private half."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    def headers(self, request: SignedRequest) -> dict[str, str]:
        """What a signed request carries."""
        return {
            KEY_HEADER: key_id(self.public),
            STAMP_HEADER: str(request.stamp),
            SIGNATURE_HEADER: self._private.sign(request.text()).hex(),
        }


def proof_header(secret: str, request: SignedRequest) -> dict[str, str]:
    """What an enrolment carries besides."""
    return {PROOF_HEADER: enrolment_proof(secret_digest(secret), request)}


def kept_in(state: Path) -> AgentKey:
    """The key in this directory, made if there is none. Whole or not at all: a power cut leaves no half of a key."""
    file = state / FILE
    if not file.exists():
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = state / f".{FILE}"
        fresh.unlink(missing_ok=True)
        opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as writing:
            writing.write(Ed25519PrivateKey.generate().private_bytes_raw())
            writing.flush()
            os.fsync(opened)
        fresh.rename(file)
    return AgentKey(Ed25519PrivateKey.from_private_bytes(_private_bytes(file)))


def secret_in(file: Path) -> str:
    """The enrolment secret. Invalid if others could read it too."""
    try:
        _refuse_if_open(file)
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(
            f"The enrolment secret cannot be read from {file}.",
            expected="a file that holds nothing but the secret",
            remedy="correct --enrolment-file",
        ) from error


def _private_bytes(file: Path) -> bytes:
    _refuse_if_open(file)
    content = file.read_bytes()
    if len(content) != 32:
        raise Invalid(
            f"{file} does not hold a key.",
            expected="32 bytes",
            remedy=f"system host-delete this host, then: rm {file}",
        )
    return content


def _refuse_if_open(file: Path) -> None:
    mode = file.stat().st_mode & 0o777
    if mode & OWNER_ONLY:
        raise Invalid(f"{file} can be read by others.", expected="mode 0600", remedy=f"chmod 600 {file}")
