"""The system's layer of values for every application: the platform's own for OpenStack, the tarball's for all.

Implements `applications.library.SystemOverrides`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sturnus.applications.bundle.bundle import Bundle
from sturnus.applications.overrides.values import Values, laid_over
from sturnus.applications.release import ReleaseName
from sturnus.openstack.gathering import Gatherer
from sturnus.openstack.names import is_openstack
from sturnus.openstack.overrides import system_values


@dataclass(frozen=True, slots=True)
class PlatformOverrides:
    """Computes them. `of_tarball` renders what a tarball brings in `overrides.yaml`: it has the last word."""

    gatherer: Gatherer
    of_tarball: Callable[[Bundle], Awaitable[Mapping[ReleaseName, Values]]]

    async def __call__(self, bundle: Bundle) -> Mapping[ReleaseName, Values]:
        """Return values by release; releases without any are left out.

        Raises:
            Invalid: the tarball's `overrides.yaml` cannot be rendered; with the line.

        """
        brought = await self.of_tarball(bundle)
        if not is_openstack(bundle.name):
            return brought
        facts = await self.gatherer.facts()
        own = {release.id: system_values(release.chart.name, facts) for release in bundle.releases}
        laid = {name: laid_over(values, brought.get(name, {})) for name, values in own.items()}
        return {name: values for name, values in laid.items() if values}
