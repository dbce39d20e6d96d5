"""One Chart document of Armada becomes one release (reference/applications.md §2.2, §2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from sturnus.applications.bundle.charts import Charts
from sturnus.applications.bundle.documents import Map
from sturnus.applications.bundle.fields import Fields
from sturnus.applications.bundle.manifest import (
    LONGEST,
    NAMESPACE,
    NAMESPACE_FORM,
    RELEASE,
    RELEASE_FORM,
    Wanted,
    usable_chart,
)
from sturnus.applications.release import (
    DEFAULT_DELETE_TIMEOUT,
    DEFAULT_TEST_TIMEOUT,
    DEFAULT_TIMEOUT,
    ChartArchive,
    Hooks,
    JobSelector,
    Release,
    ReleaseName,
    WaitFor,
    Waiting,
)

_MIN_READY: Final = re.compile(r"\d{1,5}|(?:100|\d{1,2})%")


class WaitKind(StrEnum):
    """What Armada waits for."""

    JOB = "job"
    """Finished."""
    POD = "pod"
    """Ready, whatever owns it."""
    DEPLOYMENT = "deployment"
    """Available."""
    DAEMONSET = "daemonset"
    """Available on its nodes."""
    STATEFULSET = "statefulset"
    """Ready."""


class DeleteKind(StrEnum):
    """What Armada deletes before an upgrade."""

    JOB = "job"
    """Its pod template cannot be changed."""
    CRONJOB = "cronjob"
    """Likewise for what it left."""
    POD = "pod"
    """Pods of earlier tests."""


class SourceKind(StrEnum):
    """Where Armada fetched a chart from. Here it is in `charts/`, whatever this says."""

    TAR = "tar"
    """An archive at a URL."""
    LOCAL = "local"
    """A directory."""
    GIT = "git"
    """A repository."""


def read_chart(data: Fields, name: str, version: int, prefix: str, charts: Charts) -> Release | None:
    """Read the `data` of a Chart document. None: it is too wrong to be a release; the faults are remembered."""
    label = data.text("chart_name") or name
    if version == 1 and "chart_name" not in data:
        data.missing("chart_name", "the chart's name")
    namespace = data.required_text("namespace", pattern=NAMESPACE, form=NAMESPACE_FORM)
    release = _release_name(data, prefix)
    shown = f"{namespace}/{release}"
    chart = _chart(data, label, shown, charts)
    wait = data.mapping("wait")
    timeout = wait.whole("timeout", least=1, most=_seconds(LONGEST)) if wait else None
    older = data.whole("timeout", least=1, most=_seconds(LONGEST))
    waiting = _waiting(wait) if wait else Waiting(None)
    install, upgrade = data.mapping("install"), data.mapping("upgrade")
    found = (
        Release(
            id=ReleaseName(namespace, release),
            chart=chart,
            values=data.values("values"),
            timeout=_interval(timeout or older, DEFAULT_TIMEOUT),
            waiting=waiting,
            install_hooks=_hooks(install),
            upgrade_hooks=_upgrade_hooks(upgrade),
            delete_before_upgrade=tuple(_deleted(upgrade)) if upgrade else (),
            chart_label=label,
            test_timeout=_test(data),
            delete_timeout=_delete_timeout(data),
        )
        if chart
        else None
    )
    _pass_over(data, wait, install, upgrade)
    return found if namespace and release else None


def _release_name(data: Fields, prefix: str) -> str:
    release = data.required_text("release")
    name = f"{prefix}-{release}" if prefix else release
    if release and not RELEASE.fullmatch(name):
        data.fault("release", f"makes the release {name!r}", expected=RELEASE_FORM)
    return name if release else ""


def _chart(data: Fields, label: str, release: str, charts: Charts) -> ChartArchive | None:
    source = data.mapping("source")
    if source is None:
        if "source" not in data:
            data.missing("source", "where the chart was packaged from: type, location")
        return None
    source.choice("type", SourceKind)
    location = source.required_text("location")
    source.ignored("subpath", "reference", "proxy_server", "auth_method")
    source.note_unknown()
    if not location:
        return None
    basename = PurePosixPath(location).name
    chart = packaged_from(location, label, charts)
    wanted = Wanted(release, label, f"({basename})", source.at("location"))
    return usable_chart(chart, wanted, charts, data.findings)


def packaged_from(location: str, label: str, charts: Charts) -> ChartArchive | None:
    """Find the chart that Armada fetched from a location; of a directory or a repository, the one that is called so."""
    basename = PurePosixPath(location).name
    if basename.endswith((".tgz", ".tar.gz")):
        return charts.of_file(basename)
    versions = charts.named(label)
    return versions[0] if len(versions) == 1 else None


def _waiting(wait: Fields) -> Waiting:
    """No list: all that the release made. An empty one: nothing. Otherwise these, each with the labels of the whole.

    Labels without a list narrowed what Armada waited for to pods that have them, and the field often had wrong ones
    (reference/applications.md §8.1); the release itself knows better what it made.
    """
    labels = wait.text_pairs("labels")
    if wait.node.get("resources") is None:
        return Waiting(None)
    if isinstance(wait.node["resources"], Map):
        resources = wait.mapping("resources")
        return Waiting(tuple(_by_kind(resources, labels)) if resources else ())
    return Waiting(tuple(found for each in wait.mappings("resources") if (found := _wait_for(each, labels))))


def _by_kind(resources: Fields, labels: Mapping[str, str]) -> Iterator[WaitFor]:
    """Read the form of v2: kind → settings, a list of them, or false."""
    for key in resources.node:
        if key not in list(WaitKind):
            resources.fault(key, "is no kind to wait for", expected=", ".join(WaitKind))
        elif resources.node[key] is False:
            resources.ignored(key)
        elif isinstance(resources.node[key], list):
            for each in resources.mappings(key):
                yield _settings(each, WaitKind(key), labels)
        elif (one := resources.mapping(key)) is not None:
            yield _settings(one, WaitKind(key), labels)


def _wait_for(each: Fields, labels: Mapping[str, str]) -> WaitFor | None:
    kind = each.choice("type", WaitKind)
    if "type" not in each:
        each.missing("type", ", ".join(WaitKind))
    return _settings(each, kind, labels) if kind else None


def _settings(each: Fields, kind: WaitKind, labels: Mapping[str, str]) -> WaitFor:
    own = each.text_pairs("labels")
    min_ready = each.text("min_ready", pattern=_MIN_READY, form="a number, or a share like 80%")
    if each.flag("required") is False:
        each.note("required", "has no effect here: one is waited for")
    each.ignored("allow_async_updates")
    each.note_unknown()
    return WaitFor(kind.value, {**labels, **own}, min_ready or "100%")


def _hooks(options: Fields | None) -> Hooks:
    return Hooks.SKIP if options and options.flag("no_hooks") else Hooks.RUN


def _upgrade_hooks(upgrade: Fields | None) -> Hooks:
    options = upgrade.mapping("options") if upgrade else None
    if options:
        options.flag("no_hooks")
        options.ignored("force", "recreate_pods", "no_hooks")
        options.note_unknown()
    return Hooks.SKIP if Hooks.SKIP in {_hooks(upgrade), _hooks(options)} else Hooks.RUN


def _deleted(upgrade: Fields) -> Iterator[JobSelector]:
    """Read `upgrade.pre.delete`; the other actions before an upgrade never did anything, or nothing we need."""
    before = upgrade.mapping("pre")
    if before is None:
        return
    for each in before.mappings("delete"):
        kind = each.choice("type", DeleteKind)
        labels = each.text_pairs("labels")
        each.ignored("name")
        if "type" not in each:
            each.missing("type", ", ".join(DeleteKind))
        if not labels:
            each.missing("labels", "labels of what is deleted")
        if kind and labels:
            yield JobSelector(kind.value, labels)
    before.note_unknown()


def _test(data: Fields) -> timedelta | None:
    """Armada runs the tests of a chart unless it is told not to. `test: true` is the older form."""
    if isinstance(data.node.get("test"), bool):
        return DEFAULT_TEST_TIMEOUT if data.flag("test") else None
    test = data.mapping("test")
    if test is None:
        return DEFAULT_TEST_TIMEOUT
    enabled = test.flag("enabled")
    timeout = test.whole("timeout", least=1, most=_seconds(LONGEST))
    test.ignored("options")
    test.note_unknown()
    return None if enabled is False else _interval(timeout, DEFAULT_TEST_TIMEOUT)


def _delete_timeout(data: Fields) -> timedelta:
    delete = data.mapping("delete")
    if delete is None:
        return DEFAULT_DELETE_TIMEOUT
    found = _interval(delete.whole("timeout", least=1, most=_seconds(LONGEST)), DEFAULT_DELETE_TIMEOUT)
    delete.note_unknown()
    return found


def _pass_over(data: Fields, *parts: Fields | None) -> None:
    """Accept what needs no action here, with a note about what might surprise."""
    data.ignored("dependencies", "protected", "timeout")  # a failed release is never purged here, protected or not
    for part in parts:
        if part is not None:
            part.ignored("native")
            part.note_unknown()
    data.note_unknown()


def _interval(seconds: int | None, default: timedelta) -> timedelta:
    return default if seconds is None else timedelta(seconds=seconds)


def _seconds(interval: timedelta) -> int:
    return int(interval.total_seconds())
