"""One HelmRelease becomes one release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sturnus.applications.bundle.charts import Charts
from sturnus.applications.bundle.documents import plain, read_mapping
from sturnus.applications.bundle.durations import parse_duration
from sturnus.applications.bundle.fields import Fields
from sturnus.applications.bundle.findings import Findings
from sturnus.applications.bundle.kustomization import Generated, KubernetesObject
from sturnus.applications.bundle.limits import Limits
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
    Release,
    ReleaseName,
    Waiting,
)

_GROUP_LABEL: Final = "chart_group"
_PASSED_OVER: Final = (
    "commonMetadata", "dependsOn", "driftDetection", "interval", "maxHistory", "persistentClient", "rollback",
    "serviceAccountName", "storageNamespace",
)  # fmt: skip
_CHANGING: Final = ("postRenderers", "kubeConfig", "chartRef")


class Values:
    """Finds the values that a HelmRelease takes from generated Secrets and ConfigMaps."""

    def __init__(self, top: Path, generated: Sequence[Generated], findings: Findings, limits: Limits) -> None:
        self._top, self._findings, self._limits = top, findings, limits
        self._files = {(each.kind, each.namespace, each.name): each.files for each in generated}

    def of(self, spec: Fields, namespace: str | None) -> dict[str, Any]:
        """Merge them in the order of `valuesFrom`, and `spec.values` on top."""
        merged: dict[str, Any] = {}
        for each in spec.mappings("valuesFrom"):
            merged = merge(merged, self._read(each, namespace))
        return merge(merged, spec.values("values"))

    def _read(self, source: Fields, namespace: str | None) -> Mapping[str, Any]:
        kind, name = source.required_text("kind"), source.required_text("name")
        key, optional = source.text("valuesKey") or "values.yaml", source.flag("optional") or False
        if "targetPath" in source:
            source.fault("targetPath", "is not read here", expected="whole values files")
        source.ignored("targetPath")
        source.note_unknown()
        file = self._files.get((kind, namespace, name), {}).get(key)
        if file is None:
            if not optional and kind and name:
                source.fault(
                    "name",
                    f"names {kind} {name} with the key {key}, which nothing makes",
                    expected="a generator's name",
                )
            return {}
        shown = file.relative_to(self._top.parent).as_posix()
        node = read_mapping(file.read_bytes(), shown, self._findings, self._limits)
        return plain(node) if node is not None else {}


def read_release(each: KubernetesObject, charts: Charts, values: Values) -> Release | None:
    """Read a HelmRelease; `after` is left empty. None: it is too wrong to be a release; the faults are remembered."""
    spec = each.fields.mapping("spec")
    if spec is None:
        if "spec" not in each.fields:
            each.fields.missing("spec", "what to install")
        return None
    namespace = spec.text("targetNamespace") or each.namespace or "default"
    name = spec.text("releaseName") or _default_name(each, spec)
    _check_names(spec, namespace, name)
    chart = _chart(spec, f"{namespace}/{name}", charts)
    install, upgrade, uninstall = (spec.mapping(key) for key in ("install", "upgrade", "uninstall"))
    test_timeout = _test(spec)
    merged = values.of(spec, each.namespace)
    timeout = _duration(spec, "timeout") or _duration(install, "timeout") or DEFAULT_TIMEOUT
    delete_timeout = _duration(uninstall, "timeout") or DEFAULT_DELETE_TIMEOUT
    found = (
        Release(
            id=ReleaseName(namespace, name),
            chart=chart,
            values=merged,
            group=_group(each),
            timeout=timeout,
            waiting=Waiting(()) if install and install.flag("disableWait") else Waiting(None),
            install_hooks=_hooks(install),
            upgrade_hooks=_hooks(upgrade),
            chart_label=each.name,
            test_timeout=test_timeout,
            delete_timeout=delete_timeout,
        )
        if chart
        else None
    )
    _pass_over(spec, install, upgrade, uninstall)
    return found


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged, all else replaced. A null stays: Helm then drops the chart's own value."""
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def _default_name(each: KubernetesObject, spec: Fields) -> str:
    """What Flux calls a release that has no releaseName."""
    target = spec.text("targetNamespace")
    return f"{target}-{each.name}" if target else each.name


def _check_names(spec: Fields, namespace: str, name: str) -> None:
    if not RELEASE.fullmatch(name):
        spec.fault("releaseName", f"makes the release {name!r}", expected=RELEASE_FORM)
    if not NAMESPACE.fullmatch(namespace):
        spec.fault("targetNamespace", f"makes the namespace {namespace!r}", expected=NAMESPACE_FORM)


def _chart(spec: Fields, release: str, charts: Charts) -> ChartArchive | None:
    outer = spec.mapping("chart")
    chart = outer.mapping("spec") if outer else None
    if outer is None or chart is None:
        if "chart" not in spec:
            spec.missing("chart", "spec: chart and version")
        elif outer is not None and "spec" not in outer:
            outer.missing("spec", "chart and version")
        return None
    name, version = chart.required_text("chart"), chart.text("version") or ""
    chart.ignored("interval", "sourceRef", "reconcileStrategy", "valuesFile", "valuesFiles", "verify")
    if chart.items("valuesFiles") or "valuesFile" in chart:
        chart.fault("valuesFiles", "is not read here", expected="values in valuesFrom or values")
    chart.note_unknown()
    if not name:
        return None
    found = _of_version(charts.named(name), version)
    return usable_chart(found, Wanted(release, name, version, chart.at("chart")), charts, spec.findings)


def _of_version(charts: Sequence[ChartArchive], version: str) -> ChartArchive | None:
    """Any version means the only one there is. What follows `+` does not count if nothing else fits."""
    if version in {"", "*"}:
        return charts[0] if len(charts) == 1 else None
    if (exact := next((chart for chart in charts if chart.version == version), None)) is not None:
        return exact
    alike = [chart for chart in charts if chart.version.partition("+")[0] == version.partition("+")[0]]
    return alike[0] if len(alike) == 1 else None


def _duration(fields: Fields | None, key: str) -> timedelta | None:
    written = fields.text(key) if fields else None
    if fields is None or written is None:
        return None
    found = parse_duration(written)
    if found is None or not timedelta() < found <= LONGEST:
        fields.fault(key, f"is {written[:40]!r}", expected="a duration like 30m or 1h30m, at most 24h")
        return None
    return found


def _group(each: KubernetesObject) -> str | None:
    metadata = each.fields.mapping("metadata")
    labels = metadata.mapping("labels") if metadata else None
    return labels.text(_GROUP_LABEL) if labels else None


def _hooks(options: Fields | None) -> Hooks:
    return Hooks.SKIP if options and options.flag("disableHooks") else Hooks.RUN


def _test(spec: Fields) -> timedelta | None:
    """Flux runs the tests of a chart only when it is told to."""
    test = spec.mapping("test")
    if test is None:
        return None
    enabled, timeout = test.flag("enable"), _duration(test, "timeout")
    test.ignored("ignoreFailures", "filters")
    test.note_unknown()
    return (timeout or DEFAULT_TEST_TIMEOUT) if enabled else None


def _pass_over(spec: Fields, *options: Fields | None) -> None:
    """Accept what needs no action here; refuse what would change the objects in a way that is not read here."""
    for key in _CHANGING:
        if key in spec:
            spec.fault(key, "is not read here", expected="charts of the tarball, as they are")
    if spec.flag("suspend"):
        spec.findings.note(spec.at("suspend"), "spec.suspend has no effect here")
    spec.ignored(*_PASSED_OVER, *_CHANGING)
    for each in options:
        if each is not None:
            each.ignored("timeout", "disableHooks", "disableWait", "disableWaitForJobs", "remediation", "crds",
                         "createNamespace", "keepHistory", "deletionPropagation", "cleanupOnFail", "force", "replace",
                         "disableOpenAPIValidation", "disableSchemaValidation", "preserveValues", "skipCRDs",
                         "serverSideApply", "disableTakeOwnership")  # fmt: skip
            each.note_unknown()
    spec.note_unknown()
