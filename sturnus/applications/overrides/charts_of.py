"""The charts of uploaded applications, as their overrides see them. Implements `ports.Charts`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.bundle.bundle import Bundle
from sturnus.applications.bundle.chart_values import chart_values
from sturnus.applications.library import Library
from sturnus.applications.overrides.ports import ChartName, ChartValues, Reapply
from sturnus.applications.release import Release
from sturnus.applications.requesting import Asked, ask, refuse_if_busy
from sturnus.core.application_states import ApplicationStatus, OperationKind
from sturnus.core.clock import Clock, NewId
from sturnus.store import applications
from sturnus.store.application_models import ApplicationRow
from sturnus.store.database import Database


@dataclass(frozen=True, slots=True)
class LibraryCharts:
    """Reads charts from the bundles."""

    database: Database
    library: Library

    async def enabled_by_default(self, application_id: int) -> Mapping[ChartName, bool]:
        """Every chart of an application, and whether its metadata enables it."""
        bundle = await self._bundle(application_id)
        return {name_of(release): release.enabled for release in bundle.releases}

    async def values(self, application_id: int, chart: ChartName) -> ChartValues:
        """The values of a chart that `enabled_by_default` names."""
        bundle = await self._bundle(application_id)
        release = next(each for each in bundle.releases if name_of(each) == chart)
        system = await self.library.system(bundle)
        own = await asyncio.to_thread(chart_values, release.chart)
        return ChartValues(
            chart=own,
            manifest=release.values,
            system=system.get(release.id, {}),
            subcharts=frozenset(release.chart.contains),
        )

    async def _bundle(self, application_id: int) -> Bundle:
        async with self.database.read() as session:
            row = await session.get_one(ApplicationRow, application_id)
        return await self.library.bundle(row)


def name_of(release: Release) -> ChartName:
    """What operators call the chart of a release."""
    return ChartName(release.chart_label or release.chart.name, release.id.namespace)


@dataclass(frozen=True, slots=True)
class AfterOverrides:
    """What follows from changed overrides. Implements `ports.OverridesListener`."""

    clock: Clock
    new_id: NewId

    async def overrides_changed(self, session: AsyncSession, application_id: int, reapply: Reapply) -> None:
        """Refuse while something is under way, since it would then be unclear what was installed; install if asked to.

        Raises:
            Conflict: something is under way with the application.

        """
        row = await session.get_one(ApplicationRow, application_id)
        await refuse_if_busy(session, row)
        if reapply is Reapply.LATER:
            return
        rows = [row] if reapply is Reapply.THIS else await applications.all_current(session)
        for each in rows:
            if each.status is ApplicationStatus.APPLIED:
                asked = Asked(OperationKind.APPLY, "overrides", {"despite_obstacles": False})
                await ask(session, each, asked, self.clock, self.new_id)
