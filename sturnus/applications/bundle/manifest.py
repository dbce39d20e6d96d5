"""What both forms of a manifest are read into, and the rules that hold for both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sturnus.applications.bundle.charts import Charts
from sturnus.applications.bundle.findings import Findings, Place
from sturnus.applications.release import ChartArchive, ChartKind, Release
from sturnus.core.application_states import ApplicationForm

RELEASE: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?")
RELEASE_FORM: Final = "up to 53 lower-case letters, digits, '-' and '.', as Helm requires of a release's name"
NAMESPACE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NAMESPACE_FORM: Final = "up to 63 lower-case letters, digits and '-', as Kubernetes requires of a namespace"
LONGEST: Final = timedelta(days=1)
"""No release is waited for longer; also keeps hostile numbers from overflowing."""


@dataclass(frozen=True, slots=True)
class Resource:
    """An object that the manifest brings beside its releases: a Namespace, say."""

    api_version: str
    kind: str
    name: str
    namespace: str | None
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that a manifest says, in its order."""

    form: ApplicationForm
    name: str  # as `application-list` shows it
    file: str  # likewise
    releases: tuple[Release, ...]
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The chart that a release asks for."""

    release: str  # in words
    chart: str  # its name
    detail: str  # what else identifies it: version, file; "" for nothing
    place: Place

    def __str__(self) -> str:
        """`release openstack/osh-openstack-keystone needs chart keystone 0.1.0`."""
        return f"release {self.release} needs chart {self.chart}" + (f" {self.detail}" if self.detail else "")


def usable_chart(chart: ChartArchive | None, wanted: Wanted, charts: Charts, findings: Findings) -> ChartArchive | None:
    """Return the chart if there is one, and say what keeps a release from being made of it."""
    if chart is None:
        findings.fault(
            wanted.place,
            f"{wanted}, and {charts.versions(wanted.chart)}",
            expected="every chart of the manifest in charts/",
            remedy=f"package {wanted.chart} into charts/, or correct {wanted.place.file}",
        )
        return None
    missing = [each for each in chart.dependencies if each not in chart.contains]
    if missing:
        findings.fault(
            wanted.place,
            f"{wanted}, which lacks its dependency {', '.join(missing)}",
            expected="a chart that contains what it depends on",
            remedy=f"run `helm dependency build` for {chart.name}, then `helm package`",
        )
    if chart.kind is ChartKind.LIBRARY:
        findings.fault(
            wanted.place,
            f"{wanted}, which is a library",
            expected="an application chart",
            remedy=f"correct {wanted.place.file}",
        )
    return chart
