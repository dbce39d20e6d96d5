"""What this process has seen of hosts, by both witnesses: in memory, since it only counts while somebody looks.

Silence is held against a host only if it fell into time during which this process listened and trusted the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sturnus.core.states import Fencing, Verdict
from sturnus.inventory.hearing import Hearing
from sturnus.inventory.lease_watch import LeaseBoard
from sturnus.inventory.witnesses import Evidence, Heartbeat, Lease

AGREEING: Final = 20.0
"""Seconds that agents get to agree on sessions with a process that has just begun."""
MISSED: Final = 3.0
"""Seconds without a heartbeat after which a host is missing, when it is asked whether many are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a host beside its states."""

    verdict: Verdict
    reason: str
    fencing: Fencing
    fencing_reason: str | None


class Sightings:
    """Both witnesses, and what was decided last from what they said. Hosts are named by their uuids."""

    def __init__(self, hearing: Hearing, leases: LeaseBoard, silence: float) -> None:
        self.hearing = hearing
        self.leases = leases
        self.shown: dict[str, Shown] = {}
        self.waits_for: dict[str, str] = {}
        """What the action that is under way on a host waits for."""
        self._silence = silence
        self._began = self._trusted = hearing.now()

    def trust_again(self) -> None:
        """The network is trusted again: what was not heard before now is held against nobody."""
        self._trusted = self.hearing.now()

    def is_missing(self, host: str) -> bool:
        """Whether a host missed some heartbeats: fewer than it takes to call it silent."""
        return self.hearing.now() - max(self._last(host), self.hearing.listening_since) > MISSED

    def evidence(self, host: str, node: str | None) -> Evidence:
        """What both witnesses say of a host now; `node`: what it is called in the cluster."""
        heartbeat, silent_for = self._heartbeat(host)
        if self.leases.waits_for is not None:
            return Evidence(heartbeat, silent_for, Lease.UNSURE, None, self.leases.waits_for)
        seen = None if node is None else self.leases.of(node)
        if seen is None:
            return Evidence(heartbeat, silent_for, Lease.ABSENT, None)
        now = self.hearing.now()
        return Evidence(heartbeat, silent_for, seen.state(now), now - seen.seen, "it has just begun to be followed")

    def _heartbeat(self, host: str) -> tuple[Heartbeat, float | None]:
        now, last = self.hearing.now(), self.hearing.last(host)
        silent_for = None if last is None else now - last
        if silent_for is not None and silent_for <= self._silence:
            return Heartbeat.HEARD, silent_for
        listened_for = now - max(self._last(host), self._trusted, self.hearing.listening_since)
        return (Heartbeat.SILENT if listened_for > self._silence else Heartbeat.UNSURE), silent_for

    def _last(self, host: str) -> float:
        last = self.hearing.last(host)
        return self._began + AGREEING if last is None else last
