"""Tokens of our own API, checked against the platform's Keystone and remembered for a while.

The memory is what keeps 1,000 agents and a busy CLI from costing a question each, and what lets callers go on while
Keystone restarts. Its price: a revoked token works here until its entry is no longer fresh (a minute), and while
Keystone is away until it is no longer kept (five). Keys are hashes, so that no token lies in memory longer than its
request; both halves are bounded, and apart, so that made-up tokens cannot push good ones out.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sturnus.core.clock import Clock
from sturnus.core.identity import Identity, Unauthorized
from sturnus.identity.keystone_tokens import KeystoneUnavailable, Verdict

LONGEST_TOKEN: Final = 4096
"""Characters. A Fernet token has about 200; what is longer is refused without asking."""


class AsksKeystone(Protocol):
    """Where tokens are asked about: see `keystone_tokens`."""

    async def ask(self, token: str) -> Identity | Verdict:
        """Ask about one token. Raises KeystoneUnavailable. Has a deadline of its own."""
        ...


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long answers are remembered. A token's own end comes first, always."""

    fresh: timedelta = timedelta(seconds=60)  # a good token is not asked about again
    kept: timedelta = timedelta(minutes=5)  # ... nor doubted while Keystone is away
    refused: timedelta = timedelta(seconds=10)  # a bad one is not asked about again
    entries: int = 4096  # of each kind; the one used longest ago goes first


@dataclass(frozen=True, slots=True)
class _Remembered:
    identity: Identity
    fresh_until: datetime
    kept_until: datetime


class TokenValidator:
    """Turns a token into an identity. One per process; for one event loop."""

    def __init__(self, keystone: AsksKeystone, clock: Clock, lifetimes: Lifetimes | None = None) -> None:
        self._keystone = keystone
        self._clock = clock
        self._lifetimes = lifetimes or Lifetimes()
        self._good: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._bad: OrderedDict[bytes, datetime] = OrderedDict()  # refused until
        self._asking: dict[bytes, asyncio.Task[Identity | Verdict]] = {}
        self._away: tuple[datetime, str] | None = None  # until when Keystone is not asked, and why

    async def authenticate(self, token: str) -> Identity:
        """Say who a token stands for. Raises Unauthorized, or KeystoneUnavailable when that cannot be told."""
        if not token or len(token) > LONGEST_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
            raise Unauthorized
        key = hashlib.sha256(token.encode()).digest()
        now = self._clock.now()
        remembered = self._recall(key, now)
        if remembered is not None and now < remembered.fresh_until:
            return remembered.identity
        if self._bad.get(key, now) > now:
            raise Unauthorized
        try:
            answer = await self._ask_once(key, token)
        except KeystoneUnavailable:
            if remembered is None:
                raise
            return remembered.identity
        if isinstance(answer, Verdict):
            raise Unauthorized
        return answer

    def _recall(self, key: bytes, now: datetime) -> _Remembered | None:
        remembered = self._good.get(key)
        if remembered is None:
            return None
        if now >= remembered.kept_until:
            del self._good[key]
            return None
        self._good.move_to_end(key)
        return remembered

    async def _ask_once(self, key: bytes, token: str) -> Identity | Verdict:
        """Everybody who comes with the same token meanwhile waits for the same answer."""
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key, token))
            self._asking[key] = task
            task.add_done_callback(lambda done: self._asked(key, done))
        # Shielded: a caller who hangs up takes the answer from nobody else. The task's deadline is Keystone's.
        return await asyncio.shield(task)

    def _asked(self, key: bytes, task: asyncio.Task[Identity | Verdict]) -> None:
        del self._asking[key]
        if not task.cancelled():
            task.exception()  # looked at, for the case that all who waited have hung up

    async def _ask(self, key: bytes, token: str) -> Identity | Verdict:
        if self._away is not None and self._clock.now() < self._away[0]:
            raise KeystoneUnavailable(self._away[1])
        try:
            answer = await self._keystone.ask(token)
        except KeystoneUnavailable as error:
            # Until then nobody else waits for a deadline to learn the same.
            self._away = (self._clock.now() + error.retry_after, error.reason)
            raise
        self._away = None
        return self._remember(key, answer)

    def _remember(self, key: bytes, answer: Identity | Verdict) -> Identity | Verdict:
        now, lifetimes = self._clock.now(), self._lifetimes
        self._good.pop(key, None)
        self._bad.pop(key, None)
        if isinstance(answer, Verdict):
            self._bad[key] = now + lifetimes.refused
            _shrink(self._bad, lifetimes.entries)
            return answer
        end = answer.expires or datetime.max.replace(tzinfo=now.tzinfo)
        if now >= end:  # Keystone's clock is behind ours
            return Verdict.REFUSED
        kept_until = min(now + lifetimes.kept, end)
        self._good[key] = _Remembered(answer, min(now + lifetimes.fresh, end), kept_until)
        _shrink(self._good, lifetimes.entries)
        return answer


def _shrink(memory: OrderedDict[bytes, Any], entries: int) -> None:
    while len(memory) > entries:
        memory.popitem(last=False)
