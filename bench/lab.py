"""Measures the lab: times, memory and idle load, each beside its goal. Takes about 4 minutes.

No peer runs on such a machine: kind and k3d need a container engine, StarlingX' and Sunbeam's own labs need hardware
virtualisation and 16 GB or more. The goals stand in for them.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RUNS = 3
NAME = "bench"
LAB = Path(sys.executable).with_name("lab")
RESULTS = Path(__file__).parent / "results" / "lab.json"


@dataclass
class Figure:
    """One figure: every run, their median, and the goal."""

    what: str
    unit: str
    runs: list[float]
    median: float
    goal: float


def lab(*arguments: str) -> tuple[float, str]:
    """Run a command on the lab; seconds, and what it said."""
    command, *rest = arguments
    started = time.monotonic()
    done = subprocess.run([LAB, command, "--name", NAME, *rest], capture_output=True, text=True, check=False)
    if done.returncode not in {0, 3}:
        sys.exit(f"lab {' '.join(arguments)}: {done.stderr}")
    return time.monotonic() - started, done.stdout + done.stderr


def seconds_until(what: Callable[[], bool]) -> float:
    started = time.monotonic()
    while not what():
        if time.monotonic() - started > 120:
            sys.exit("not after 120 s")
        time.sleep(0.1)
    return time.monotonic() - started


def node_is(host: str, wanted: str) -> bool:
    shown = lab("status", "--format", "json")[1]
    return any(found["name"] == host and found["node"] == wanted for found in json.loads(shown)["hosts"])


def until_nodes_ready(said: str) -> float:
    """Seconds until the nodes were ready, from what `lab up` printed step by step."""
    total = 0.0
    for seconds, step in re.findall(r"^ *([0-9.]+) s  (.*)$", said, re.MULTILINE):
        if "own pods" in step:
            break
        total += float(seconds)
    return total


def used_mib() -> float:
    hosts = json.loads(lab("status", "--format", "json")[1])["hosts"]
    rack = int(Path(f"/run/sturnus-lab/{NAME}/rack").read_text().split()[0])
    rss = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{rack}/status").read_text())
    return sum(host["memory_used_mib"] for host in hosts) + int(rss.group(1)) / 1024 if rss else 0.0


def idle_share_of_a_core(seconds: float = 20) -> float:
    """CPU time that all hosts' cgroups used, in % of one core."""

    def used() -> int:
        return sum(int(file.read_text()) for file in Path("/sys/fs/cgroup/cpuacct").glob(
            f"**/sturnus-lab/{NAME}/*/cpuacct.usage"))  # fmt: skip

    before = used()
    time.sleep(seconds)  # a measurement over a time, not a wait for a fact
    return (used() - before) / 1e9 / seconds * 100


def one_run() -> dict[str, float]:
    lab("down")
    whole, said = lab("up")
    found = {"up: nodes ready": until_nodes_ready(said), "up: everything ready": whole}
    found["up again, nothing to do"] = lab("up")[0]
    found["memory of hosts and rack"] = used_mib()
    found["idle"] = idle_share_of_a_core()
    lab("power", "off", "compute-1")
    found["power off until NotReady"] = seconds_until(lambda: node_is("compute-1", "NotReady"))
    lab("power", "on", "compute-1")
    found["power on until Ready"] = seconds_until(lambda: node_is("compute-1", "Ready"))
    lab("down", "--keep-disks")
    found["up from existing disks: nodes ready"] = until_nodes_ready(lab("up")[1])
    found["down"] = lab("down")[0]
    return found


GOALS = {
    "up: nodes ready": ("s", 25),
    "up: everything ready": ("s", 60),
    "up again, nothing to do": ("s", 5),
    "memory of hosts and rack": ("MiB", 1024),
    "idle": ("% of a core", 25),
    "power off until NotReady": ("s", 13),
    "power on until Ready": ("s", 10),
    "up from existing disks: nodes ready": ("s", 10),
    "down": ("s", 5),
}


def main() -> None:
    runs = [one_run() for _ in range(RUNS)]
    figures = [
        Figure(
            what,
            unit,
            [round(run[what], 1) for run in runs],
            round(statistics.median(run[what] for run in runs), 1),
            goal,
        )
        for what, (unit, goal) in GOALS.items()
    ]
    for figure in figures:
        verdict = "within" if figure.median <= figure.goal else "MISSED"
        print(f"{figure.what:38} {figure.median:7} {figure.unit:12} goal {figure.goal:5}  {verdict}  {figure.runs}")
    measured = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "figures": [asdict(f) for f in figures]}
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
