"""What is wanted of each release: its chart, and the values that Helm gets on top of the chart's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.applications.bundle.chart_values import chart_values
from sturnus.applications.images.images import with_local_images
from sturnus.applications.overrides.layers import Layer, LayerValues, Merged, merged
from sturnus.applications.overrides.secret_values import long_enough, secret_paths
from sturnus.applications.overrides.values import Path, Values, laid_over
from sturnus.applications.release import Release

DIGEST_LABEL: Final = "sturnus.io/digest"
"""On Helm's record of a revision: what it was made from. A rollback has its target's."""
DIGEST_LENGTH: Final = 32
"""Hexadecimal digits: a label's value holds 63 characters."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What comes on top of chart and manifest for one release."""

    system: LayerValues
    user: LayerValues
    generated: frozenset[Path] = frozenset()  # paths whose values the platform generated: secret, whatever their names
    enabled: bool | None = None  # None: as the manifest says


NO_LAYERS: Final = Layers(LayerValues(Layer.SYSTEM, {}), LayerValues(Layer.USER, {}))


@dataclass(frozen=True, slots=True)
class WantedRelease:
    """A release, ready to be given to Helm."""

    release: Release
    merged: Merged
    values: Values  # for Helm: all but the chart's own
    digest: str
    secrets: frozenset[str]  # values that must not be shown
    generated: frozenset[Path]


def wanted(release: Release, layers: Layers, registry: str | None = None) -> WantedRelease:
    """Merge the layers of one release. Reads the chart's archive: call it in a thread.

    `registry` (HOST:PORT): images get the names that they have there, whoever named them; None: they keep theirs.

    Raises Invalid if the chart's own values are no YAML.
    """
    own = chart_values(release.chart)
    together = merged(
        LayerValues(Layer.CHART, own), LayerValues(Layer.MANIFEST, release.values), layers.system, layers.user
    )
    values = together.for_helm(own)
    if registry is not None:
        values = laid_over(values, with_local_images(together.values(), registry))
    return WantedRelease(
        release, together, values, digest(release, values), _secrets(together, layers.generated), layers.generated
    )


def digest(release: Release, values: Mapping[str, object]) -> str:
    """Changes when what runs would: the chart's bytes, the values, and whether hooks run."""
    hooks = (release.install_hooks.value, release.upgrade_hooks.value)
    text = json.dumps([release.chart.sha256, hooks, values], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def is_enabled(release: Release, layers: Layers) -> bool:
    """Whether a release is part of the application: the operator's word counts more than the manifest's."""
    return release.enabled if layers.enabled is None else layers.enabled


def _secrets(together: Merged, generated: frozenset[Path]) -> frozenset[str]:
    is_secret = secret_paths(generated)
    return long_enough(leaf.value for path, leaf in together.leaves() if is_secret(path))
