"""Alarms and events in the words of the public `fm` client (reference/clients.md §1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sturnus.core.severities import Severity
from sturnus.faults.catalogue import CATALOGUE, AlarmId, Kind
from sturnus.store.alarms import AlarmRow, EventLogRow


def alarm_to_wire(row: AlarmRow) -> dict[str, Any]:
    """One active alarm."""
    kind = CATALOGUE[AlarmId(row.alarm_id)]
    return {
        "uuid": row.uuid,
        "alarm_id": row.alarm_id,
        "alarm_state": "set",
        **_what(row),
        "alarm_type": kind.type.value,
        **_about(kind),
        "mgmt_affecting": str(kind.management_affecting),
        "degrade_affecting": "False",
    }


def event_to_wire(row: EventLogRow) -> dict[str, Any]:
    """One line of the event log."""
    kind = CATALOGUE[AlarmId(row.event_log_id)]
    return {
        "uuid": row.uuid,
        "event_log_id": row.event_log_id,
        "state": row.state.value,
        **_what(row),
        "event_log_type": kind.type.value,
        **_about(kind),
    }


def summary_to_wire(counts: dict[Severity, int]) -> dict[str, Any]:
    """How many of each severity, and in one word how it goes."""
    status = "critical" if counts[Severity.CRITICAL] else "degraded" if counts[Severity.MAJOR] else "OK"
    return {
        "critical": counts[Severity.CRITICAL],
        "major": counts[Severity.MAJOR],
        "minor": counts[Severity.MINOR],
        "warnings": counts[Severity.WARNING],
        "status": status,
    }


def suppression_to_wire(kind: Kind) -> dict[str, Any]:
    """One kind of alarm. None is suppressed: that cannot be asked for."""
    return {"alarm_id": kind.id.value, "description": kind.what, "suppression_status": "unsuppressed"}


def _what(row: AlarmRow | EventLogRow) -> dict[str, Any]:
    return {
        "entity_type_id": row.entity_type_id,
        "entity_instance_id": row.entity_instance_id,
        "timestamp": _moment(row.timestamp),
        "severity": row.severity.value,
        "reason_text": row.reason_text,
    }


def _about(kind: Kind) -> dict[str, Any]:
    return {
        "probable_cause": kind.cause.value,
        "proposed_repair_action": kind.repair,
        "service_affecting": str(kind.service_affecting),
        "suppression": str(kind.suppressible),
        "suppression_status": "unsuppressed",
    }


def _moment(moment: datetime) -> str:
    """UTC without a zone, as the client prints it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
