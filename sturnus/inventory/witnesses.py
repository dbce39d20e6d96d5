"""What two witnesses say together, and what follows from it. Pure: facts in, a verdict and its reason out.

                        | lease renewed | lease stale            | no node, or cluster away
    heard               | present       | suspect                | present
    not heard, locked   | offline       | offline                | offline
    not heard, unlocked | offline       | failed                 | offline
    ... on purpose      | offline       | offline                | offline
    ... with too many   | network suspected: nothing is done about any of them

No host fails on one witness. No host fails that was not in service, or that was told to stop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sturnus.core.states import LOCKS, POWER_ACTIONS, Administrative, Fencing, HostAction, Verdict


class Heartbeat(StrEnum):
    """What the agent says: the first witness."""

    HEARD = "heard"
    """It was heard within the time that is set (`agent_silence`)."""
    SILENT = "silent"
    """It was not, and somebody listened."""
    UNSURE = "unsure"
    """Nobody has listened for long enough."""


class Lease(StrEnum):
    """What the node's lease says: the second witness."""

    RENEWED = "renewed"
    """Its kubelet has renewed it in time."""
    STALE = "stale"
    """Its kubelet has not."""
    ABSENT = "absent"
    """The host is no node of the cluster."""
    UNSURE = "unsure"
    """The cluster cannot be watched, or not for long enough yet."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One witness, with the moment: seconds since it last spoke for the host; None if it never did."""

    heartbeat: Heartbeat
    silent_for: float | None
    lease: Lease
    stale_for: float | None
    cluster_waits_for: str | None = None  # why the lease is unsure

    @property
    def lives(self) -> bool:
        """Whether one of them speaks for the host."""
        return self.heartbeat is Heartbeat.HEARD or self.lease is Lease.RENEWED


@dataclass(frozen=True, slots=True)
class HostFacts:
    """All that decides about one host."""

    administrative: Administrative
    was_enabled: bool  # in service, or it was when it was missed first
    before: Verdict  # what was decided last
    is_off: bool  # known to be switched off
    action: HostAction | None  # under way
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many hosts in service each witness has lost at once, of how many it speaks for."""

    hosts: int
    missing: int
    leases: int
    stale: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What is so, and why: a sentence for the operator."""

    verdict: Verdict
    reason: str


STOPPING: Final = POWER_ACTIONS | LOCKS | {HostAction.REINSTALL}
"""Actions during which a host may go away: what was asked for is no failure."""
_HAD_FAILED: Final = frozenset({Verdict.FAILED, Verdict.RETURNING})


def network_suspected(crowd: Crowd, share: float) -> str | None:
    """Why a witness cannot be trusted: it lost more than `share` of those that it speaks for at once; None: it can.

    One host is never a crowd: in a small system it would be more than any share.
    """
    if crowd.missing > max(1.0, share * crowd.hosts):
        return f"{crowd.missing} of {crowd.hosts} unlocked hosts are not heard at once"
    if crowd.stale > max(1.0, share * crowd.leases):
        return f"{crowd.stale} of {crowd.leases} unlocked hosts' leases are not renewed at once"
    return None


def decide(facts: HostFacts, suspicion: str | None) -> Decision:
    """Decide about one host. `suspicion`: why the witnesses cannot be trusted now (`network_suspected`)."""
    match facts.evidence.heartbeat:
        case Heartbeat.UNSURE:
            return Decision(Verdict.UNDECIDED, "nobody has listened for long enough to say")
        case Heartbeat.HEARD:
            return _heard(facts)
        case Heartbeat.SILENT:
            return _silent(facts, suspicion)


def _heard(facts: HostFacts) -> Decision:
    told = facts.evidence
    if told.lease is not Lease.STALE:
        return Decision(Verdict.PRESENT, "its agent is heard")
    lease = f"its node's lease is not renewed{_for(told.stale_for)}"
    if facts.before in _HAD_FAILED and facts.administrative is Administrative.UNLOCKED:
        return Decision(Verdict.RETURNING, f"its agent is heard again, {lease} yet: is its kubelet running?")
    return Decision(Verdict.SUSPECT, f"its agent is heard, {lease}: is its kubelet running?")


def _silent(facts: HostFacts, suspicion: str | None) -> Decision:
    told = facts.evidence
    silence = f"its agent is not heard{_for(told.silent_for)}"
    excuse = _excuse(facts)
    if excuse is not None:
        return Decision(Verdict.OFFLINE, f"{silence}; {excuse}")
    if facts.before is Verdict.FAILED and told.lease is not Lease.RENEWED:  # it stays so until a witness says otherwise
        return Decision(Verdict.FAILED, f"{silence}, {_lease_words(told)}")
    if suspicion is not None:
        return Decision(
            Verdict.NETWORK_SUSPECTED, f"{silence}, but {suspicion}: the network is suspected, not the host"
        )
    if told.lease is Lease.STALE:
        return Decision(Verdict.FAILED, f"{silence}, {_lease_words(told)}")
    return Decision(Verdict.OFFLINE, f"{silence}; {_lease_words(told)}, so it has not failed")


def _excuse(facts: HostFacts) -> str | None:
    """Why a silent host has not failed, whatever its lease says."""
    if facts.is_off:
        return "it is switched off"
    if facts.action in STOPPING:
        return f"{facts.action.value} is under way"
    if facts.administrative is Administrative.LOCKED:
        return "it is locked"
    return None if facts.was_enabled else "it has not come into service yet"


def _lease_words(told: Evidence) -> str:
    match told.lease:
        case Lease.RENEWED:
            return "its node's lease is renewed"
        case Lease.STALE:
            return f"its node's lease is not renewed{_for(told.stale_for)}"
        case Lease.ABSENT:
            return "it is no node of the cluster"
        case Lease.UNSURE:
            return f"the cluster is no witness now ({told.cluster_waits_for or 'not watched'})"


def _for(seconds: float | None) -> str:
    return "" if seconds is None else f" for {seconds:.0f} s"


@dataclass(frozen=True, slots=True)
class FencingFacts:
    """All that decides whether a host shall be fenced."""

    verdict: Verdict
    lives: bool  # one of the witnesses speaks for it
    fencing: Fencing
    lacks: str | None  # what is missing for a controller to be asked; None: nothing


def fencing_after(facts: FencingFacts) -> tuple[Fencing, str | None]:
    """Whether to fence, and why not. A host that lives is not fenced any more, whatever was done to it."""
    if facts.lives:
        return Fencing.NOT_WANTED, None
    if facts.verdict is not Verdict.FAILED or facts.fencing is not Fencing.NOT_WANTED:
        return facts.fencing, None
    if facts.lacks is not None:
        return Fencing.IMPOSSIBLE, facts.lacks
    return Fencing.WANTED, "its baseboard controller is being told to switch it off"


def crowd_of(hosts: Iterable[tuple[bool, Lease]]) -> Crowd:
    """Count: for each host in service whether it is missing, and what its lease says."""
    told = list(hosts)
    watched = [lease for _, lease in told if lease in {Lease.RENEWED, Lease.STALE}]
    return Crowd(len(told), sum(missing for missing, _ in told), len(watched), watched.count(Lease.STALE))
