"""How an agent's requests are signed, and how a signature is checked. Both sides use these few functions.

What is signed names the request completely: method, path, moment and body. The moment is the agent's clock in
microseconds and grows with each request, so that a request which was overheard is good for nothing: it is too old, or
a later one has been accepted.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_HEADER: Final = "X-Sturnus-Key"
STAMP_HEADER: Final = "X-Sturnus-Stamp"
SIGNATURE_HEADER: Final = "X-Sturnus-Signature"
PROOF_HEADER: Final = "X-Sturnus-Enrolment"

FRESH: Final = timedelta(seconds=60)
"""How far an agent's clock may be from the inventory's, the way of the request included."""


class Verdict(StrEnum):
    """What a look at a signature says."""

    ACCEPTED = "accepted"
    """Made by the owner of the key, for this request, now."""
    FORGED = "forged"
    """Not made by the owner of the key, or for another request."""
    NOT_NOW = "not now"
    """Made at another time."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as its signature sees it."""

    method: str
    path: str
    stamp: int  # microseconds since 1970, by the agent's clock
    body: bytes

    def text(self) -> bytes:
        """What is signed. The parts that others choose cannot hold a line's end, or come as a digest."""
        digest = hashlib.sha256(self.body).hexdigest()
        return f"sturnus-agent-1\n{self.method}\n{self.path}\n{self.stamp}\n{digest}".encode()


def key_id(public_key: bytes) -> str:
    """What a key is called: the SHA-256 of its 32 bytes, in hexadecimal digits."""
    return hashlib.sha256(public_key).hexdigest()


def stamp_of(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def verdict(request: SignedRequest, signature: bytes, public_key: bytes, now: datetime) -> Verdict:
    """Look at a signature. Whether the stamp has been used before, only the inventory's tables know."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, request.text())
    except (InvalidSignature, ValueError):
        return Verdict.FORGED
    if abs(stamp_of(now) - request.stamp) > FRESH // timedelta(microseconds=1):
        return Verdict.NOT_NOW
    return Verdict.ACCEPTED


def secret_digest(secret: str) -> str:
    """What the inventory keeps of the enrolment secret: the SHA-256 of its text."""
    return hashlib.sha256(secret.encode()).hexdigest()


def enrolment_proof(digest: str, request: SignedRequest) -> str:
    """Shows that the sender knows the enrolment secret, for this one request. The secret itself never travels."""
    return hmac.new(digest.encode(), request.text(), hashlib.sha256).hexdigest()


def proof_is_good(digest: str, request: SignedRequest, proof: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(enrolment_proof(digest, request).encode(), proof.encode(errors="replace"))
