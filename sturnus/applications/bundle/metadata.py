"""metadata.yaml of a bundle: what the application says about itself (reference/applications.md §1.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sturnus.applications.bundle.documents import Map
from sturnus.applications.bundle.fields import Fields
from sturnus.applications.bundle.findings import Findings

FILE: Final = "metadata.yaml"
NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
NAME_FORM: Final = "up to 63 letters, digits, '-', '_' and '.', a letter or digit at each end"
VERSION: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.+~-]{0,126}[A-Za-z0-9])?")
VERSION_FORM: Final = "up to 128 letters, digits, '-', '_', '.', '+' and '~', a letter or digit at each end"
_KUBERNETES: Final = re.compile(r"v?\d{1,3}\.\d{1,3}(?:\.\d{1,3})?")
_KUBERNETES_FORM: Final = "a version like 1.32 or 1.32.2"


class DesiredState(StrEnum):
    """What the platform brings the application to by itself."""

    UPLOADED = "uploaded"
    """Uploaded when the tarball appears."""
    APPLIED = "applied"
    """Installed as well."""


class ForbiddenOperation(StrEnum):
    """What operators may not do by hand with an application that the platform manages."""

    UPLOAD = "upload"
    """Upload."""
    APPLY = "apply"
    """Install, or install again."""
    REMOVE = "remove"
    """Remove."""
    DELETE = "delete"
    """Delete."""
    UPDATE = "update"
    """Update to another version."""
    ABORT = "abort"
    """Abort what is running."""


class AppClass(StrEnum):
    """Decides the order in which applications are updated together."""

    CRITICAL = "critical"
    """First."""
    STORAGE = "storage"
    """What others keep their data on."""
    DISCOVERY = "discovery"
    """What others find devices with."""
    OPTIONAL = "optional"
    """What nobody else needs."""
    REPORTING = "reporting"
    """Last: it looks at the others."""


class Timing(StrEnum):
    """When an application is updated around an upgrade of Kubernetes."""

    PRE = "pre"
    """Before."""
    POST = "post"
    """After."""


class Action(StrEnum):
    """What to do when an application that this one depends on is not there."""

    IGNORE = "ignore"
    """Nothing."""
    WARN = "warn"
    """Say so."""
    ERROR = "error"
    """Refuse."""
    APPLY = "apply"
    """Install it."""


class Trigger(StrEnum):
    """What may cause a re-apply."""

    HOST_ADD = "host-add"
    """A host was added."""
    HOST_DELETE = "host-delete"
    """A host was deleted."""
    HOST_REINSTALL = "host-reinstall"
    """A host was installed anew."""
    LOCK = "lock"
    """A host was locked."""
    FORCE_LOCK = "force-lock"
    """A host was locked by force."""
    FORCE_UNSAFE_LOCK = "force-unsafe-lock"
    """A host was locked by force, against the checks."""
    UNLOCK = "unlock"
    """A host was unlocked."""
    FORCE_UNLOCK = "force-unlock"
    """A host was unlocked by force."""
    SWACT = "swact"
    """The platform moved to the other controller."""
    FORCE_SWACT = "force-swact"
    """The platform moved by force."""
    DETECTED_SWACT = "detected-swact"
    """The platform found itself on the other controller."""
    RUNTIME_APPLY_PUPPET = "runtime-apply-puppet"
    """A host's configuration was applied."""
    HOST_AVAILABILITY_UPDATED = "host-availability-updated"
    """A host became available, or is no longer."""
    SYSTEM_MODIFY = "system-modify"
    """The system's attributes changed."""
    KUBE_UPGRADE_COMPLETE = "kube-upgrade-complete"
    """Kubernetes was upgraded."""
    HOST_LABEL_ASSIGN = "host-label-assign"
    """A label was assigned to a host."""
    HOST_MODIFY = "host-modify"
    """A host's attributes changed."""
    STORAGE_BACKEND_MODIFY = "storage-backend-modify"
    """A storage backend changed."""
    USM_UPGRADE_COMPLETE = "usm-upgrade-complete"
    """The platform was upgraded."""
    ON_DEMAND_REAPPLY = "on-demand-reapply"
    """Somebody asked for it."""


@dataclass(frozen=True, slots=True)
class ReapplyTrigger:
    """One cause of a re-apply; all filters have to match."""

    type: Trigger
    filters: tuple[Mapping[str, str], ...] = ()
    filter_field: str | None = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """Another application that this one needs, or cannot live beside."""

    name: str
    version: str  # a regular expression that the whole version matches
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class KubernetesRange:
    """Versions of Kubernetes that the application runs on, both ends included."""

    minimum: str
    maximum: str | None = None


@dataclass(frozen=True, slots=True)
class KubernetesUpgrades:
    """How the application is updated around an upgrade of Kubernetes."""

    auto_update: bool
    timing: Timing


@dataclass(frozen=True, slots=True)
class Upgrades:
    """From which versions, and how, an update leads here. None: not said."""

    auto_update: bool | None = None
    update_failure_no_rollback: bool | None = None
    from_versions: tuple[str, ...] = ()  # regular expressions that the whole version matches; empty: any
    auto_downgrade: bool | None = None


@dataclass(frozen=True, slots=True)
class Behavior:
    """How the platform treats the application by itself. None: not said."""

    platform_managed_app: bool | None = None
    desired_state: DesiredState | None = None
    forbidden_manual_operations: frozenset[ForbiddenOperation] = frozenset()
    reapply_after: tuple[str, ...] = ()  # applications; this one is evaluated after them
    triggers: tuple[ReapplyTrigger, ...] = ()


class ReleaseOrder(StrEnum):
    """Where the order of an application's releases comes from. Ours: StarlingX knows the first one only."""

    AS_WRITTEN = "as-written"
    """The manifest's groups, or its `dependsOn`."""
    AS_DECLARED = "as-declared"
    """What the rendered pods say that they wait for: usually far less than the manifest writes."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """All that metadata.yaml may say. `name` and `version` are None when it does not say them."""

    name: str | None = None
    version: str | None = None
    disabled_charts: frozenset[str] = frozenset()
    maintain_user_overrides: bool | None = None  # at update; the operator's option wins
    maintain_attributes: bool | None = None
    upgrades: Upgrades = Upgrades()
    supported_k8s_version: KubernetesRange | None = None
    k8s_upgrades: KubernetesUpgrades | None = None
    supported_releases: Mapping[str, tuple[str, ...]] | None = None  # platform release → patches
    patch_dependencies: tuple[str, ...] = ()
    repo: str | None = None
    apply_progress_adjust: int = 0
    behavior: Behavior = Behavior()
    app_class: AppClass | None = None
    dependent_apps: tuple[tuple[Dependency, ...], ...] = ()  # each: one of these; more than one exclude each other
    dependent_parent_exceptions: tuple[Dependency, ...] = ()
    release_order: ReleaseOrder = ReleaseOrder.AS_WRITTEN
    labels: Mapping[str, str] | None = None  # of 2019.01: personality → "k=v, k2=v2"


def read(node: Map, findings: Findings) -> Metadata:
    """Read the whole file. What is wrong goes into `findings`, all of it; unknown keys leave a note."""
    fields = Fields(node, "", findings)
    # What builds write and the platform does not use (build_date), or uses under another name (helm_repo).
    fields.ignored("build_date")
    metadata = Metadata(
        name=fields.text("app_name", pattern=NAME, form=NAME_FORM),
        version=fields.text("app_version", pattern=VERSION, form=VERSION_FORM),
        disabled_charts=frozenset(fields.texts("disabled_charts")),
        maintain_user_overrides=fields.flag("maintain_user_overrides"),
        maintain_attributes=fields.flag("maintain_attributes"),
        upgrades=_upgrades(fields),
        supported_k8s_version=_kubernetes_range(fields),
        k8s_upgrades=_kubernetes_upgrades(fields),
        supported_releases=_supported_releases(fields),
        patch_dependencies=fields.texts("patch_dependencies"),
        repo=fields.text("repo", pattern=NAME, form=NAME_FORM)
        or fields.text("helm_repo", pattern=NAME, form=NAME_FORM),
        apply_progress_adjust=fields.whole("apply_progress_adjust", least=-1000, most=1000) or 0,
        behavior=_behavior(fields),
        app_class=fields.choice("class", AppClass),
        dependent_apps=_dependent_apps(fields),
        dependent_parent_exceptions=tuple(_dependency(each) for each in fields.mappings("dependent_parent_exceptions")),
        release_order=fields.choice("release_order", ReleaseOrder) or ReleaseOrder.AS_WRITTEN,
        labels=fields.text_pairs("labels") or None,
    )
    fields.ignored("helm_repo")
    fields.note_unknown()
    return metadata


def _upgrades(fields: Fields) -> Upgrades:
    upgrades, downgrades = fields.mapping("upgrades"), fields.mapping("downgrades")
    auto_downgrade = downgrades.flag("auto_downgrade") if downgrades else None
    if downgrades:
        downgrades.note_unknown()
    if upgrades is None:
        return Upgrades(auto_downgrade=auto_downgrade)
    key = "from_versions"
    if key not in upgrades and "from_version" in upgrades:  # what StarlingX's own openstack application writes
        key = "from_version"
        upgrades.findings.note(upgrades.at(key), "upgrades.from_version is read as from_versions")
    found = Upgrades(
        auto_update=upgrades.flag("auto_update"),
        update_failure_no_rollback=upgrades.flag("update_failure_no_rollback"),
        from_versions=upgrades.texts(key),
        auto_downgrade=auto_downgrade,
    )
    for pattern in found.from_versions:
        _check_pattern(upgrades, key, pattern)
    upgrades.note_unknown()
    return found


def _kubernetes_range(fields: Fields) -> KubernetesRange | None:
    versions = fields.mapping("supported_k8s_version")
    if versions is None:
        return None
    minimum = versions.required_text("minimum", pattern=_KUBERNETES, form=_KUBERNETES_FORM)
    maximum = versions.text("maximum", pattern=_KUBERNETES, form=_KUBERNETES_FORM)
    if minimum and maximum and _numbers(maximum) < _numbers(minimum):
        versions.fault("maximum", f"is {maximum!r}, below the minimum {minimum}", expected="a maximum not below it")
    versions.note_unknown()
    return KubernetesRange(minimum, maximum)


def _numbers(version: str) -> tuple[int, ...]:
    """1.32 as a maximum includes 1.32.9."""
    parts = [int(part) for part in version.removeprefix("v").split(".")]
    return tuple(parts[:2])


def _kubernetes_upgrades(fields: Fields) -> KubernetesUpgrades | None:
    upgrades = fields.mapping("k8s_upgrades")
    if upgrades is None:
        return None
    auto_update, timing = upgrades.flag("auto_update"), upgrades.choice("timing", Timing)
    if "auto_update" not in upgrades:
        upgrades.missing("auto_update", "true or false; it goes with timing")
    if "timing" not in upgrades:
        upgrades.missing("timing", "pre or post; it goes with auto_update")
    upgrades.note_unknown()
    return KubernetesUpgrades(auto_update, timing) if auto_update is not None and timing else None


def _supported_releases(fields: Fields) -> Mapping[str, tuple[str, ...]] | None:
    releases = fields.mapping("supported_releases")
    return {release: releases.texts(release) for release in releases.node} if releases else None


def _behavior(fields: Fields) -> Behavior:
    behavior = fields.mapping("behavior")
    if behavior is None:
        return Behavior()
    reapply = behavior.mapping("evaluate_reapply")
    found = Behavior(
        platform_managed_app=behavior.flag("platform_managed_app"),
        desired_state=behavior.choice("desired_state", DesiredState),
        forbidden_manual_operations=frozenset(behavior.choices("forbidden_manual_operations", ForbiddenOperation)),
        reapply_after=reapply.texts("after") if reapply else (),
        triggers=_triggers(reapply) if reapply else (),
    )
    behavior.note_unknown()
    if reapply:
        reapply.note_unknown()
    return found


def _triggers(reapply: Fields) -> tuple[ReapplyTrigger, ...]:
    found = []
    for each in reapply.mappings("triggers"):
        kind = each.choice("type", Trigger)
        filters = tuple(_filter(one) for one in each.mappings("filters"))
        filter_field = each.text("filter_field")
        each.note_unknown()
        if "type" not in each:
            each.missing("type", "what causes the re-apply")
        if kind:
            found.append(ReapplyTrigger(kind, filters, filter_field))
    return tuple(found)


def _filter(fields: Fields) -> Mapping[str, str]:
    """Filters compare text: `True` in YAML is compared as "True"."""
    pairs = {}
    for key, value in fields.node.items():
        written = fields.node.texts.get(key, "")
        if value is None or isinstance(value, dict | list):
            fields.fault(key, "is no word", expected="a word to compare with")
        pairs[key] = written
    return pairs


def _dependent_apps(fields: Fields) -> tuple[tuple[Dependency, ...], ...]:
    found = []
    for index, each in enumerate(fields.items("dependent_apps")):
        place, name = fields.node["dependent_apps"].places[index], f"dependent_apps[{index}]"
        members = each if isinstance(each, list) else [each]
        if not all(isinstance(member, Map) for member in members):
            expected = "a mapping with name, version and action, or a list of such"
            fields.findings.fault(place, f"{name} is no application", expected=expected, remedy=f"correct {FILE}")
        elif isinstance(each, list) and len(members) < 2:
            expected = "two applications or more that exclude each other"
            fields.findings.fault(place, f"{name} has {len(members)}", expected=expected, remedy=f"correct {FILE}")
        else:
            found.append(tuple(_dependency(Fields(member, name, fields.findings)) for member in members))
    return tuple(found)


def _dependency(fields: Fields) -> Dependency:
    name = fields.required_text("name", pattern=NAME, form=NAME_FORM)
    version = fields.required_text("version")
    _check_pattern(fields, "version", version)
    action = fields.choice("action", Action)
    fields.note_unknown()
    return Dependency(name, version, action)


def _check_pattern(fields: Fields, key: str, pattern: str) -> None:
    expected = "a regular expression of at most 200 characters"
    if len(pattern) > 200:
        fields.fault(key, f"has {len(pattern)} characters", expected=expected)
        return
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        fields.fault(key, f"is {pattern!r}, no regular expression: {error}", expected=expected)
