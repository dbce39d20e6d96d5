"""What an application consists of, whichever form its tarball had (reference/applications.md §8.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

DEFAULT_TIMEOUT: Final = timedelta(minutes=30)
"""What the manifests of the field give each release; used where one says nothing."""
DEFAULT_DELETE_TIMEOUT: Final = timedelta(minutes=5)
DEFAULT_TEST_TIMEOUT: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, order=True)
class ReleaseName:
    """Names one release: Helm knows a release by its name within a namespace."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """`namespace/name`, as operators read it."""
        return f"{self.namespace}/{self.name}"


class ChartKind(StrEnum):
    """What a chart is for (`type` in Chart.yaml)."""

    APPLICATION = "application"
    """Installed as a release."""
    LIBRARY = "library"
    """Only used by other charts: Helm refuses to install it."""


@dataclass(frozen=True, slots=True)
class ChartArchive:
    """A chart of the bundle, as it lies on disk."""

    name: str
    version: str
    file: Path
    sha256: str  # of the archive's bytes, hexadecimal digits
    dependencies: tuple[str, ...] = ()  # charts that it says it needs
    contains: tuple[str, ...] = ()  # charts that lie inside it
    kind: ChartKind = ChartKind.APPLICATION
    has_values: bool = False  # values.yaml
    has_schema: bool = False  # values.schema.json


class Hooks(StrEnum):
    """Whether Helm runs the hooks of a chart."""

    RUN = "run"
    """As the chart says."""
    SKIP = "skip"
    """The manifest disables them (`no_hooks`, `disableHooks`)."""


@dataclass(frozen=True, slots=True)
class WaitFor:
    """One kind of workload that a release waits for."""

    kind: str  # "job", "pod", "deployment", "daemonset", "statefulset"
    labels: Mapping[str, str]  # all of them; empty: every one of the release
    min_ready: str = "100%"  # a number, or a share "NN%"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has to be ready before a release counts as ready."""

    workloads: tuple[WaitFor, ...] | None  # None: all that the release made; (): none


@dataclass(frozen=True, slots=True)
class JobSelector:
    """Objects that the manifest wants deleted before an upgrade (`upgrade.pre.delete`)."""

    kind: str  # "job", "cronjob", "pod"
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Release:
    """One release as the manifest describes it. Overrides of the system and of the user come on top of `values`."""

    id: ReleaseName
    chart: ChartArchive
    values: Mapping[str, Any]  # of the manifest
    group: str | None = None  # Armada's chart group; None: the form has no groups
    after: frozenset[ReleaseName] = frozenset()  # order as written: these are ready before this one starts
    timeout: timedelta = DEFAULT_TIMEOUT
    waiting: Waiting = Waiting(None)
    install_hooks: Hooks = Hooks.RUN
    upgrade_hooks: Hooks = Hooks.RUN
    delete_before_upgrade: tuple[JobSelector, ...] = ()
    enabled: bool = True  # False: listed in `disabled_charts`, unless the operator enables it
    chart_label: str = ""  # what `helm-override-*` and `disabled_charts` call it: chart_name, or the HelmRelease's name
    test_timeout: timedelta | None = None  # None: the chart's tests are not run
    delete_timeout: timedelta = DEFAULT_DELETE_TIMEOUT
