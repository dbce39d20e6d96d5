"""Sturnus' engine beside helmfile: the same 23 charts, the same cluster, one run. Takes about 7 minutes.

    make bench-setup && make lab-up LAB=bench && .venv/bin/python bench/applications.py --lab bench

The charts have a Deployment, a Service and a post-install Job each; the graph is that of today's stx-openstack
(reference/applications.md §3.3, 11 deep). The pods of the second application wait for what services really need.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.measuring import peak_mib
from bench.table import show
from bench.writes import writes, written
from lab.ground import records
from lab.programs.build import built, peer
from sturnus.core.application_states import ApplicationForm
from tests.integration.engine.platform import Platform, serving
from tests.tarballs import openstack
from tests.tarballs.applications import ApplicationSpec, ReleaseSpec, write_tarball
from tests.tarballs.charts import NO_CHECK, ChartSpec, Hook, Kind, Waits, Workload, write_chart
from tests.tarballs.openstack import DISABLED_TODAY, GRAPH

RESULTS = Path(__file__).parent / "results" / "applications.json"
SERVICES = ("mariadb", "rabbitmq", "memcached", "keystone")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "mariadb": (), "rabbitmq": (), "memcached": (), "ingress-nginx-openstack": (), "nginx-ports-control": (),
    "libvirt": (), "openvswitch": (), "garbd": ("mariadb",), "keystone": ("mariadb", "rabbitmq", "memcached"),
    "nova": (*SERVICES, "placement"), "neutron": (*SERVICES, "nova"), "pci-irq-affinity-agent": ("nova",),
    "nova-api-proxy": ("nova",), "horizon": ("keystone",), "prometheus-openstack-exporter": ("keystone",),
    "clients": ("keystone",), "fm-rest-api": ("keystone", "mariadb"),
}  # fmt: skip
"""What each service really needs; those that are not named need the first four."""


def enabled() -> list[str]:
    return [name for name in GRAPH if name not in DISABLED_TODAY]


def chart(name: str, *, waits: bool) -> ChartSpec:
    """A Deployment, a Service and a post-install Job. With `waits` its pods say what they need, and do not check it."""
    wanted = NEEDS.get(name, SERVICES) if waits else ()
    needed = Waits(services=tuple(f"{each}-api" for each in wanted))
    job = Workload(f"{name}-sync", Kind.JOB, waits=needed, hook=Hook(), seconds=0)
    values = {"dependency_check": {"command": list(NO_CHECK)}} if waits else {}
    return ChartSpec(name, workloads=(Workload(f"{name}-api", waits=needed), job), values=values)


def application(name: str, *, declared: bool) -> ApplicationSpec:
    names = enabled()
    releases = tuple(
        ReleaseSpec(
            chart(each, waits=declared), after=tuple(other for other in GRAPH[each] if other in names), timeout=600
        )
        for each in names
    )
    metadata = {"release_order": "as-declared"} if declared else {}
    return ApplicationSpec(name, releases=releases, namespace=name, prefix=name, metadata=metadata)


def helmfile(directory: Path, kubeconfig: Path, *arguments: str) -> float:
    command: list[str | Path] = [peer("helmfile"), "--helm-binary", built() / "helm", "--quiet", *arguments]
    environment = {
        "KUBECONFIG": str(kubeconfig), "HOME": str(directory), "PATH": f"{built()}:/usr/bin:/bin",
        "HELMFILE_UPGRADE_NOTICE_DISABLED": "1",
    }  # fmt: skip
    started = time.monotonic()
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"helmfile {' '.join(arguments)}: {done.stderr[-3000:]}")
    return time.monotonic() - started


def write_helmfile(directory: Path, *, waits: bool) -> None:
    """The charts of one of our applications, in the written order: the only one that helmfile knows."""
    names = enabled()
    releases = []
    for name in names:
        file = write_chart(directory, chart(name, waits=waits))
        needs = [f"peer/{other}" for other in GRAPH[name] if other in names]
        releases.append(
            {"name": name, "namespace": "peer", "chart": str(file), "needs": needs, "wait": True, "timeout": 600}
        )
    (directory / "helmfile.yaml").write_text(yaml.safe_dump({"releases": releases}))


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def engine_figures(operation: Mapping[str, Any], order: Mapping[str, set[str]]) -> dict[str, float]:
    """From the engine's own notes: the critical path of the releases' own times, and how late each start was."""
    began = {each["release"]: seconds(each["started_at"]) for each in operation["releases"]}
    ended = {each["release"]: seconds(each["finished_at"]) for each in operation["releases"]}
    finish: dict[str, float] = {}
    delays = []
    for name in sorted(began, key=lambda each: began[each]):
        before = order[name]
        finish[name] = ended[name] - began[name] + max((finish[other] for other in before), default=0.0)
        if before:
            delays.append(1000 * (began[name] - max(ended[other] for other in before)))
    first, last = min(began.values()), max(ended.values())
    delays.sort()
    return {
        "releases_wall_s": last - first,
        "critical_path_s": max(finish.values()),
        "critical_path_ratio": (last - first) / max(finish.values()),
        "edge_delay_ms_p50": delays[len(delays) // 2],
        "edge_delay_ms_p99": delays[min(len(delays) - 1, int(len(delays) * 0.99))],
    }


def install(platform: Platform, name: str) -> float:
    started = time.monotonic()
    platform.system("application-install", name, "--wait", "--format", "json")
    return time.monotonic() - started


def plan_of_openstack(platform: Platform, scratch: Path) -> float:
    """Charts of the number and size of today's stx-openstack, planned for the first time."""
    spec = openstack.today()
    platform.system("application-upload", str(write_tarball(scratch, spec, ApplicationForm.FLUXCD)))
    started = time.monotonic()
    platform.system("application-plan", spec.name, "--format", "json", status=1)  # no host has its labels
    return time.monotonic() - started


def measure(platform: Platform, kubeconfig: Path, scratch: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {"openstack_plan_s": plan_of_openstack(platform, scratch)}
    for name, declared in (("written", False), ("declared", True)):
        spec = application(name, declared=declared)
        platform.system("application-upload", str(write_tarball(scratch, spec, ApplicationForm.FLUXCD)))
        started = time.monotonic()
        platform.system("application-plan", name, "--format", "json")
        figures[f"{name}_plan_s"] = time.monotonic() - started
        figures[f"{name}_install_s"] = install(platform, name)
        names = {f"{name}-{each}": each for each in enabled()}
        edges = NEEDS if declared else GRAPH
        order = {
            release: {
                f"{name}-{other}" for other in edges.get(each, SERVICES) if other in names.values() and other != each
            }
            for release, each in names.items()
        }
        figures[name] = engine_figures(platform.operations(name)[0], order)
        before = written(kubeconfig, name)
        figures[f"{name}_noop_s"] = install(platform, name)
        figures[f"{name}_noop_writes"] = writes(before, written(kubeconfig, name))
        platform.system("application-remove", name, "--wait")
    return figures


def run(lab: str) -> dict[str, Any]:
    known = records.existing(lab)
    kubeconfig = known.paths.kubeconfig
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        figures = measure_helmfile(scratch, kubeconfig)
        with serving(known, scratch) as platform:
            figures |= measure(platform, kubeconfig, scratch)
            assert platform.server.process is not None
            figures["server_peak_mib"] = peak_mib(platform.server.process.pid)
    return figures


def measure_helmfile(scratch: Path, kubeconfig: Path) -> dict[str, Any]:
    """The same charts as each of our applications has."""
    figures: dict[str, Any] = {}
    for name, waits in (("written", False), ("declared", True)):
        directory = scratch / f"peer-{name}"
        directory.mkdir()
        write_helmfile(directory, waits=waits)
        figures[f"helmfile_{name}_sync_s"] = helmfile(directory, kubeconfig, "sync")
        if name == "written":
            figures["helmfile_second_sync_s"] = helmfile(directory, kubeconfig, "sync")
        helmfile(directory, kubeconfig, "destroy")
    return figures


def summary(figures: Mapping[str, Any]) -> dict[str, float]:
    releases = len(enabled())
    return {
        "wall_ratio_to_helmfile": figures["written_install_s"] / figures["helmfile_written_sync_s"],
        "declared_ratio_to_helmfile": figures["declared_install_s"] / figures["helmfile_declared_sync_s"],
        "critical_path_ratio": figures["written"]["critical_path_ratio"],
        "noop_writes": figures["written_noop_writes"],
        "noop_ratio_to_helmfile": figures["written_noop_s"] / figures["helmfile_second_sync_s"],
        "overhead_s_per_release": (figures["written_install_s"] - figures["written"]["critical_path_s"]) / releases,
        "edge_delay_ms_p99": figures["written"]["edge_delay_ms_p99"],
        "plan_s": figures["written_plan_s"],
        "openstack_plan_s": figures["openstack_plan_s"],
        "server_peak_mib": figures["server_peak_mib"],
    }


GOALS = {
    "wall_ratio_to_helmfile": 0.8, "declared_ratio_to_helmfile": 0.4, "critical_path_ratio": 1.05, "noop_writes": 0,
    "noop_ratio_to_helmfile": 0.2, "overhead_s_per_release": None, "edge_delay_ms_p99": 100, "plan_s": None,
    "openstack_plan_s": 20,
    "server_peak_mib": 200,
}  # fmt: skip
HOW = {
    "wall_ratio_to_helmfile": "application-install --wait, the whole command, beside a first helmfile sync, wait: true",
    "declared_ratio_to_helmfile": "likewise, as-declared; helmfile has the same charts, init containers too",
    "critical_path_ratio": "first start to last end of the releases, by the longest chain of their own times",
    "noop_writes": "objects whose resourceVersion changed during a second install",
    "noop_ratio_to_helmfile": "second install beside second helmfile sync",
    "overhead_s_per_release": "command time beyond the critical path, by the number of releases",
    "edge_delay_ms_p99": "start of a release after its last predecessor was ready, by the engine's notes",
    "plan_s": "application-plan of the 23 small charts, cold",
    "openstack_plan_s": "application-plan of charts of the number and size of today's stx-openstack, cold",
    "server_peak_mib": "VmHWM of the whole server, engine included, without helm's own processes",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", default="bench")
    found = run(parser.parse_args().lab)
    figures = summary(found)
    show(figures, GOALS)
    record = {"taken": datetime.now(UTC).isoformat(timespec="seconds"), "figures": figures, "how": HOW, "raw": found}
    RESULTS.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
