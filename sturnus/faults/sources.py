"""Which alarms follow from how things are. Levels: no memory of what was, and no I/O.

Reasons are sentences that stay the same for as long as the matter does: each other reason is a line of the event log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sturnus.core.application_states import ApplicationStatus
from sturnus.core.states import Administrative, Availability, Fencing, HostAction, Verdict
from sturnus.faults.alarm import Alarm, alarm
from sturnus.faults.catalogue import AlarmId

NEAR_END: Final = timedelta(days=30)
"""When certificates and tokens are renewed; the lab's authority and `kubeconfig-create` renew earlier."""
LATE: Final = timedelta(seconds=60)
"""After this a notice does not wait for its turn but for somebody."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """One host that has a name."""

    name: str
    administrative: Administrative
    availability: Availability
    action: HostAction | None  # under way
    verdict: Verdict | None  # of the two witnesses; None: present, or it has no agent
    verdict_reason: str | None
    fencing: Fencing | None
    fencing_reason: str | None
    config_target: str | None
    config_applied: str | None
    config_failure: str | None


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """The version in force of one application."""

    name: str
    status: ApplicationStatus
    progress: str | None


@dataclass(frozen=True, slots=True)
class LagFacts:
    """What waits to be told to somebody."""

    topic: str
    oldest: datetime


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """All that alarms of the platform follow from."""

    now: datetime
    system: str
    controller: str
    hosts: Sequence[HostFacts]
    applications: Sequence[ApplicationFacts]
    lags: Sequence[LagFacts]  # of topics that somebody here delivers
    certificate_ends: datetime | None  # None: plain HTTP, or it cannot be read, which the server's own log says
    network_suspected: bool


def alarms(facts: PlatformFacts) -> list[Alarm]:
    """All alarms that should be active."""
    return [
        *(found for host in facts.hosts for found in of_host(host)),
        *(found for application in facts.applications for found in of_application(application)),
        *of_notices(facts.lags, facts.now),
        *of_certificate(facts.controller, facts.certificate_ends, facts.now),
        *of_network(facts.system, suspected=facts.network_suspected),
    ]


def of_host(host: HostFacts) -> Iterator[Alarm]:
    """States, witnesses, fencing and configuration of one host."""
    entity = f"host={host.name}"
    if host.administrative is Administrative.LOCKED:
        yield alarm(AlarmId.HOST_LOCKED, entity, f"{host.name} is locked.")
    else:
        yield from _in_service(host, entity)
    if host.fencing is Fencing.IMPOSSIBLE:
        why = host.fencing_reason or "its board controller does not let us"
        yield alarm(AlarmId.BOARD_CONTROLLER, entity, f"{host.name} failed and cannot be switched off: {why}.")
    if host.config_target is not None and host.config_target != host.config_applied:
        if host.config_failure:
            reason = f"The configuration of {host.name} could not be applied: {host.config_failure}"
            yield alarm(AlarmId.CONFIGURATION_FAILED, entity, reason)
        else:
            yield alarm(AlarmId.CONFIGURATION_OLD, entity, f"The configuration of {host.name} is out of date.")


def _in_service(host: HostFacts, entity: str) -> Iterator[Alarm]:
    why = f": {host.verdict_reason}" if host.verdict_reason else ""
    match host.availability:
        case Availability.FAILED:
            yield alarm(AlarmId.HOST_FAILED, entity, f"{host.name} should be in service and is not{why}.")
        case Availability.OFFLINE | Availability.POWER_OFF if host.action is None:  # else somebody made it so
            is_off = host.availability is Availability.POWER_OFF
            found = "is switched off" if is_off else "is not heard"
            yield alarm(AlarmId.HOST_SILENT, entity, f"{host.name} is unlocked and {found}{why}.")
        case Availability.DEGRADED:
            process = "kubelet" if host.verdict is Verdict.SUSPECT else "unknown"
            yield alarm(AlarmId.PROCESS_FAILED, f"{entity}.process={process}", f"{host.name} is degraded{why}.")


_OF_APPLICATIONS: Final[Mapping[ApplicationStatus, tuple[AlarmId, str]]] = {
    ApplicationStatus.UPLOAD_FAILED: (AlarmId.APPLICATION_UPLOAD, "uploaded"),
    ApplicationStatus.APPLY_FAILED: (AlarmId.APPLICATION_APPLY, "applied"),
    ApplicationStatus.REMOVE_FAILED: (AlarmId.APPLICATION_REMOVE, "removed"),
}


def of_application(application: ApplicationFacts) -> Iterator[Alarm]:
    """What failed last."""
    if (found := _OF_APPLICATIONS.get(application.status)) is not None:
        number, done = found
        why = f": {application.progress}" if application.progress else ""
        yield alarm(number, f"k8s_application={application.name}", f"{application.name} could not be {done}{why}.")


def of_notices(lags: Sequence[LagFacts], now: datetime) -> Iterator[Alarm]:
    """Who is not reached. How many wait, and since when, `sturnus doctor` says: here it would change all the time."""
    for lag in lags:
        if now - lag.oldest > LATE:
            reason = f"Notices for {lag.topic} have not arrived for more than {LATE.total_seconds():.0f} s."
            yield alarm(AlarmId.NOTICES_LATE, f"outbox={lag.topic}", reason)


def of_certificate(controller: str, ends: datetime | None, now: datetime) -> Iterator[Alarm]:
    """Whether the API's own certificate lasts."""
    entity = f"system.certificate.mode=ssl.host={controller}"
    if ends is None or ends - now > NEAR_END:
        return
    moment = f"{ends:%Y-%m-%d %H:%M} UTC"
    if ends <= now:
        yield alarm(AlarmId.CERTIFICATE_ENDED, entity, f"The certificate of the platform's API ended on {moment}.")
    else:
        yield alarm(AlarmId.CERTIFICATE_ENDS, entity, f"The certificate of the platform's API ends on {moment}.")


def of_network(system: str, *, suspected: bool) -> Iterator[Alarm]:
    """Whether the witnesses cannot be trusted."""
    if suspected:
        reason = "So many hosts are missed at once that the network is suspected: none is failed or fenced."
        yield alarm(AlarmId.NETWORK_SUSPECTED, f"system={system}", reason)


PATIENCE: Final[Mapping[AlarmId, float]] = {AlarmId.CONFIGURATION_OLD: 60.0}
"""Seconds for which something has to be so before it is an alarm: each change makes configurations old for a moment."""


def lasting(
    wanted: Sequence[Alarm], since: Mapping[tuple[str, str], float], now: float
) -> tuple[list[Alarm], dict[tuple[str, str], float]]:
    """Those that have been so for long enough, and since when each has been so, for the next time."""
    known = {each.key: since.get(each.key, now) for each in wanted}
    return [each for each in wanted if now - known[each.key] >= PATIENCE.get(each.id, 0.0)], known
