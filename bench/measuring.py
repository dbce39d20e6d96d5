"""How the inventory's benchmark measures: processes, requests, cores, and nodes that a lab's API server lends."""

from __future__ import annotations

import base64
import http.client
import os
import resource
import ssl
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.models.core_v1 import NodeSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import DaemonSet
from lightkube.resources.core_v1 import Node

STARTS, REQUESTS, PERIOD, WINDOW = 10, 200, 0.05, 20.0
LENT = {"bench.sturnus.io": "lent"}


@dataclass(frozen=True)
class Command:
    """A whole process, from its start to its end."""

    argv: Sequence[str]
    environment: Mapping[str, str]

    def measured(self, runs: int) -> dict[str, Any]:
        """Medians; `runs` times 10 starts, after one that nobody counts."""
        self._once()
        walls, spent = [], []
        for _ in range(runs * STARTS):
            before = _children()
            started = time.perf_counter()
            self._once()
            walls.append(1000 * (time.perf_counter() - started))
            spent.append(1000 * (_children() - before))
        return {
            "wall_ms": statistics.median(walls), "wall_ms_quickest": min(walls), "cpu_ms": statistics.median(spent),
            "load": os.getloadavg()[0],
        }  # fmt: skip

    def _once(self) -> None:
        subprocess.run(self.argv, env=self.environment, check=True, stdout=subprocess.DEVNULL)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def requests_at(
    url: str, path: str, headers: Mapping[str, str], runs: int, tls: ssl.SSLContext | None = None
) -> dict[str, Any]:
    """GET at 20 requests a second on one connection; milliseconds until the last byte."""
    where = urlsplit(url)
    assert where.hostname is not None
    connection = (
        http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        if tls is None
        else http.client.HTTPSConnection(where.hostname, where.port, timeout=60, context=tls)
    )
    shares: list[dict[str, float]] = []
    size = 0
    for _ in range(runs):
        times = []
        for _ in range(REQUESTS):
            started = time.perf_counter()
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            size = len(answer.read())
            times.append(1000 * (time.perf_counter() - started))
            assert answer.status == 200
            time.sleep(max(0.0, PERIOD - times[-1] / 1000))
        times.sort()
        shares.append(
            {"p50_ms": times[len(times) // 2], "p99_ms": times[int(len(times) * 0.99) - 1], "load": os.getloadavg()[0]}
        )
    connection.close()
    return {
        "p50_ms": statistics.median(each["p50_ms"] for each in shares),
        "p99_ms": statistics.median(each["p99_ms"] for each in shares),
        "bytes": size, "requests": runs * REQUESTS, "runs": shares,
    }  # fmt: skip


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shares_of_a_core(pids: Mapping[str, int], runs: int) -> dict[str, list[float]]:
    """Percent of a core that each process used, all at the same time, over `runs` windows."""
    found: dict[str, list[float]] = {name: [] for name in pids}
    for _ in range(runs):
        started = time.monotonic()
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        time.sleep(WINDOW)  # a measurement over a time, not a wait for a fact
        for name, pid in pids.items():
            found[name].append(100 * (cpu_seconds(pid) - before[name]) / (time.monotonic() - started))
    return found


def peak_mib(pid: int) -> float:
    """The most memory that the process ever had."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


@dataclass
class Clusters:
    """The lab's API server, by its kubeconfig."""

    kubeconfig: Path
    url: str = ""
    _user: dict[str, str] = field(default_factory=dict)
    _authority: str = ""

    def __post_init__(self) -> None:
        said = yaml.safe_load(self.kubeconfig.read_text())
        self.url = said["clusters"][0]["cluster"]["server"]
        self._authority = base64.b64decode(said["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
        self._user = said["users"][0]["user"]

    def client(self) -> Client:
        return Client(KubeConfig.from_file(self.kubeconfig), trust_env=False)

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self._authority)
        with tempfile.NamedTemporaryFile() as file:
            for part in ("client-certificate-data", "client-key-data"):
                file.write(base64.b64decode(self._user[part]))
            file.flush()
            context.load_cert_chain(file.name)
        return context


@contextmanager
def nodes_lent(cluster: Clusters, names: Sequence[str]) -> Iterator[None]:
    """Nodes without kubelets, as long as the block runs. Daemon sets keep off them: they do not say `linux`."""
    client = cluster.client()
    network: dict[str, Any] = {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/os": "linux"}}}}}
    client.patch(DaemonSet, "pod-network", network, namespace="kube-system")
    try:
        for name in names:
            node = Node(metadata=ObjectMeta(name=name, labels=dict(LENT)), spec=NodeSpec(unschedulable=True))
            try:
                client.create(node)
            except ApiError as error:
                if error.status.code != http.client.CONFLICT:
                    raise
        yield
    finally:
        for name in names:
            with suppress(ApiError):  # was never made
                client.delete(Node, name)
        network["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/os": None}
        client.patch(DaemonSet, "pod-network", network, namespace="kube-system")
