"""What a chart becomes with its values: the objects, hooks among them, without touching the cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sturnus.helm.failure import Failure, HelmFailed, failed
from sturnus.helm.manifest import NotYaml, documents
from sturnus.helm.process import Ground, Output, run
from sturnus.helm.scrubbing import Scrubber

DEADLINE: Final = timedelta(minutes=3)
"""For one chart: with a hundred hosts' overrides Nova takes 96 s (reference/applications.md §6.4)."""
HOOK: Final = "helm.sh/hook"
_WEIGHT: Final = "helm.sh/hook-weight"
_DELETE: Final = "helm.sh/hook-delete-policy"


class Phase(StrEnum):
    """When Helm runs a hook (helm/v4 pkg/release/v1/hook.go)."""

    PRE_INSTALL = "pre-install"
    """Before the objects of a first install are made."""
    POST_INSTALL = "post-install"
    """After they are made; they need not be ready."""
    PRE_UPGRADE = "pre-upgrade"
    """Before the objects change."""
    POST_UPGRADE = "post-upgrade"
    """After they have been changed."""
    PRE_ROLLBACK = "pre-rollback"
    """Before the objects change back."""
    POST_ROLLBACK = "post-rollback"
    """After they have been changed back."""
    PRE_DELETE = "pre-delete"
    """Before the objects are deleted; Helm waits for its end."""
    POST_DELETE = "post-delete"
    """After they are deleted."""
    TEST = "test"
    """Only by `helm test`."""


_PHASES: Final = {phase.value: phase for phase in Phase} | {"test-success": Phase.TEST}


@dataclass(frozen=True, slots=True)
class Hook:
    """That an object is a hook, and when it runs."""

    phases: frozenset[Phase]
    weight: int  # the smaller, the earlier
    delete_policies: frozenset[str]  # "before-hook-creation", "hook-succeeded", "hook-failed"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One object of a chart."""

    template: str  # "keystone/templates/job-db-sync.yaml"
    content: Mapping[str, Any]
    hook: Hook | None  # None: an ordinary object of the release

    @property
    def kind(self) -> str:
        """`Job`."""
        return str(self.content["kind"])

    @property
    def name(self) -> str:
        """`keystone-db-sync`."""
        return str((self.content.get("metadata") or {}).get("name", ""))


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What templates may ask of the cluster."""

    kubernetes_version: str  # "v1.35.4"
    api_versions: Sequence[str]  # "apps/v1" and "apps/v1/Deployment" (`ApiKinds.versions`)


class For(StrEnum):
    """What the templates are told they are rendered for."""

    INSTALL = "install"
    """`.Release.IsInstall`."""
    UPGRADE = "upgrade"
    """`.Release.IsUpgrade`."""


async def render(  # noqa: PLR0913 -- what templates see
    ground: Ground,
    chart: Path,
    *,
    namespace: str,
    name: str,
    values: Mapping[str, Any],
    capabilities: Capabilities,
    purpose: For = For.INSTALL,
    secrets: Collection[str] = (),
) -> list[Rendered]:
    """Render a chart (archive or directory): CRDs first, then objects in Helm's order of installation, then hooks.

    `secrets` are values that errors must not repeat, beside those that `values` show to be secret by their names.
    Templates that `lookup` find nothing, as nothing is asked of the cluster.

    Raises:
        HelmFailed: `DOES_NOT_RENDER`, with template and line where there is one; `INVALID_VALUES`, if the chart has a
            schema; `INVALID_CHART`; `TIMED_OUT`.
        Unavailable: there is no helm program.

    """
    arguments = ["template", name, str(chart), "--namespace", namespace, "--values", "-", "--include-crds"]
    arguments += ["--kube-version", capabilities.kubernetes_version]
    if capabilities.api_versions:
        arguments += ["--api-versions", ",".join(capabilities.api_versions)]
    if purpose is For.UPGRADE:
        arguments.append("--is-upgrade")
    subject = f"{namespace}/{name}"
    ended = await run(ground, arguments, subject=subject, deadline=DEADLINE, values=values, output=Output.KEEP)
    if not ended.succeeded:
        raise failed(ended, subject, Scrubber.of(values, secrets))
    try:
        # Parsing takes up to a second, and the loop has other releases to look after.
        return await asyncio.to_thread(parse, ended.output.decode(errors="replace"))
    except NotYaml as broken:
        raise HelmFailed(
            Failure.DOES_NOT_RENDER, f"{subject}: {broken}", where=f"{broken.template}:{broken.line}"
        ) from broken


def parse(text: str) -> list[Rendered]:
    """The objects in what `helm template` wrote.

    Raises:
        NotYaml: a document is no YAML, or no object.

    """
    return [Rendered(document.template, document.content, _hook(document.content)) for document in documents(text)]


def as_applied(rendered: Rendered, namespace: str, name: str) -> dict[str, Any]:
    """An object as Helm applies it: with the marks by which it knows its own (helm/v4 pkg/action/validate.go)."""
    metadata = dict(rendered.content.get("metadata") or {})
    metadata["labels"] = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": "Helm"}
    metadata["annotations"] = {
        **(metadata.get("annotations") or {}),
        "meta.helm.sh/release-name": name,
        "meta.helm.sh/release-namespace": namespace,
    }
    return {**rendered.content, "metadata": metadata}


def hooks_in_order(rendered: Sequence[Rendered], phases: Sequence[Phase]) -> list[Rendered]:
    """The hooks of some phases in the order in which Helm runs them: phase by phase, by weight, then name."""
    return [
        item
        for phase in phases
        for item in sorted(
            (item for item in rendered if item.hook and phase in item.hook.phases),
            key=lambda item: (item.hook.weight if item.hook else 0, item.name),
        )
    ]


def _hook(content: Mapping[str, Any]) -> Hook | None:
    annotations = (content.get("metadata") or {}).get("annotations") or {}
    phases = frozenset(_PHASES[word] for word in _words(annotations.get(HOOK)) if word in _PHASES)
    if not phases:
        return None
    weight = str(annotations.get(_WEIGHT, "0"))
    return Hook(
        phases, int(weight) if weight.lstrip("+-").isdigit() else 0, frozenset(_words(annotations.get(_DELETE)))
    )


def _words(text: object) -> list[str]:
    return [word.strip() for word in str(text or "").split(",") if word.strip()]
