"""The plan of what was prepared: facts gathered from the cluster and the registry, then `plan.make`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sturnus.applications.engine.hooks import Hooks
from sturnus.applications.images.mirroring import Mirror
from sturnus.applications.overrides.secret_values import secret_paths
from sturnus.applications.plan import plan
from sturnus.applications.plan.placing import Obstacle
from sturnus.applications.plan.plan import Plan, PlanFacts, ReleasePair, Side, make
from sturnus.applications.plan.preparing import Prepared, PreparedRelease
from sturnus.applications.plan.rooms import host_rooms
from sturnus.applications.plan.survey import Found
from sturnus.applications.release import ReleaseName
from sturnus.kubernetes.connection import Connection


async def planned(prepared: Prepared, connection: Connection, mirror: Mirror, hooks: Hooks) -> Plan:
    """Say what an installation would do, and what stands against it. Writes nothing.

    Raises:
        Unavailable: Kubernetes or the registry does not answer.

    """
    pairs = _pairs(prepared)
    facts = PlanFacts(
        application=prepared.bundle.name,
        version=prepared.bundle.version,
        releases=pairs,
        hosts=await host_rooms(connection, plan.replaced(pairs)),
        kinds=_kinds(prepared),
        images_missing=await mirror.missing(prepared),
        is_secret=secret_paths(frozenset(path for each in prepared.releases for path in each.wanted.generated)),
        secrets=frozenset(text for each in prepared.releases for text in each.wanted.secrets),
    )
    return make(facts, await hooks.before_install(prepared))


async def obstacles(prepared: Prepared, connection: Connection, hooks: Hooks) -> list[Obstacle]:
    """What alone stands against an installation: the plan says the same, and far more. Writes nothing.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    pairs = _pairs(prepared)
    found = plan.obstacles(pairs, await host_rooms(connection, plan.replaced(pairs)), _kinds(prepared))
    return [*await hooks.before_install(prepared), *found]


def _pairs(prepared: Prepared) -> list[ReleasePair]:
    return [_pair(each) for each in prepared.releases] + [_gone(*each) for each in prepared.removed.items()]


def _kinds(prepared: Prepared) -> frozenset[str]:
    return frozenset("/".join(key) for key in prepared.kinds.kinds)


def _pair(each: PreparedRelease) -> ReleasePair:
    release, found = each.wanted.release, each.found
    after = Side(f"{release.chart.name} {release.chart.version}", each.wanted.digest, each.wanted.values, each.manifest)
    if found is None:
        return ReleasePair(each.name, None, None, after)
    return ReleasePair(each.name, found.running, _before(found), after, found.missing)


def _gone(name: ReleaseName, found: Found) -> ReleasePair:
    return ReleasePair(name, found.running, _before(found), None)


def _before(found: Found) -> Side:
    chart = "" if found.record is None else f"{found.record.chart} {found.record.chart_version}"
    record = found.record
    values: Mapping[str, Any] = {} if record is None else record.values
    own: Mapping[str, Any] = {} if record is None else record.chart_values
    return Side(chart, found.running.digest, values, found.manifest, own)
