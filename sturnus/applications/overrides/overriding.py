"""Overrides of an application's charts: listed, shown, changed, explained (reference/inventory.md §4.1).

A change is one transaction: the row, its authors, the event and what the listener writes commit together. Values of the
lower layers are gathered before it, and the change is refused if another version of the application came in between.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.overrides import authorship
from sturnus.applications.overrides.changes import Change, Start, Unknown, changed_values
from sturnus.applications.overrides.checks import OVERRIDE_CHECKS, OverriddenHost, OverrideFacts
from sturnus.applications.overrides.explaining import Explained, explain
from sturnus.applications.overrides.layers import Author, Layer, LayerValues, merged
from sturnus.applications.overrides.ports import ChartName, Charts, ChartValues, OverridesListener
from sturnus.applications.overrides.secret_values import SecretPath, masked, secret_paths
from sturnus.applications.overrides.unknown_keys import refuse_unknown, unknown_keys
from sturnus.applications.overrides.values import Values, laid_over
from sturnus.applications.overrides.values_text import read_values, write_values
from sturnus.core.clock import Clock
from sturnus.core.errors import Conflict, Invalid, Stale
from sturnus.inventory.labels import on_node
from sturnus.inventory.violations import refuse_if
from sturnus.store import applications, events, host_labels, overrides
from sturnus.store.application_models import OverridesRow
from sturnus.store.database import Database


@dataclass(frozen=True, slots=True)
class Listed:
    """One chart, and the namespaces in which the application has it."""

    chart: str
    namespaces: tuple[str, ...]
    enabled: tuple[bool, ...]  # one per namespace


@dataclass(frozen=True, slots=True)
class Shown:
    """Overrides of one chart, secrets masked unless they were asked for."""

    name: ChartName
    enabled: bool
    system: Values
    user: Values
    combined: Values
    revision: int  # 0: nothing was ever set


@dataclass(frozen=True, slots=True)
class _Chart:
    """Where a request leads."""

    application: str
    application_id: int
    name: ChartName
    enabled: bool  # unless an operator said otherwise


class Overriding:
    """The overrides' only door. Methods raise the closed set of `core.errors` and nothing else."""

    def __init__(self, database: Database, clock: Clock, charts: Charts, listener: OverridesListener) -> None:
        self._database = database
        self._clock = clock
        self._charts = charts
        self._listener = listener

    async def charts(self, application: str) -> list[Listed]:
        """Return an application's charts, by name."""
        async with self._database.read() as session:
            number = await _number(session, application)
            rows = await overrides.of_application(session, number)
        stored = {ChartName(row.name, row.namespace): row.enabled for row in rows}
        found: dict[str, dict[str, bool]] = {}
        for chart, by_default in sorted((await self._charts.enabled_by_default(number)).items()):
            said = stored.get(chart)
            found.setdefault(chart.chart, {})[chart.namespace] = by_default if said is None else said
        return [Listed(chart, tuple(places), tuple(places.values())) for chart, places in found.items()]

    async def show(self, application: str, name: ChartName) -> Shown:
        """Return a chart's overrides, secrets masked."""
        shown, is_secret = await self._shown(application, name)
        system, user, combined = (masked(each, is_secret) for each in (shown.system, shown.user, shown.combined))
        return Shown(shown.name, shown.enabled, system, user, combined, shown.revision)

    async def show_with_secrets(self, application: str, name: ChartName) -> Shown:
        """Return a chart's overrides as they are. Generated secrets lie in the cluster, and are not shown even here."""
        return (await self._shown(application, name))[0]

    async def layers(self, application: str, name: ChartName) -> tuple[LayerValues, ...]:
        """Return all four layers of a chart, lowest first: what plan and engine merge."""
        chart = await self._chart(application, name)
        values = await self._charts.values(chart.application_id, name)
        async with self._database.read() as session:
            return layers_of(values, await overrides.find(session, chart.application_id, name.chart, name.namespace))

    async def explain(self, application: str, name: ChartName, key: str | None) -> list[Explained]:
        """Say of each value where it comes from. NotFound if `key` names none."""
        chart = await self._chart(application, name)
        values = await self._charts.values(chart.application_id, name)
        async with self._database.read() as session:
            row = await overrides.find(session, chart.application_id, name.chart, name.namespace)
        return explain(layers_of(values, row), secret_paths(values.generated), key)

    async def change(self, application: str, name: ChartName, change: Change, user: str, revision: int | None) -> Shown:
        """Change a chart's overrides or its attributes; return what they are now, secrets masked.

        Refused by `OVERRIDE_CHECKS`, and for names that no lower layer knows unless the change says otherwise.
        """
        chart = await self._chart(application, name)
        values = await self._charts.values(chart.application_id, name)
        is_secret = secret_paths(values.generated)
        async with self._database.write() as session:
            row = await self._locked(session, chart, revision)
            before = read_values(row.user_overrides, "stored overrides")
            after = changed_values(before, change)
            if change.unknown is Unknown.REFUSE:
                _refuse_unknown(after, before, values, name)
            await self._check(session, chart, values, before, after)
            self._write(row, before, after, user)
            if change.enabled is not None:
                row.enabled = change.enabled
            await self._listener.overrides_changed(session, chart.application_id, change.reapply)
            await self._announce(session, chart, row, user)
            return _as_shown(row, chart, masked(values.system, is_secret), masked(after, is_secret))

    async def clear(self, application: str, name: ChartName, user: str, revision: int | None) -> None:
        """Take away a chart's user overrides; its attributes stay."""
        await self.change(application, name, Change(Start.RESET), user, revision)

    async def _chart(self, application: str, name: ChartName) -> _Chart:
        async with self._database.read() as session:
            number = await _number(session, application)
        by_default = await self._charts.enabled_by_default(number)
        if name not in by_default:
            raise Invalid(
                # Word for word: reference/clients.md §1.
                f"Chart overrides {name.chart}:{name.namespace} for application {application} not found",
                expected="a chart and a namespace of the application",
                remedy=f"system helm-override-list {application}",
            )
        return _Chart(application, number, name, by_default[name])

    async def _shown(self, application: str, name: ChartName) -> tuple[Shown, SecretPath]:
        chart = await self._chart(application, name)
        values = await self._charts.values(chart.application_id, name)
        async with self._database.read() as session:
            row = await overrides.find(session, chart.application_id, name.chart, name.namespace)
        user = {} if row is None else read_values(row.user_overrides, "stored overrides")
        return _as_shown(row, chart, dict(values.system), user), secret_paths(values.generated)

    async def _locked(self, session: AsyncSession, chart: _Chart, revision: int | None) -> OverridesRow:
        application = await applications.lock(session, chart.application)
        if application is None or application.id != chart.application_id:
            raise Conflict(
                f"Application {chart.application} changed its version meanwhile.",
                expected="the version that was looked at",
                remedy="look again, then repeat the command",
            )
        row = await overrides.ensure(
            session, chart.application_id, chart.name.chart, chart.name.namespace, self._clock.now()
        )
        if revision is not None and row.revision != revision:
            raise Stale(
                f"The overrides of {chart.name.chart} were changed by somebody else.",
                expected=f"revision {revision}, and it is {row.revision} now",
                remedy=f"system helm-override-show {chart.application} {chart.name.chart} {chart.name.namespace}",
            )
        return row

    async def _check(
        self, session: AsyncSession, chart: _Chart, values: ChartValues, before: Values, after: Values
    ) -> None:
        hosts = await host_labels.named_hosts(session)
        facts = OverrideFacts(
            chart=chart.name.chart,
            before=merged(*_lower(values), LayerValues(Layer.USER, before)).values(),
            after=merged(*_lower(values), LayerValues(Layer.USER, after)).values(),
            hosts=tuple(OverriddenHost(name, state, on_node(labels)) for name, (state, labels) in hosts.items()),
        )
        refuse_if(OVERRIDE_CHECKS, facts)

    def _write(self, row: OverridesRow, before: Values, after: Values, user: str) -> None:
        known = authorship.from_json(row.user_authors)
        authors = authorship.authors_after(before, known, after, Author(user, self._clock.now()))
        row.user_overrides = write_values(after)
        row.user_authors = authorship.to_json(authors)
        row.updated_at = self._clock.now()

    async def _announce(self, session: AsyncSession, chart: _Chart, row: OverridesRow, user: str) -> None:
        await session.flush()
        told = {"application": chart.application, "chart": row.name, "namespace": row.namespace, "by": user}
        await events.append(session, "overrides.changed", str(chart.application_id), told, self._clock.now())


def layers_of(values: ChartValues, row: OverridesRow | None) -> tuple[LayerValues, ...]:
    """Return the four layers, lowest first; the user's from the row."""
    if row is None:
        return (*_lower(values), LayerValues(Layer.USER, {}))
    user = read_values(row.user_overrides, "stored overrides")
    return (*_lower(values), LayerValues(Layer.USER, user, authorship.from_json(row.user_authors)))


def _lower(values: ChartValues) -> tuple[LayerValues, ...]:
    return (
        LayerValues(Layer.CHART, values.chart),
        LayerValues(Layer.MANIFEST, values.manifest),
        LayerValues(Layer.SYSTEM, values.system),
    )


def _refuse_unknown(after: Values, before: Values, values: ChartValues, name: ChartName) -> None:
    lower = laid_over(laid_over(values.chart, values.manifest), values.system)
    refuse_unknown(unknown_keys(after, lower, known_before=before, subcharts=values.subcharts), name.chart)


def _as_shown(row: OverridesRow | None, chart: _Chart, system: Values, user: Values) -> Shown:
    said = None if row is None else row.enabled
    combined = merged(LayerValues(Layer.SYSTEM, system), LayerValues(Layer.USER, user)).values()
    enabled = chart.enabled if said is None else said
    return Shown(chart.name, enabled, system, user, combined, 0 if row is None else row.revision)


async def _number(session: AsyncSession, application: str) -> int:
    row = await applications.current(session, application) if application.isprintable() else None
    if row is None:
        raise Invalid(  # as upstream: 400 (reference/inventory.md §4.1)
            f"application not found: {application[:80]}",
            expected="an application that was uploaded",
            remedy="system application-list",
        )
    return row.id
