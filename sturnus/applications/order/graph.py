"""Which release has to be ready before which: as written in the manifest, or as the pods themselves declare."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sturnus.applications.bundle.findings import Findings
from sturnus.applications.order.circles import components, find_cycle
from sturnus.applications.release import Release, ReleaseName

Edges = Mapping[ReleaseName, frozenset[ReleaseName]]
"""Release → those that have to be ready before it starts."""
NOTHING: Final[frozenset[ReleaseName]] = frozenset()


@dataclass(frozen=True, slots=True)
class Unit:
    """Releases that are waited for together: all of them installed, then all of them awaited.

    One release, or several that wait for each other's pods (libvirt, openvswitch, neutron, nova).
    """

    members: tuple[ReleaseName, ...]  # in the manifest's order

    def __str__(self) -> str:
        """`openstack/libvirt + openstack/nova`."""
        return " + ".join(str(member) for member in self.members)


@dataclass(frozen=True, slots=True)
class ReleaseGraph:
    """A graph without cycles, whose nodes are wait units. Immutable; built by `written_graph` or `declared_graph`."""

    units: tuple[Unit, ...]  # a valid order: none before its predecessors
    before: Mapping[Unit, frozenset[Unit]]  # direct predecessors

    @property
    def releases(self) -> tuple[ReleaseName, ...]:
        """All of them, none before its predecessors."""
        return tuple(member for unit in self.units for member in unit.members)

    def unit_of(self, release: ReleaseName) -> Unit:
        """Find the unit of a release. Raises KeyError."""
        for unit in self.units:
            if release in unit.members:
                return unit
        raise KeyError(str(release))

    def ready_to_start(self, done: Iterable[Unit], started: Iterable[Unit] = ()) -> tuple[Unit, ...]:
        """Return the units that may start now: all predecessors done, itself neither done nor started."""
        finished = frozenset(done)
        begun = finished | frozenset(started)
        return tuple(unit for unit in self.units if unit not in begun and self.before[unit] <= finished)

    def levels(self) -> tuple[tuple[Unit, ...], ...]:
        """Group the units by the longest way to them: no unit of a level needs another of it."""
        depth: dict[Unit, int] = {}
        for unit in self.units:
            depth[unit] = 1 + max((depth[other] for other in self.before[unit]), default=-1)
        deepest = max(depth.values(), default=-1)
        return tuple(tuple(unit for unit in self.units if depth[unit] == level) for level in range(deepest + 1))

    def reversed(self) -> ReleaseGraph:
        """Return the order for removal: what needed something goes first."""
        after: dict[Unit, set[Unit]] = {unit: set() for unit in self.units}
        for unit, others in self.before.items():
            for other in others:
                after[other].add(unit)
        return ReleaseGraph(self.units[::-1], {unit: frozenset(others) for unit, others in after.items()})

    def critical_path(self, duration: Callable[[Unit], timedelta]) -> tuple[tuple[Unit, ...], timedelta]:
        """Return the chain that takes longest, and how long it takes: no schedule is faster."""
        ends: dict[Unit, timedelta] = {}
        previous: dict[Unit, Unit | None] = {}
        for unit in self.units:
            previous[unit] = max(
                (other for other in self.units if other in self.before[unit]), key=lambda each: ends[each], default=None
            )
            begin = previous[unit]
            ends[unit] = duration(unit) + (ends[begin] if begin else timedelta())
        last = max(self.units, key=lambda each: ends[each], default=None)
        if last is None:
            return (), timedelta()
        chain = [last]
        while (earlier := previous[chain[-1]]) is not None:
            chain.append(earlier)
        return tuple(reversed(chain)), ends[last]


def written_edges(releases: Iterable[Release]) -> Edges:
    """Return the edges as the manifest writes them; references to releases that are not there are left out."""
    listed = tuple(releases)
    known = {release.id for release in listed}
    return {release.id: release.after & known for release in listed}


def written_graph(releases: Iterable[Release]) -> ReleaseGraph:
    """Order the enabled releases as written. Whoever waited for a disabled one waits for what that waited for.

    Raises Invalid if they wait for each other in a circle.
    """
    listed = tuple(releases)
    edges = written_edges(listed)
    findings = Findings()
    refuse_cycles(listed, findings)
    findings.refuse_if_any()
    return _graph(without(edges, (release.id for release in listed if not release.enabled)))


def declared_graph(releases: Iterable[Release], edges: Edges) -> ReleaseGraph:
    """Order the enabled releases as their pods declare (`declared.declared_edges`). Circles become wait units."""
    listed = [release.id for release in releases if release.enabled]
    known = frozenset(listed)
    return _graph({release: (edges.get(release, NOTHING) & known) - {release} for release in listed})


def without(edges: Edges, removed: Iterable[ReleaseName]) -> Edges:
    """Remove releases; what came before them now comes directly before what came after them."""
    left = dict(edges)
    for gone in removed:
        before = left.pop(gone, NOTHING)
        for release, others in left.items():
            if gone in others:
                left[release] = (others | before) - {gone, release}
    return left


def refuse_cycles(releases: Iterable[Release], findings: Findings) -> None:
    """Add a fault that names a whole circle, release by release, if there is one."""
    cycle = find_cycle(written_edges(releases))
    if not cycle:
        return
    steps = ", which waits for ".join(str(each) for each in (*cycle, cycle[0]))
    findings.fault(
        None,
        f"releases wait for each other in a circle: {steps}",
        expected="an order in which every release can start",
        remedy="remove one of these dependencies from the manifest",
    )


def _graph(edges: Edges) -> ReleaseGraph:
    """Contract what waits for each other, and put the rest in an order."""
    units = tuple(Unit(members) for members in components(edges))
    unit_of = {member: unit for unit in units for member in unit.members}
    before = {
        unit: frozenset(unit_of[other] for member in unit.members for other in edges[member]) - {unit} for unit in units
    }
    return ReleaseGraph(_in_order(before, list(edges)), before)


def _in_order(before: Mapping[Unit, frozenset[Unit]], releases: list[ReleaseName]) -> tuple[Unit, ...]:
    """Keep the manifest's order wherever the edges leave a choice, so that what operators see does not jump about."""
    position = {release: index for index, release in enumerate(releases)}
    missing = {unit: len(others) for unit, others in before.items()}
    after: dict[Unit, list[Unit]] = {unit: [] for unit in before}
    for unit, others in before.items():
        for other in others:
            after[other].append(unit)
    by_position = {position[unit.members[0]]: unit for unit in before}
    waiting = [place for place, unit in by_position.items() if not missing[unit]]
    heapq.heapify(waiting)
    ordered = []
    while waiting:
        unit = by_position[heapq.heappop(waiting)]
        ordered.append(unit)
        for other in after[unit]:
            missing[other] -= 1
            if not missing[other]:
                heapq.heappush(waiting, position[other.members[0]])
    return tuple(ordered)
