"""Helm charts made from parameters: real ones, that `helm template` renders and a cluster runs.

    write_chart(directory, ChartSpec("keystone", workloads=(
        Workload("keystone-api", waits=Waits(services=("mariadb",), jobs=("keystone-db-sync",))),
        Workload("keystone-db-sync", Kind.JOB, waits=Waits(services=("mariadb",)), hook=Hook(weight=-4), seconds=1),
    )))

* `ChartSpec`  name, version, workloads; `values` merged over those made here; `values_bytes` pads values.yaml with
  settings as OpenStack-Helm has them; `dependencies` are charts inside the chart (`TOOLKIT` is like helm-toolkit);
  `files` are added or replace generated ones: `{"templates/x.yaml": "{{ fail }}"}` makes a chart that does not render.
* `Workload`   one Deployment, DaemonSet, StatefulSet, Job or CronJob, by its full name; those that serve get a Service
  of the same name on port 80 (`serves=False`: none). Labels as in OpenStack-Helm: `release_group`, `application`,
  `component` (which is the name without the chart's: `api` of `keystone-api`).
* `Waits`      an init container named `init` with the environment of kubernetes-entrypoint (reference §4.5). It really
  waits: `dependency_check.command` in the values is a shell script (busybox, and kubectl if there is more than services
  to wait for) or `ENTRYPOINT_CHECK`; `NO_CHECK` declares and does not wait. Services are reached on port 80.
* `Hook`       makes a Job a Helm hook.
* `images`     role → reference; by default all run `BUSYBOX`, and `dep_check` runs `KUBECTL`.

What tests change by overrides, in every chart's values: `images.tags.<component>`, `pod.replicas.<component>`,
`work.<component>.seconds` (a Job's run time; otherwise the time until ready), `work.<component>.exit_code` (a Job's),
`conf.message` (lands in a ConfigMap; pods restart when it changes), `labels.<component>.{key,value}` (node selector).

Same parameters, same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from tests.tarballs import templates
from tests.tarballs.archives import tgz

BUSYBOX = "registry.local:9001/busybox:1"
KUBECTL = "registry.local:9001/kubernetes/kube-apiserver:v1.35.4"
SHELL_CHECK = ("sh", "-c", templates.WAIT_SCRIPT)
ENTRYPOINT_CHECK = ("kubernetes-entrypoint",)
NO_CHECK = ("sh", "-c", ":")


class Kind(StrEnum):
    DEPLOYMENT = "Deployment"
    DAEMONSET = "DaemonSet"
    STATEFULSET = "StatefulSet"
    JOB = "Job"
    CRONJOB = "CronJob"


class ChartApi(StrEnum):
    V1 = "v1"  # Helm 2: dependencies in requirements.yaml
    V2 = "v2"  # Helm 3 and 4: dependencies in Chart.yaml


@dataclass(frozen=True)
class PodWait:
    labels: Mapping[str, str]
    same_node: bool = True


@dataclass(frozen=True)
class Waits:
    services: tuple[str, ...] = ()  # "name" in the release's namespace, or "namespace:name"
    jobs: tuple[str, ...] = ()
    daemonsets: tuple[str, ...] = ()
    pods: tuple[PodWait, ...] = ()


@dataclass(frozen=True)
class Hook:
    events: str = "post-install,post-upgrade"
    weight: int = 0
    delete_policy: str = "before-hook-creation"


@dataclass(frozen=True)
class Workload:
    name: str
    kind: Kind = Kind.DEPLOYMENT
    waits: Waits = Waits()
    hook: Hook | None = None
    replicas: int = 1
    seconds: float = 0  # Job: how long it runs; otherwise: until it is ready
    serves: bool | None = None  # None: Deployments and StatefulSets do
    node_selector: tuple[str, str] | None = None  # ("openstack-control-plane", "enabled")

    @property
    def has_service(self) -> bool:
        return self.kind in {Kind.DEPLOYMENT, Kind.STATEFULSET} if self.serves is None else self.serves


@dataclass(frozen=True)
class ChartSpec:
    name: str
    version: str = "0.1.0"
    workloads: tuple[Workload, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    values_bytes: int = 0  # values.yaml has at least as many
    dependencies: tuple[ChartSpec, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    api: ChartApi = ChartApi.V2
    seed: int = 0

    def component(self, workload: Workload) -> str:
        return workload.name.removeprefix(f"{self.name}-")


def chart_tgz(spec: ChartSpec) -> bytes:
    """The archive, as `helm package` lays it out: everything below a directory of the chart's name."""
    return tgz({f"{spec.name}/{path}": text.encode() for path, text in chart_files(spec).items()})


def write_chart(directory: Path, spec: ChartSpec) -> Path:
    """Write `NAME-VERSION.tgz` into a directory that exists."""
    file = directory / f"{spec.name}-{spec.version}.tgz"
    file.write_bytes(chart_tgz(spec))
    return file


def chart_files(spec: ChartSpec) -> dict[str, str]:
    """Path within the chart → text."""
    files = _metadata(spec) | {"values.yaml": values_text(spec)}
    if spec.workloads:
        files["templates/configmap.yaml"] = templates.configmap(spec.name)
    for workload in spec.workloads:
        files[f"templates/{workload.kind.lower()}-{workload.name}.yaml"] = templates.workload(spec, workload)
    for dependency in spec.dependencies:
        files |= {f"charts/{dependency.name}/{path}": text for path, text in chart_files(dependency).items()}
    return {**files, **spec.files}


def values_text(spec: ChartSpec) -> str:
    """values.yaml of the chart."""
    values = _merged(_values(spec), spec.values)
    text = _yaml(values) if values else ""
    missing = spec.values_bytes - len(text)
    return text if missing <= 0 else text + _padding(missing, _chance(f"{spec.name}/{spec.seed}"))


def settings(size: int, seed: object, section: str = "padding") -> str:
    """YAML of about `size` bytes below the key `section`: what a service's configuration looks like in values."""
    return _padding(size, _chance(str(seed)), section)


def _chance(seed: str) -> random.Random:
    return random.Random(seed)


def _metadata(spec: ChartSpec) -> dict[str, str]:
    chart = {
        "apiVersion": spec.api.value,
        "name": spec.name,
        "version": spec.version,
        "appVersion": "v1.0.0",
        "description": f"Look-alike of {spec.name} for tests",
    }
    needed = [
        {"name": each.name, "version": each.version, "repository": f"file://../{each.name}"}
        for each in spec.dependencies
    ]
    if not needed:
        return {"Chart.yaml": _yaml(chart)}
    if spec.api is ChartApi.V1:
        return {"Chart.yaml": _yaml(chart), "requirements.yaml": _yaml({"dependencies": needed})}
    return {"Chart.yaml": _yaml(chart | {"dependencies": needed})}


def _values(spec: ChartSpec) -> dict[str, Any]:
    components = {spec.component(each): each for each in spec.workloads}
    if not components:
        return {}
    tags = dict.fromkeys(components, BUSYBOX) | {"dep_check": KUBECTL} | dict(spec.images)
    selectors = {name: each.node_selector for name, each in components.items() if each.node_selector}
    return {
        "images": {"tags": tags, "pull_policy": "IfNotPresent"},
        "dependency_check": {"command": list(SHELL_CHECK)},
        "labels": {name: {"key": key, "value": value} for name, (key, value) in selectors.items()},
        "pod": {"replicas": {name: each.replicas for name, each in components.items() if each.kind in _REPLICATED}},
        "work": {name: {"seconds": each.seconds, "exit_code": 0} for name, each in components.items()},
        "conf": {"message": "hello"},
    }


_REPLICATED = {Kind.DEPLOYMENT, Kind.STATEFULSET}
_WORDS = ("api", "auth", "backend", "cache", "driver", "host", "interval", "limit", "log", "max", "notify", "pool",
          "port", "queue", "region", "retry", "rpc", "state", "timeout", "transport", "user", "worker")  # fmt: skip


def _padding(size: int, chance: random.Random, section: str = "padding") -> str:
    """Made as text, line by line: dumping megabytes of YAML from Python would be the slowest part of the tests."""
    lines, length = [f"{section}:"], len(section) + 2
    while length < size:
        if len(lines) % 40 == 1:
            line = f"  group_{len(lines) // 40}:"
        else:
            name = "_".join(chance.choices(_WORDS, k=3))
            line = f"    {name}_{len(lines)}: {chance.choice(_VALUES)}{chance.randrange(100_000)}"
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines) + "\n"


_VALUES = ("", "", "http://service.openstack.svc:", "/var/lib/openstack/", "rabbit://host:", "v")


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def _yaml(value: object) -> str:
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, width=200)


TOOLKIT = ChartSpec(
    "helm-toolkit",
    files={f"templates/snippets/_snippet_{number}.tpl": templates.snippet(number) for number in range(60)},
)
"""Like helm-toolkit: only named templates, some sixty files of them; inside nearly every chart of OpenStack-Helm."""
