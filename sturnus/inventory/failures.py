"""Writes down what was decided about a host: verdict, states, and the wish to have it fenced, in one commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.states import Administrative, Availability, Fencing, Operational, Verdict
from sturnus.inventory import acting, bmc, changing, lifecycle
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import Host, from_row
from sturnus.inventory.lifecycle import States
from sturnus.inventory.witnesses import Decision, Evidence, FencingFacts, HostFacts, fencing_after
from sturnus.store import bmc_secrets, events, failures, hosts
from sturnus.store.failures import FailureRow
from sturnus.store.models import HostRow
from sturnus.store.outbox import Topic

ONLY_SHOWN: Final = frozenset({Verdict.UNDECIDED, Verdict.NETWORK_SUSPECTED})
"""Verdicts that change nothing: the host stays what it was."""

Judge = Callable[[HostFacts], Decision]
Witnesses = Callable[[str, str | None], Evidence]

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored about a host that is missed, with the defaults of one that is not."""

    verdict: Verdict = Verdict.PRESENT
    was_enabled: bool = False
    fencing: Fencing = Fencing.NOT_WANTED
    fencing_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from a verdict."""

    states: States
    was_enabled: bool
    fencing: Fencing
    fencing_reason: str | None


def facts_of(host: lifecycle.HasStates, stored: Stored, evidence: Evidence) -> HostFacts:
    """Put together what decides about a host."""
    return HostFacts(
        administrative=host.administrative,
        was_enabled=was_enabled(host, stored),
        before=stored.verdict,
        is_off=host.availability is Availability.POWER_OFF,
        action=host.ihost_action,
        evidence=evidence,
    )


def outcome_of(
    host: lifecycle.HasStates, stored: Stored, decision: Decision, evidence: Evidence, lacks: str | None
) -> Outcome:
    """What a verdict makes of a host. Pure."""
    fencing, why = fencing_after(FencingFacts(decision.verdict, evidence.lives, stored.fencing, lacks))
    if fencing is stored.fencing:
        why = stored.fencing_reason
    states = lifecycle.after_verdict(host, decision.verdict, stored.verdict, fencing)
    return Outcome(states, was_enabled(host, stored), fencing, why)


def changes_nothing(host: lifecycle.HasStates, stored: Stored, decision: Decision, outcome: Outcome) -> bool:
    """Whether all that follows from a verdict is so already."""
    if decision.verdict in ONLY_SHOWN:
        return True
    same = (decision.verdict, outcome.fencing) == (stored.verdict, stored.fencing)
    kept = decision.verdict is Verdict.PRESENT or outcome.was_enabled is stored.was_enabled
    return same and kept and outcome.states == lifecycle.states_of(host)


async def settle(ground: Ground, uuid: str, witnesses: Witnesses, judge: Judge) -> None:
    """Decide again under the lock of the host's row, and write down what follows."""
    async with ground.database.write() as session:
        row = await hosts.lock(session, uuid)
        if row is None:
            return
        host, failure = from_row(row), await failures.find(session, row.id)
        stored = stored_in(failure)
        evidence = witnesses(uuid, host.hostname)
        decision = judge(facts_of(host, stored, evidence))
        lacks = bmc.lacking(host, has_password=await bmc_secrets.find(session, row.id) is not None)
        outcome = outcome_of(host, stored, decision, evidence, lacks)
        if changes_nothing(host, stored, decision, outcome):
            return
        news = _News(row, failure, stored, decision, outcome)
        await _keep(session, ground, news)
        await _tell(session, ground, news)
    log.info("verdict", host=host.name, verdict=decision.verdict, before=stored.verdict, reason=decision.reason,
             availability=outcome.states.availability, fencing=outcome.fencing)  # fmt: skip


def stored_in(failure: FailureRow | None) -> Stored:
    """Read what is stored."""
    if failure is None:
        return Stored()
    return Stored(failure.verdict, failure.was_enabled, failure.fencing, failure.fencing_reason)


@dataclass(frozen=True, slots=True)
class _News:
    """What has to be written down."""

    row: HostRow
    failure: FailureRow | None
    stored: Stored
    decision: Decision
    outcome: Outcome


async def _keep(session: AsyncSession, ground: Ground, news: _News) -> None:
    row, failure, decision, outcome = news.row, news.failure, news.decision, news.outcome
    acting.set_states(row, outcome.states)
    if decision.verdict is Verdict.PRESENT:
        if failure is not None:
            await session.delete(failure)
        return
    now = ground.clock.now()
    if failure is None:
        failure = FailureRow(host_id=row.id, fencing=Fencing.NOT_WANTED, fencing_since=now)
        session.add(failure)
    if failure.verdict is not decision.verdict:
        failure.verdict, failure.reason, failure.since = decision.verdict, decision.reason, now
    failure.was_enabled = outcome.was_enabled
    if failure.fencing is not outcome.fencing:
        failure.fencing, failure.fencing_reason, failure.fencing_since = outcome.fencing, outcome.fencing_reason, now


async def _tell(session: AsyncSession, ground: Ground, news: _News) -> None:
    row, stored, decision, outcome = news.row, news.stored, news.decision, news.outcome
    begins_to_fence = outcome.fencing is Fencing.WANTED and stored.fencing is not Fencing.WANTED
    changing.notify(session, ground, row, Topic.VIM, *((Topic.FENCE,) if begins_to_fence else ()))
    await changing.changed(session, ground, row, "host.changed")
    if decision.verdict is not stored.verdict:
        told = {"hostname": row.hostname, "reason": decision.reason, "fencing": outcome.fencing}
        await events.append(session, f"host.{decision.verdict}", row.uuid, told, ground.clock.now())


def was_enabled(host: lifecycle.HasStates, stored: Stored) -> bool:
    """Whether the host is, or was when it was missed first, in service. One that is locked is not."""
    unlocked = host.administrative is Administrative.UNLOCKED
    return unlocked and (host.operational is Operational.ENABLED or stored.was_enabled)


def is_safely_down(host: Host, stored: Stored) -> bool:
    """Whether nothing of the host can run: its controller, or somebody who knows, says that it is off."""
    return stored.fencing is Fencing.FENCED or host.availability is Availability.POWER_OFF
