"""Heartbeats: one small datagram a second from every host, sealed by a key that both sides worked out and nobody sent.

    agent: signed HTTP request with an X25519 key  ->  inventory: a session, and its own X25519 key
    agent: HEARTBEAT session counter seal          ->  inventory: nothing
                                                   <-  ASK session counter seal: "there is an order for you"
                                                   <-  UNKNOWN session counter: "this process does not know you"

A seal is keyed BLAKE2b (RFC 7693): about a microsecond, where an Ed25519 signature takes a hundred. The counter grows,
so what was overheard is good for nothing. UNKNOWN cannot be sealed, since its sender has no key; all it does is to have
the agent agree on a session anew, by a signed request and not more often than every few seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_HEADING: Final = struct.Struct(">4sB8sQ")
_MAGIC: Final = b"STN1"
_SEAL: Final = 16
_SIZES: Final = frozenset({_HEADING.size, _HEADING.size + _SEAL})
SESSION: Final = 8
"""Bytes of a session's name."""
LONGEST: Final = _HEADING.size + _SEAL
"""Bytes of the largest datagram; no answer is larger than the question."""
EVERY: Final = 1.0
"""Seconds between two heartbeats of a host."""


class Kind(IntEnum):
    """What a datagram says."""

    HEARTBEAT = 1
    """I live."""
    ASK = 2
    """Ask for your orders now, by a signed request."""
    UNKNOWN = 3
    """I know no such session: agree on a new one."""


_KINDS: Final = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """One key for each direction: no datagram can be sent back as an answer."""

    to_inventory: bytes
    to_agent: bytes


@dataclass(frozen=True, slots=True)
class Heading:
    """What a datagram says, before its seal was looked at."""

    kind: Kind
    session: bytes
    counter: int


def agreed(own: X25519PrivateKey, others: bytes, session: bytes) -> SessionKeys:
    """Work out the keys of a session (RFC 7748, RFC 5869). ValueError if `others` is no key that can be used."""
    shared = own.exchange(X25519PublicKey.from_public_bytes(others))
    keys = HKDF(SHA256(), 64, salt=session, info=b"sturnus-heartbeat-1").derive(shared)
    return SessionKeys(to_inventory=keys[:32], to_agent=keys[32:])


def sealed(kind: Kind, session: bytes, counter: int, key: bytes) -> bytes:
    """Make a datagram that only the owner of the key can make."""
    heading = _HEADING.pack(_MAGIC, kind, session, counter)
    return heading + _seal(heading, key)


def unknown(heading: Heading) -> bytes:
    """Make the answer to a datagram of a session that nobody here knows."""
    return _HEADING.pack(_MAGIC, Kind.UNKNOWN, heading.session, heading.counter)


def heading_of(datagram: bytes) -> Heading | None:
    """Read a datagram as far as it can be read without a key; None if it is none of ours."""
    if len(datagram) not in _SIZES:
        return None
    magic, kind, session, counter = _HEADING.unpack_from(datagram)
    if magic != _MAGIC or kind not in _KINDS or (kind == Kind.UNKNOWN) is (len(datagram) == LONGEST):
        return None
    return Heading(Kind(kind), session, counter)


def is_good(datagram: bytes, key: bytes) -> bool:
    """Whether the owner of the key made this datagram."""
    return hmac.compare_digest(_seal(datagram[: _HEADING.size], key), datagram[_HEADING.size :])


def _seal(heading: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(heading, key=key, digest_size=_SEAL).digest()
