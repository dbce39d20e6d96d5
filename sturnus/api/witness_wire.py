"""What the witnesses of a host's life say, on the wire: own additions, which public clients pass over."""

from __future__ import annotations

from typing import Any

from sturnus.core.states import Fencing, Verdict
from sturnus.inventory.service import WitnessReport
from sturnus.inventory.sightings import Shown
from sturnus.inventory.witnesses import Evidence


def shown_to_wire(shown: Shown | None) -> dict[str, str | None]:
    """Fields of a host beside StarlingX's: why its availability is what it is, and whether it is fenced."""
    if shown is None:
        return {"availability_reason": None, "fencing": None}
    return {
        "availability_reason": None if shown.verdict is Verdict.PRESENT else shown.reason,
        "fencing": fencing_words(shown),
    }


def fencing_words(shown: Shown) -> str | None:
    """Whether it is fenced, and why not; null for a host that did not fail."""
    if shown.fencing is Fencing.NOT_WANTED:
        return None
    return shown.fencing if shown.fencing_reason is None else f"{shown.fencing}: {shown.fencing_reason}"


def witnesses_to_wire(report: WitnessReport) -> dict[str, Any]:
    """All that is known of a host's life."""
    shown = report.shown
    return {
        "host_uuid": report.host.uuid,
        "hostname": report.host.hostname,
        "verdict": shown.verdict if shown else None,
        "reason": shown.reason if shown else None,
        "since": None if report.since is None else report.since.isoformat(),
        "fencing": fencing_words(shown) if shown else None,
        "safely_down": report.is_safely_down,
        "action_waits_for": report.action_waits_for,
        "last_request": None if report.last_request is None else report.last_request.isoformat(),
        "witnesses": [] if report.evidence is None else _witnesses(report.evidence),
    }


def _witnesses(told: Evidence) -> list[dict[str, Any]]:
    return [
        {"witness": "agent", "says": told.heartbeat, "seconds_ago": _seconds(told.silent_for), "reason": None},
        {
            "witness": "node lease",
            "says": told.lease,
            "seconds_ago": _seconds(told.stale_for),
            "reason": told.cluster_waits_for if told.lease == "unsure" else None,
        },
    ]


def _seconds(age: float | None) -> float | None:
    return None if age is None else round(age, 1)
