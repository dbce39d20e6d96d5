"""All that is known before anything is touched: what is wanted, what is there, what the difference renders to.

The plan and the installation are made from the same preparation, so they cannot disagree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sturnus.applications.bundle.bundle import Bundle
from sturnus.applications.bundle.metadata import ReleaseOrder
from sturnus.applications.order.declared import declared_edges
from sturnus.applications.order.graph import ReleaseGraph, declared_graph, written_graph
from sturnus.applications.plan.objects import jobs_to_replace
from sturnus.applications.plan.survey import Found, survey
from sturnus.applications.plan.wanted import Layers, WantedRelease, is_enabled, wanted
from sturnus.applications.release import ReleaseName
from sturnus.core.together import together
from sturnus.helm.process import Ground
from sturnus.helm.render import Capabilities, For, Rendered, render
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.kinds import ApiKinds, api_kinds

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PreparedRelease:
    """One release that is wanted."""

    wanted: WantedRelease
    found: Found | None  # None: not in the cluster
    rendered: tuple[Rendered, ...]  # empty if `is_unchanged`

    @property
    def name(self) -> ReleaseName:
        """What it is called."""
        return self.wanted.release.id

    @property
    def is_unchanged(self) -> bool:
        """Whether the cluster has exactly this, with nothing missing."""
        return _is_unchanged(self.wanted, self.found)

    @property
    def manifest(self) -> tuple[Object, ...]:
        """What its objects are, or will be; without hooks."""
        if self.is_unchanged and self.found is not None:
            return self.found.manifest
        return tuple(each.content for each in self.rendered if each.hook is None)

    @property
    def objects(self) -> tuple[Object, ...]:
        """The same with hooks, as far as they are known: those of what is unchanged have run."""
        return tuple(each.content for each in self.rendered) or self.manifest

    @property
    def stale_jobs(self) -> tuple[str, ...]:
        """Jobs in the cluster that Kubernetes would not let change."""
        if self.found is None or self.is_unchanged:
            return ()
        return tuple(jobs_to_replace(self.found.manifest, self.manifest))


@dataclass(frozen=True, slots=True)
class Prepared:
    """An application, ready to be planned or installed."""

    bundle: Bundle
    releases: tuple[PreparedRelease, ...]  # that are wanted, in the manifest's order
    removed: Mapping[ReleaseName, Found]  # of earlier installations, and not wanted any more
    graph: ReleaseGraph
    kinds: ApiKinds

    @property
    def is_unchanged(self) -> bool:
        """Whether the cluster has all of this already, and nothing that is not wanted any more."""
        return not self.removed and all(each.is_unchanged for each in self.releases)

    def comes_after(self, name: ReleaseName) -> frozenset[ReleaseName]:
        """The releases that have to be ready before this one starts."""
        before = self.graph.before[self.graph.unit_of(name)]
        return frozenset(member for unit in before for member in unit.members)

    @property
    def namespaces(self) -> list[str]:
        """Where the releases live."""
        return sorted({each.name.namespace for each in self.releases} | {name.namespace for name in self.removed})


@dataclass(frozen=True, slots=True)
class Preparation:
    """What preparing needs."""

    connection: Connection
    ground: Ground  # of Helm's processes
    registry: str | None = None  # HOST:PORT of the local one, from which hosts pull; None: from wherever charts say

    async def prepare(
        self, bundle: Bundle, layers: Mapping[ReleaseName, Layers], installed: Collection[ReleaseName]
    ) -> Prepared:
        """Merge, look, render what differs. `installed`: releases that earlier operations made. Writes nothing.

        Raises:
            Invalid: values that are no YAML.
            HelmFailed: a chart does not render, with template and line.
            Unavailable: Kubernetes does not answer.

        """
        enabled = [release for release in bundle.releases if is_enabled(release, layers[release.id])]
        kinds, wanted_ones = await asyncio.gather(
            api_kinds(self.connection),
            asyncio.to_thread(lambda: [wanted(release, layers[release.id], self.registry) for release in enabled]),
        )
        names = {release.id for release in enabled}
        found = await survey(self.connection, kinds, names | set(installed))
        rendered = await self._render(wanted_ones, found, kinds)
        releases = tuple(
            PreparedRelease(each, found.get(each.release.id), rendered[each.release.id]) for each in wanted_ones
        )
        removed = {name: found[name] for name in sorted(set(installed) - names) if name in found}
        graph = _graph(bundle, releases)
        return Prepared(bundle, releases, removed, graph, kinds)

    async def _render(
        self, releases: Sequence[WantedRelease], found: Mapping[ReleaseName, Found], kinds: ApiKinds
    ) -> Mapping[ReleaseName, tuple[Rendered, ...]]:
        """Render those that differ from what is there; how many at once is bounded by Helm's gate."""
        capabilities = Capabilities(kinds.kubernetes_version, kinds.versions())

        async def one(each: WantedRelease) -> tuple[ReleaseName, tuple[Rendered, ...]]:
            name, there = each.release.id, found.get(each.release.id)
            if _is_unchanged(each, there):
                return name, ()
            made = await render(
                self.ground,
                each.release.chart.file,
                namespace=name.namespace,
                name=name.name,
                values=each.values,
                capabilities=capabilities,
                purpose=For.INSTALL if there is None else For.UPGRADE,
                secrets=each.secrets,
            )
            return name, tuple(made)

        return dict(await together(one(each) for each in releases))


def _is_unchanged(release: WantedRelease, found: Found | None) -> bool:
    if found is None or found.missing:
        return False
    return found.running.status == "deployed" and found.running.digest == release.digest


def _graph(bundle: Bundle, releases: Sequence[PreparedRelease]) -> ReleaseGraph:
    """The order, as the application's metadata wants it found. What the operator disabled is disabled here too."""
    enabled = {each.name for each in releases}
    marked = [replace(release, enabled=release.id in enabled) for release in bundle.releases]
    match bundle.metadata.release_order:
        case ReleaseOrder.AS_WRITTEN:
            return written_graph(marked)
        case ReleaseOrder.AS_DECLARED:
            return declared_graph(marked, declared_edges({each.name: each.objects for each in releases}).edges)
