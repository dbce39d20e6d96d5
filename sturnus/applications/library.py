"""Applications that were uploaded: their bundles on disk, and what operators set for them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.bundle.bundle import Bundle, CalledFor, read_bundle
from sturnus.applications.overrides import authorship
from sturnus.applications.overrides.layers import Layer, LayerValues
from sturnus.applications.overrides.values import Values, path_of
from sturnus.applications.overrides.values_text import read_values
from sturnus.applications.plan.wanted import DIGEST_LENGTH, Layers
from sturnus.applications.release import Release, ReleaseName
from sturnus.core.errors import NotFound
from sturnus.store import overrides
from sturnus.store.application_models import ApplicationRow, OverridesRow
from sturnus.store.database import Database

KEPT: Final = 8
"""Bundles that are kept in memory: a megabyte or two each."""


SystemOverrides = Callable[[Bundle], Awaitable[Mapping[ReleaseName, Values]]]
"""What the platform computes for an application from its inventory; releases without any may be missing."""


async def no_system_overrides(_: Bundle) -> Mapping[ReleaseName, Values]:
    """For applications that know nothing of the inventory."""
    return {}


@dataclass(frozen=True, slots=True)
class Library:
    """Reads what was uploaded and what was set. `directory` holds the opened bundles."""

    database: Database
    directory: Path
    system: SystemOverrides = no_system_overrides
    _bundles: OrderedDict[tuple[str, str, str], Bundle] = field(default_factory=OrderedDict)

    async def bundle(self, row: ApplicationRow) -> Bundle:
        """The bundle of one version.

        Raises:
            NotFound: its files are gone from this host.

        """
        key = row.bundle_sha256 or "", row.name, row.app_version
        if key not in self._bundles:
            self._bundles[key] = await asyncio.to_thread(self._read, row)
        self._bundles.move_to_end(key)
        while len(self._bundles) > KEPT:
            self._bundles.popitem(last=False)
        return self._bundles[key]

    def _read(self, row: ApplicationRow) -> Bundle:
        place = Path(row.bundle_path or self.directory / "none")
        if not place.is_dir():
            raise NotFound(
                f"The files of {row.name} {row.app_version} are not on this host.",
                expected=f"its bundle in {place}",
                remedy="bring that directory back, or system application-update TARFILE with another version",
            )
        return read_bundle(place, called=CalledFor(row.name, row.app_version))

    async def system_digest(self, row: ApplicationRow) -> str:
        """Digest of what the platform computes for an application now.

        Raises:
            NotFound: its files are gone from this host.
            Invalid: its `overrides.yaml` cannot be rendered.

        """
        found = await self.system(await self.bundle(row))
        text = json.dumps({str(name): values for name, values in found.items()}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]

    async def layers(self, row: ApplicationRow, bundle: Bundle) -> Mapping[ReleaseName, Layers]:
        """What comes on top of chart and manifest, release by release."""
        system = await self.system(bundle)
        async with self.database.read() as session:
            stored = await _stored(session, row.id)
        return {
            release.id: _layers(system.get(release.id, {}), _row_of(release, stored)) for release in bundle.releases
        }


async def _stored(session: AsyncSession, application_id: int) -> Mapping[tuple[str, str], OverridesRow]:
    return {(row.name, row.namespace): row for row in await overrides.of_application(session, application_id)}


def _row_of(release: Release, stored: Mapping[tuple[str, str], OverridesRow]) -> OverridesRow | None:
    """Operators call a chart by the manifest's word for it."""
    return stored.get((release.chart_label or release.chart.name, release.id.namespace))


def _layers(system: Values, row: OverridesRow | None) -> Layers:
    if row is None:
        return Layers(LayerValues(Layer.SYSTEM, system), LayerValues(Layer.USER, {}))
    user = read_values(row.user_overrides, f"overrides of {row.name}")
    return Layers(
        LayerValues(Layer.SYSTEM, system),
        LayerValues(Layer.USER, user, authorship.from_json(row.user_authors)),
        generated=frozenset(path_of(path) for path in row.generated),
        enabled=row.enabled,
    )
