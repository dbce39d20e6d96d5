"""What the overrides of an application need of others, in their own words. Tests hand in scripted ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.overrides.values import Path


@dataclass(frozen=True, slots=True, order=True)
class ChartName:
    """A chart within an application: what overrides belong to."""

    chart: str
    namespace: str


@dataclass(frozen=True, slots=True)
class ChartValues:
    """What the layers below the user say of one chart."""

    chart: Mapping[str, Any]  # values.yaml of the archive
    manifest: Mapping[str, Any]
    system: Mapping[str, Any]  # as computed from the inventory now; generated secrets may be left out
    generated: frozenset[Path] = field(default_factory=frozenset)  # paths of the secrets that the platform made
    subcharts: frozenset[str] = field(default_factory=frozenset)  # names under which charts inside find their values


class Charts(Protocol):
    """The charts of uploaded applications. The application is named by the number of its row."""

    async def enabled_by_default(self, application_id: int) -> Mapping[ChartName, bool]:
        """Every chart of an application, and whether its metadata enables it."""
        ...

    async def values(self, application_id: int, chart: ChartName) -> ChartValues:
        """The values of a chart that `enabled_by_default` names."""
        ...


class Reapply(StrEnum):
    """What is to happen once overrides changed."""

    LATER = "later"
    """They count from the next installation on."""
    THIS = "this"
    """The application is installed again."""
    ALL = "all"
    """So are all applications that are installed."""


class OverridesListener(Protocol):
    """Who has to know that overrides changed. Called inside the transaction of the change: write, call nobody."""

    async def overrides_changed(self, session: AsyncSession, application_id: int, reapply: Reapply) -> None:
        """Write down what follows, in the transaction of the change."""
        ...
