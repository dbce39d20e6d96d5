"""The plan of what was prepared: facts gathered from the cluster and the registry, then `plan.make`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sturnus.applications.hooks import Hooks
from sturnus.applications.mirroring import Mirror
from sturnus.applications.plan.plan import Plan, PlanFacts, ReleasePair, Side, make
from sturnus.applications.plan.rooms import host_rooms
from sturnus.applications.preparing import Prepared, PreparedRelease
from sturnus.applications.release import ReleaseName
from sturnus.applications.secret_values import secret_paths
from sturnus.applications.survey import Found
from sturnus.kubernetes.connection import Connection


async def planned(prepared: Prepared, connection: Connection, mirror: Mirror, hooks: Hooks) -> Plan:
    """Say what an installation would do, and what stands against it. Writes nothing.

    Raises:
        Unavailable: Kubernetes or the registry does not answer.

    """
    pairs = [_pair(each) for each in prepared.releases]
    pairs += [_gone(name, found) for name, found in prepared.removed.items()]
    facts = PlanFacts(
        application=prepared.bundle.name,
        version=prepared.bundle.version,
        releases=pairs,
        hosts=await host_rooms(connection),
        kinds=frozenset("/".join(key) for key in prepared.kinds.kinds),
        images_missing=await mirror.missing(prepared),
        is_secret=secret_paths(frozenset(path for each in prepared.releases for path in each.wanted.generated)),
        secrets=frozenset(text for each in prepared.releases for text in each.wanted.secrets),
    )
    return make(facts, await hooks.before_install(prepared))


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
    values: Mapping[str, Any] = {} if found.record is None else found.record.values
    return Side(chart, found.running.digest, values, found.manifest)
