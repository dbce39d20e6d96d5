"""Decides about every host that has an agent, twice a second, from what the witnesses say; writes down what is new.

    heartbeats, leases, hosts: in memory -> `decide` -> as it was: nothing is written
                                                     -> new: `failures.settle`, under the lock of the host's row

Hosts are read again when something happened to one, and every few seconds. Before a host is failed, the cluster itself
is asked once more for its lease: a watch may be silent because it is dead.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from sturnus.core.errors import SturnusError
from sturnus.core.metrics import HEARD_OLDEST, HOSTS_BY_VERDICT, NETWORK_SUSPECTED
from sturnus.core.states import Administrative, Availability, HostAction, Operational, Provisioning, Verdict
from sturnus.core.uninterrupted import uninterrupted
from sturnus.inventory import bmc, failures, systems
from sturnus.inventory.changing import Ground
from sturnus.inventory.failures import Stored
from sturnus.inventory.lease_watch import LeaseWatch
from sturnus.inventory.sightings import Shown, Sightings
from sturnus.inventory.witnesses import (
    STOPPING,
    Decision,
    Evidence,
    Heartbeat,
    HostFacts,
    Lease,
    crowd_of,
    decide,
    network_suspected,
)
from sturnus.store import events
from sturnus.store import failures as failure_rows

LOOK_EVERY: Final = 0.5
READ_EVERY: Final = 5.0
"""Seconds after which hosts are read again though nothing is said to have happened."""
RECENT: Final = timedelta(seconds=60)
"""A host that was missed within this time still counts as lost at once with those that are missing now."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """A host, as far as a decision about it goes; what was stored about it besides."""

    uuid: str
    hostname: str | None
    administrative: Administrative
    operational: Operational
    availability: Availability
    invprovision: Provisioning | None
    ihost_action: HostAction | None
    bm_type: str | None
    bm_ip: str | None
    bm_username: str | None
    has_password: bool
    stored: Stored
    since: datetime | None  # when it was missed; None: it is present


class FailureWatch:
    """The loop. One per database: it decides from what this process has heard."""

    def __init__(self, ground: Ground, sightings: Sightings, leases: LeaseWatch | None, share: float) -> None:
        self._ground = ground
        self._sightings = sightings
        self._leases = leases  # None: no cluster is set
        self._share = share
        self._hosts: list[Watched] = []
        self._read_at = float("-inf")
        self._newest_event = -1
        self._suspicion: str | None = None
        self._well: set[str] = set()  # judged since they were read: present, and nothing to change

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except SturnusError as error:
                log.warning("hosts not looked at", reason=error.message)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Look once."""
        now = self._sightings.hearing.now()
        await uninterrupted(self._read_what_is_new(now))
        told = {host.uuid: self._sightings.evidence(host.uuid, host.hostname) for host in self._hosts}
        await self._suspect(network_suspected(crowd_of(self._lost_at_once(told)), self._share))
        for host in self._hosts:
            if host.uuid in self._well and speaks_for(told[host.uuid]):
                continue
            try:
                await self._judge(host, told[host.uuid])
            except SturnusError as error:  # the others are judged all the same
                log.warning("not judged", host=host.hostname or host.uuid, reason=error.message)
        self._measure(now)

    async def _read_what_is_new(self, now: float) -> None:
        """Read the hosts if something happened to one: each change has its event, and signs of life have none."""
        async with self._ground.database.read() as session:
            newest = await events.newest(session)
            if newest == self._newest_event and now - self._read_at < READ_EVERY:
                return
            self._hosts = [_watched(columns) for columns in await failure_rows.all_watched(session)]
        self._newest_event, self._read_at = newest, now
        self._well.clear()
        known = {host.uuid for host in self._hosts}
        self._sightings.hearing.keep_only(known)
        for gone in self._sightings.shown.keys() - known:
            del self._sightings.shown[gone]

    async def _judge(self, host: Watched, evidence: Evidence) -> None:
        decision = self._decide(failures.facts_of(host, host.stored, evidence))
        if decision.verdict is Verdict.FAILED is not host.stored.verdict and self._leases and host.hostname:
            await self._leases.look_again(host.hostname)
            evidence = self._sightings.evidence(host.uuid, host.hostname)
            decision = self._decide(failures.facts_of(host, host.stored, evidence))
        self._sightings.shown[host.uuid] = Shown(
            decision.verdict, decision.reason, host.stored.fencing, host.stored.fencing_reason
        )
        lacks = bmc.lacking(host, has_password=host.has_password)
        outcome = failures.outcome_of(host, host.stored, decision, evidence, lacks)
        if failures.changes_nothing(host, host.stored, decision, outcome):
            if decision.verdict is Verdict.PRESENT:
                self._well.add(host.uuid)
        else:
            await uninterrupted(failures.settle(self._ground, host.uuid, self._sightings.evidence, self._decide))

    def _decide(self, facts: HostFacts) -> Decision:
        return decide(facts, self._suspicion)

    def _lost_at_once(self, told: Mapping[str, Evidence]) -> Iterator[tuple[bool, Lease]]:
        """Of each host that should be in service: whether it is missing, and what its lease says.

        Hosts that have been missed for long are left out: they are no part of what happens now.
        """
        for host in self._hosts:
            if host.since is not None and self._ground.clock.now() - host.since > RECENT:
                continue
            is_off = host.availability is Availability.POWER_OFF
            if failures.was_enabled(host, host.stored) and not is_off and host.ihost_action not in STOPPING:
                yield self._sightings.is_missing(host.uuid), told[host.uuid].lease

    async def _suspect(self, suspicion: str | None) -> None:
        """Take note of it when the network begins, or ceases, to be suspected."""
        begins_or_ends = (suspicion is None) is not (self._suspicion is None)
        self._suspicion = suspicion
        NETWORK_SUSPECTED.set(suspicion is not None)
        if not begins_or_ends:
            return
        if suspicion is None:
            self._sightings.trust_again()
        kind = "network.trusted" if suspicion is None else "network.suspected"
        log.warning(kind, reason=suspicion)
        await uninterrupted(self._tell(kind, suspicion))

    async def _tell(self, kind: str, reason: str | None) -> None:
        ground = self._ground
        async with ground.database.write() as session:
            system = await systems.the_system(session)
            await events.append(session, kind, system.uuid, {"reason": reason}, ground.clock.now())

    def _measure(self, now: float) -> None:
        counted = Counter(shown.verdict for shown in self._sightings.shown.values())
        for verdict in Verdict:
            HOSTS_BY_VERDICT.labels(verdict).set(counted[verdict])
        heard = [
            self._sightings.hearing.last(host.uuid)
            for host in self._hosts
            if host.administrative is Administrative.UNLOCKED
        ]
        HEARD_OLDEST.set(max((now - last for last in heard if last is not None), default=0))


def speaks_for(evidence: Evidence) -> bool:
    """Whether a host that was well is well: of a thousand hosts nearly all, so this is looked at first."""
    return evidence.heartbeat is Heartbeat.HEARD and evidence.lease is not Lease.STALE


def _watched(columns: Sequence[Any]) -> Watched:
    described, (password_at, verdict, was_enabled, fencing, why, since) = columns[:10], columns[10:]
    stored = Stored() if verdict is None else Stored(verdict, was_enabled, fencing, why)
    return Watched(*(*described, password_at is not None, stored, since))
