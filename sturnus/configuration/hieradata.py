"""Composes a host's hieradata from what the plugins say, and names it: the target that the host has to reach."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any, Final

import yaml

from sturnus.configuration.facts import HostFacts, PlatformFacts, Secrets
from sturnus.configuration.plugins import Plugin, Values, client, keystone, kubernetes, nfv, platform

PLUGINS: Final[tuple[Plugin, ...]] = (
    platform.PLUGIN, keystone.PLUGIN, nfv.PLUGIN, kubernetes.PLUGIN, client.PLUGIN,
)  # fmt: skip
SENSITIVE: Final = {"lookup_options": {"^.*(password|admission)$": {"convert_to": "Sensitive"}}}
"""Puppet keeps such values out of its reports and logs."""
_NAMES: Final = uuid.UUID("0a0b7c86-9a5e-5b07-8f5a-0d2f6c1a9e11")


class Mode(IntEnum):
    """Who may read a file of hieradata."""

    WORLD = 0o644
    ROOT = 0o600


@dataclass(frozen=True, slots=True)
class HieraFile:
    """One file. Of a secret one not even the keys are shown."""

    name: str
    mode: Mode
    values: Mapping[str, Any] = field(repr=False)

    @property
    def text(self) -> str:
        """As Hiera reads it: keys in order, so equal values are equal files."""
        return "---\n" + yaml.safe_dump(dict(self.values), sort_keys=True, default_flow_style=False)


def public_files(facts: PlatformFacts, host: HostFacts) -> tuple[HieraFile, ...]:
    """What everybody on the host may read. A host gets what its own classes need: the others' changes are not its."""
    parts = [plugin for plugin in PLUGINS if plugin.classes(host)]
    classes = [name for plugin in parts for name in plugin.classes(host)]
    own = _joined((plugin.name, plugin.host(facts, host)) for plugin in parts)
    return (
        HieraFile("static.yaml", Mode.WORLD, _joined((plugin.name, plugin.static(facts)) for plugin in parts)),
        HieraFile("system.yaml", Mode.WORLD, _joined((plugin.name, plugin.system(facts)) for plugin in parts)),
        HieraFile(f"{host.hostname}.yaml", Mode.WORLD, {**own, "classes": classes}),
    )


def secure_files(facts: PlatformFacts, host: HostFacts, secrets: Secrets) -> tuple[HieraFile, ...]:
    """What only root may read. A host that runs none of the platform's programs gets none of their secrets."""
    if not host.is_controller:
        return _of_a_worker(secrets)
    static = _joined((plugin.name, plugin.secure_static(secrets)) for plugin in PLUGINS)
    system = _joined((plugin.name, plugin.secure_system(facts, secrets)) for plugin in PLUGINS)
    return (
        HieraFile("secure_static.yaml", Mode.ROOT, {**static, **SENSITIVE}),
        HieraFile("secure_system.yaml", Mode.ROOT, {**system, **SENSITIVE}),
    )


def _of_a_worker(secrets: Secrets) -> tuple[HieraFile, ...]:
    """Make nothing but what lets it into the cluster; not a part of the target: it differs each time."""
    if secrets.admission is None:
        return ()
    values = {kubernetes.ADMISSION: json.dumps(asdict(secrets.admission))}
    return (HieraFile("secure_system.yaml", Mode.ROOT, {**values, **SENSITIVE}),)


def target(facts: PlatformFacts, host: HostFacts) -> str:
    """Name what the host has to be (`config_target` on the wire): a uuid of the values, so equal is equal.

    Upstream's is a random number for each request; this one says by itself whether anything has to be done.
    """
    said = {each.name: each.values for each in public_files(facts, host)}
    return str(uuid.uuid5(_NAMES, json.dumps(said, sort_keys=True)))


def _joined(parts: Iterable[tuple[str, Values]]) -> Values:
    """One mapping of all. Two plugins that set one key are a defect: the later one would win in silence."""
    found: dict[str, Any] = {}
    for name, values in parts:
        if twice := found.keys() & values.keys():
            raise ValueError(f"plugin {name} sets {sorted(twice)}, which another one sets too")
        found |= values
    return found
