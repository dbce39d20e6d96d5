"""Plans as JSON: what is kept, and what clients read."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from sturnus.applications.plan.plan import Plan, PlannedRelease

_PLANS = TypeAdapter(Plan)


def to_stored(plan: Plan) -> dict[str, Any]:
    """As it is kept; nothing is lost."""
    stored: dict[str, Any] = _PLANS.dump_python(plan, mode="json")
    return stored


def from_stored(stored: dict[str, Any]) -> Plan:
    """The plan that was kept."""
    return _PLANS.validate_python(stored)


def to_wire(plan: Plan) -> dict[str, Any]:
    """As clients read it."""
    return {
        "id": plan.digest,
        "application": plan.application,
        "app_version": plan.version,
        "empty": plan.is_empty,
        "releases": [_release(each) for each in plan.releases],
        "obstacles": [
            {"subject": each.subject, "problem": each.problem, "remedy": each.remedy} for each in plan.obstacles
        ],
    }


def _release(release: PlannedRelease) -> dict[str, Any]:
    return {
        "release": release.name.name,
        "namespace": release.name.namespace,
        "change": release.change.value,
        "reason": release.reason,
        "chart": release.chart,
        "values": [{"path": each.path, "before": each.before, "after": each.after} for each in release.values],
        "objects": [
            {"name": str(each.name), "change": each.change.value, "restarts": each.restarts, "diff": list(each.lines)}
            for each in release.objects
        ],
        "jobs_replaced": release.jobs_replaced,
        "restarts": release.restarts,
        "images_missing": list(release.images_missing),
    }
