"""Whether the cluster has hosts for what would be installed: the labels, and the room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.plan.objects import Object, name_of
from sturnus.core.few import few_in_words
from sturnus.kubernetes.room import requests

PLACED: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"})


@dataclass(frozen=True, slots=True)
class HostRoom:
    """A node, as far as placing pods goes."""

    name: str
    labels: Mapping[str, str]
    free_cpus: float  # not asked for by pods that stay
    free_memory: float  # bytes


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What would keep the installation from ending well, and what to do about it."""

    subject: str  # release, object or host
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What the pods of one workload ask for."""

    owner: str  # "Deployment/keystone-api"
    kind: str
    selector: Mapping[str, str]
    pods: int  # of a DaemonSet: on each host
    cpus: float  # of one pod
    memory: float  # bytes, of one pod


def demands(objects: Iterable[Object]) -> list[Demand]:
    """What each workload of a manifest asks for."""
    found = []
    for each in objects:
        pod = _pod_spec(each)
        if pod is not None:
            asked = requests(pod)
            replicas = (each.get("spec") or {}).get("replicas", 1)
            pods = replicas if isinstance(replicas, int) and each["kind"] in {"Deployment", "StatefulSet"} else 1
            selector = {str(key): str(value) for key, value in (pod.get("nodeSelector") or {}).items()}
            found.append(Demand(str(name_of(each)), each["kind"], selector, pods, asked["cpu"] / 1000, asked["memory"]))
    return found


def without_hosts(wanted: Sequence[Demand], hosts: Sequence[HostRoom]) -> list[Obstacle]:
    """Selectors that match no host, one line for each, with all the workloads that it stops."""
    stopped: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for demand in wanted:
        if demand.pods > 0 and not _matching(demand, hosts):
            stopped.setdefault(tuple(sorted(demand.selector.items())), []).append(demand.owner)
    return [_no_host(dict(selector), owners) for selector, owners in stopped.items()]


def without_room(wanted: Sequence[Demand], hosts: Sequence[HostRoom]) -> list[Obstacle]:
    """Selectors whose hosts, together or one by one, have less to give than their pods ask for."""
    found = []
    for demand in wanted:
        matching = _matching(demand, hosts)
        if matching and not any(
            host.free_cpus >= demand.cpus and host.free_memory >= demand.memory for host in matching
        ):
            best = max(matching, key=lambda host: host.free_memory)
            found.append(
                Obstacle(
                    demand.owner,
                    f"a pod asks for {_amount(demand.cpus, demand.memory)}, and {best.name} has "
                    f"{_amount(best.free_cpus, best.free_memory)} free at most",
                    "free some of it, add a host, or ask for less: system helm-override-update",
                )
            )
    return found + _too_much_together(wanted, hosts)


def _too_much_together(wanted: Sequence[Demand], hosts: Sequence[HostRoom]) -> list[Obstacle]:
    cpus = sum(demand.cpus * _count(demand, hosts) for demand in wanted)
    memory = sum(demand.memory * _count(demand, hosts) for demand in wanted)
    free_cpus, free_memory = sum(host.free_cpus for host in hosts), sum(host.free_memory for host in hosts)
    if cpus <= free_cpus and memory <= free_memory:
        return []
    return [
        Obstacle(
            "all hosts",
            f"the pods ask for {_amount(cpus, memory)} in all, and {_amount(free_cpus, free_memory)} is free",
            "add a host, or ask for less: system helm-override-update",
        )
    ]


def _count(demand: Demand, hosts: Sequence[HostRoom]) -> int:
    return demand.pods * (len(_matching(demand, hosts)) if demand.kind == "DaemonSet" else 1)


def _matching(demand: Demand, hosts: Sequence[HostRoom]) -> list[HostRoom]:
    return [host for host in hosts if demand.selector.items() <= host.labels.items()]


def _no_host(selector: Mapping[str, str], owners: Sequence[str]) -> Obstacle:
    shown = few_in_words(owners, 3)
    if not selector:
        return Obstacle(shown, "there is no host in the cluster", "system host-list")
    labels = " ".join(f"{key}={value}" for key, value in sorted(selector.items()))
    return Obstacle(shown, f"no host has {labels}", f"system host-label-assign HOST {labels}")


def _pod_spec(found: Object) -> Mapping[str, Any] | None:
    if found.get("kind") not in PLACED:
        return None
    spec: Any = found.get("spec") or {}
    if found["kind"] == "Pod":
        return dict(spec)
    if found["kind"] == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    template = spec.get("template") or {}
    return dict(template.get("spec") or {})


def _amount(cpus: float, memory: float) -> str:
    return f"{cpus:.2g} CPUs and {memory / 2**20:.0f} MiB"
