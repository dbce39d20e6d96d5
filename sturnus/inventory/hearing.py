"""What is heard of hosts: in memory only, since a thousand of them say each second that they live.

Moments are seconds of a clock that nobody can set. A process that begins knows no session: agents agree on new ones,
which takes them a while, so it does not hold that while against a host of which it has never heard.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sturnus.core import heartbeats
from sturnus.core.errors import Invalid
from sturnus.core.heartbeats import Kind, SessionKeys
from sturnus.core.metrics import HEARTBEATS

Monotonic = Callable[[], float]
"""Seconds since some moment of no meaning."""

GAP: Final = 2.0
"""Seconds between two times of listening which mean that this process slept, or that the machine did."""
UNKNOWN_PER_SECOND: Final = 200.0
"""Answers to strangers: each is smaller than what it answers, and they are few."""


@dataclass(frozen=True, slots=True)
class AgreedSession:
    """What an agent needs in order to have itself heard."""

    session: bytes
    public_key: bytes


@dataclass(slots=True)
class _Session:
    host: str
    keys: SessionKeys
    counter: int = 0  # of the last heartbeat that was accepted


class Wish(StrEnum):
    """Why an agent shall ask for its orders."""

    POWER = "power"
    """It has to restart its host."""
    CONFIGURATION = "configuration"
    """Its host has to be something else than it is."""
    GUESTS = "guests"
    """Its guest service has to be something else than it is."""


class Hearing:
    """Sessions, and when each host was heard last. Hosts are named by their uuids."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._sessions: dict[bytes, _Session] = {}
        self._session_of: dict[str, bytes] = {}
        self._last: dict[str, float] = {}
        self._last_heartbeat: dict[str, float] = {}
        self._wanted: set[tuple[str, Wish]] = set()
        self._answers, self._answers_at = UNKNOWN_PER_SECOND, monotonic()
        self.listening_since = self._listened_at = monotonic()
        """Since when datagrams were taken in without a gap: silence before that is nobody's fault."""

    def now(self) -> float:
        """The moment, by the clock that the others are told in."""
        return self._monotonic()

    def listened(self) -> None:
        """All that has arrived was taken in."""
        now = self._monotonic()
        if now - self._listened_at > GAP:
            self.listening_since = now
        self._listened_at = now

    def agree(self, host: str, public_key: bytes) -> AgreedSession:
        """Begin a session with the agent of a host, in place of the one before. Invalid if its key is no key."""
        own, session = X25519PrivateKey.generate(), os.urandom(heartbeats.SESSION)
        try:
            keys = heartbeats.agreed(own, public_key, session)
        except ValueError:
            raise Invalid("This is no X25519 key.", expected="32 bytes of a public key", remedy="") from None
        self._drop_session(host)
        self._sessions[session] = _Session(host, keys)
        self._session_of[host] = session
        self.heard(host)
        return AgreedSession(session, own.public_key().public_bytes_raw())

    def receive(self, datagram: bytes) -> bytes | None:
        """Take in a datagram; the answer to it, if there is one."""
        heading = heartbeats.heading_of(datagram)
        if heading is None or heading.kind is not Kind.HEARTBEAT:
            HEARTBEATS.labels("malformed").inc()
            return None
        session = self._sessions.get(heading.session)
        if session is None:
            HEARTBEATS.labels("unknown").inc()
            return heartbeats.unknown(heading) if self._may_answer() else None
        if heading.counter <= session.counter:
            HEARTBEATS.labels("replayed").inc()
            return None
        if not heartbeats.is_good(datagram, session.keys.to_inventory):
            HEARTBEATS.labels("forged").inc()
            return None
        session.counter = heading.counter
        self._last[session.host] = self._last_heartbeat[session.host] = self._monotonic()
        HEARTBEATS.labels("accepted").inc()
        if not self.is_wanted(session.host):
            return None
        return heartbeats.sealed(Kind.ASK, heading.session, heading.counter, session.keys.to_agent)

    def heard(self, host: str) -> None:
        """A signed request of this host's agent was accepted."""
        self._last[host] = self._monotonic()

    def last(self, host: str) -> float | None:
        """When the host was heard last; None: never."""
        return self._last.get(host)

    def heartbeats_arrive(self, host: str) -> bool:
        """Whether datagrams of this host come through: where they do not, it has to make itself heard by requests."""
        last = self._last_heartbeat.get(host)
        return last is not None and self._monotonic() - last < 3 * heartbeats.EVERY

    def want(self, host: str, wish: Wish = Wish.POWER) -> None:
        """Have the host's agent ask for its orders, each time it is heard until `want_no_more`."""
        self._wanted.add((host, wish))

    def is_wanted(self, host: str) -> bool:
        """Whether there is an order for its agent."""
        return any((host, wish) in self._wanted for wish in Wish)

    def wishes(self, host: str, wish: Wish) -> bool:
        """Whether this is what it shall ask for."""
        return (host, wish) in self._wanted

    def want_no_more(self, host: str, wish: Wish = Wish.POWER) -> None:
        """There is no such order any more."""
        self._wanted.discard((host, wish))

    def went_down(self, host: str) -> None:
        """Somebody saw that the host is off: what was heard before, or is still on its way, counts no more."""
        self._drop_session(host)
        self._last.pop(host, None)
        self._last_heartbeat.pop(host, None)

    def keep_only(self, hosts: Collection[str]) -> None:
        """Forget hosts that are gone."""
        for host in self._last.keys() - hosts:
            self.went_down(host)
            self._wanted -= {(host, wish) for wish in Wish}

    def _drop_session(self, host: str) -> None:
        if (session := self._session_of.pop(host, None)) is not None:
            del self._sessions[session]

    def _may_answer(self) -> bool:
        now = self._monotonic()
        self._answers = min(UNKNOWN_PER_SECOND, self._answers + (now - self._answers_at) * UNKNOWN_PER_SECOND)
        self._answers_at = now
        if self._answers < 1:
            return False
        self._answers -= 1
        return True
