"""The inventory at 1,000 hosts with 8 labels each, and the start of `system`, beside peers. Takes about 10 minutes.

    make lab-up LAB=bench && .venv/bin/python bench/inventory.py --lab bench [--openstack PATH]

The lab lends its API server: a thousand nodes without kubelets are made there, and taken away at the end. Peers are
Kubernetes' own client and server with as many nodes and labels, and a bare Python. `--openstack` names an OpenStack
client (PyPI's python-openstackclient, in an environment of its own). The public `system` (cgtsclient) and its server
are in no registry, and the server wants a StarlingX image: neither can be measured here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import fleet
from bench.measuring import Clusters, Command, cpu_seconds, nodes_lent, peak_mib, requests_at, shares_of_a_core
from bench.walks import label_walks
from lab.ground import records
from lab.programs.build import built
from tests.integration.databases import POSTGRES_PROGRAMS, Postgres
from tests.integration.inventory.agent import let_agents_enrol
from tests.integration.inventory.server import TOKENS, Server

RESULTS = Path(__file__).parent / "results" / "inventory.json"
RUNS = 3
"""Of each measurement; the figures are medians of them."""


def server_in(home: Path, name: str, url: str | None = None, **settings: str) -> Server:
    """A server that is ready to be filled and started."""
    (home / name).mkdir()
    made = Server(home / name, url or f"sqlite+aiosqlite:///{home}/{name}/sturnus.db", settings)
    let_agents_enrol(made)
    made.upgrade()
    return made


def commands(server: Server, program: Path, name: str) -> dict[str, Any]:
    """The whole process `system host-list`."""
    environment = os.environ | {"OS_AUTH_TOKEN": TOKENS["admin"], "SYSTEM_URL": f"http://127.0.0.1:{server.port}"}
    return {name: Command([str(program), "host-list"], environment).measured(RUNS)}


def lists(server: Server, database: str) -> dict[str, Any]:
    headers = {"X-Auth-Token": TOKENS["admin"]}
    assert server.process is not None
    found = {}
    for path in ("/v1/ihosts", "/v1/labels"):
        before = cpu_seconds(server.process.pid)
        found[f"{path} {database}"] = requests_at(f"http://127.0.0.1:{server.port}", path, headers, RUNS)
        spent = cpu_seconds(server.process.pid) - before
        found[f"{path} {database}"]["server_cpu_ms"] = 1000 * spent / found[f"{path} {database}"]["requests"]
    return found


def small_and_large(home: Path, postgres: Postgres) -> dict[str, Any]:
    """Commands and lists, on both databases."""
    program = Path(sys.executable).parent / "system"
    empty = server_in(home, "empty")
    empty.start()
    found = commands(empty, program, "system host-list")
    empty.stop()
    for database, url in (("sqlite", None), ("postgresql", postgres.new_database())):
        large = server_in(home, database, url)
        asyncio.run(fleet.fill(large.database_url, []))
        large.start()
        found |= lists(large, database)
        if database == "sqlite":
            found |= commands(large, program, "system host-list, 1,000 hosts")
        assert large.process is not None
        found[f"server_peak_mib {database}"] = peak_mib(large.process.pid)
        large.stop()
    return found


def heartbeats(home: Path, full: Server, keys: Path) -> dict[str, Any]:
    """Two servers side by side: one whose hosts have no agents, and one that hears a thousand of them."""
    quiet = server_in(home, "quiet")
    asyncio.run(fleet.fill(quiet.database_url, []))
    quiet.start()
    full.start()
    assert quiet.process is not None
    assert full.process is not None
    try:
        with fleet.Speaking(full.port, keys) as agents:
            agents.say("beat")
            await_calm(full)
            before, began = said_by(full, 'heartbeats_total{result="accepted"}'), time.monotonic()
            beating = shares_of_a_core({"quiet": quiet.process.pid, "full": full.process.pid}, RUNS)
            per_second = (said_by(full, 'heartbeats_total{result="accepted"}') - before) / (time.monotonic() - began)
            agents.say("live")
            living = shares_of_a_core({"quiet": quiet.process.pid, "full": full.process.pid}, RUNS)
    finally:
        quiet.stop()
        full.stop()
    return {"heard_per_second": per_second, "beating": beating, "beating and signs of life": living}


def said_by(server: Server, figure: str) -> float:
    """One of the server's own metrics."""
    return float(server.request("GET", "/metrics").body.split(f"sturnus_{figure} ")[1].split()[0])


def await_calm(server: Server) -> None:
    """Wait until every host is known to be there: on a busy machine some were missed before they had agreed."""
    end = time.monotonic() + 300
    while said_by(server, 'hosts{verdict="present"}') < fleet.HOSTS or said_by(server, 'outbox_waiting{topic="vim"}'):
        assert time.monotonic() < end, "not all hosts are heard"
        time.sleep(1)


def walks(full: Server, keys: Path, kubeconfig: Path) -> dict[str, Any]:
    """Labels change while a thousand agents beat, and their nodes follow in a real cluster."""
    full.settings["STURNUS_KUBECONFIG"] = str(kubeconfig)
    cluster = Clusters(kubeconfig)
    with nodes_lent(cluster, [fleet.hostname(number) for number in range(fleet.HOSTS)]):
        full.start()
        try:
            with fleet.Speaking(full.port, keys) as agents:
                agents.say("beat")
                agents.say("live")
                return label_walks(full, cluster, RUNS) | {
                    "kubectl": Command(
                        [str(built() / "kubectl"), "--kubeconfig", str(kubeconfig), "get", "nodes"], dict(os.environ)
                    ).measured(RUNS),
                    "api server": requests_at(cluster.url, "/api/v1/nodes", {}, RUNS, cluster.tls()),
                    "server_peak_mib": peak_mib(full.process.pid) if full.process else 0.0,
                }
        finally:
            full.stop()


def peers(kubeconfig: Path, openstack: Path | None) -> dict[str, Any]:
    """What starts besides."""
    python, here = sys.executable, dict(os.environ)
    kubectl = [str(built() / "kubectl"), "--kubeconfig", str(kubeconfig), "get", "nodes"]
    found = {
        "python -c pass": Command([python, "-c", "pass"], here).measured(RUNS),
        "python -c 'import httpx2'": Command([python, "-c", "import httpx2"], here).measured(RUNS),
        "kubectl get nodes": Command(kubectl, here).measured(RUNS),
    }
    if openstack is not None:
        found["openstack --version"] = Command([str(openstack), "--version"], here).measured(RUNS)
    return found


def run(lab: str, openstack: Path | None) -> dict[str, Any]:
    kubeconfig = records.existing(lab).paths.kubeconfig
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory(prefix="pg") as postgres_home:
        home, keys = Path(directory), Path(directory) / "keys"
        Path(postgres_home).chmod(0o700)
        postgres = Postgres(next(path for path in POSTGRES_PROGRAMS if (path / "initdb").exists()), Path(postgres_home))
        postgres.start()
        try:
            raw = {"peers": peers(kubeconfig, openstack)} | small_and_large(home, postgres)
        finally:
            postgres.stop()
        # A machine so busy that agents are late would have us measure how hosts are declared lost.
        full = server_in(home, "full", STURNUS_AGENT_SILENCE="60")
        asyncio.run(fleet.fill(full.database_url, fleet.new_keys(keys)))
        raw["heartbeats"] = heartbeats(home, full, keys)
        raw["walks"] = walks(full, keys, kubeconfig)
    return raw


def summary(raw: Mapping[str, Any]) -> dict[str, float]:
    """The issue's figures."""
    beats, found = raw["heartbeats"], raw["walks"]

    def share(of: str) -> float:
        quiet, full = (beats[of][server] for server in ("quiet", "full"))
        more: float = statistics.median(late - early for early, late in zip(quiet, full, strict=True))
        return more

    return {
        "host_list_wall_ms": raw["system host-list"]["wall_ms"],
        "host_list_cpu_ms": raw["system host-list"]["cpu_ms"],
        "ihosts_p50_ms": raw["/v1/ihosts sqlite"]["p50_ms"],
        "ihosts_p99_ms": raw["/v1/ihosts sqlite"]["p99_ms"],
        "ihosts_server_cpu_ms": raw["/v1/ihosts sqlite"]["server_cpu_ms"],
        "ihosts_postgresql_p50_ms": raw["/v1/ihosts postgresql"]["p50_ms"],
        "ihosts_postgresql_p99_ms": raw["/v1/ihosts postgresql"]["p99_ms"],
        "heartbeats_heard_per_s": beats["heard_per_second"],
        "heartbeats_percent_of_a_core": share("beating"),
        "with_signs_of_life_percent_of_a_core": share("beating and signs of life"),
        "label_to_node_ms_p50": found["node_ms"]["p50"],
        "label_to_node_ms_worst": found["node_ms"]["worst"],
        "label_to_vim_ms_worst": found["vim_ms"]["worst"],
        "thousand_nodes_agree_s": found["all_nodes_s"],
        "server_peak_mib": max(
            found["server_peak_mib"], raw["server_peak_mib sqlite"], raw["server_peak_mib postgresql"]
        ),
    }  # fmt: skip


GOALS: Mapping[str, float | None] = {
    "host_list_wall_ms": 120, "host_list_cpu_ms": None, "ihosts_p50_ms": 40, "ihosts_p99_ms": 100,
    "ihosts_server_cpu_ms": None, "ihosts_postgresql_p50_ms": 40, "ihosts_postgresql_p99_ms": 100,
    "heartbeats_heard_per_s": None, "heartbeats_percent_of_a_core": 3,
    "with_signs_of_life_percent_of_a_core": None, "label_to_node_ms_p50": None,
    "label_to_node_ms_worst": 1000, "label_to_vim_ms_worst": 1000, "thousand_nodes_agree_s": None,
    "server_peak_mib": 300,
}  # fmt: skip
HOW = {
    "host_list_wall_ms": "whole process, a real server with one host, token given: median of 3 x 10",
    "host_list_cpu_ms": "the same processes' user and system time, children of the benchmark (RUSAGE_CHILDREN)",
    "ihosts_p50_ms": "GET /v1/ihosts, 1,000 hosts with 8 labels and 14 KiB of hardware each, SQLite, 20 requests/s on "
    "one kept connection until the last byte is there: median of 3 x 200",
    "ihosts_p99_ms": "the same requests; the 198th of 200 in each run",
    "ihosts_server_cpu_ms": "user and system time of the server, by the number of those requests",
    "ihosts_postgresql_p50_ms": "the same on PostgreSQL, by a socket",
    "ihosts_postgresql_p99_ms": "the same on PostgreSQL, by a socket",
    "heartbeats_heard_per_s": "accepted, by the server's own count: 1,000 if the machine let the agents beat in time",
    "heartbeats_percent_of_a_core": "user and system time over 3 x 20 s of a server that hears 1,000 agents, less that "
    "of one beside it whose 1,000 hosts have no agents; datagrams, watching for failures and all",
    "with_signs_of_life_percent_of_a_core": "the same, with a signed request of each agent in 60 s",
    "label_to_node_ms_p50": "from before POST /v1/labels until a watch of the API server shows it; 3 x 20 changes, "
    "1,000 agents beating and giving signs of life, 1,000 nodes without kubelets beside the lab's own",
    "label_to_node_ms_worst": "the slowest of those",
    "label_to_vim_ms_worst": "from before the POST until its notice to the VIM was taken off the outbox. Who takes it "
    "is the inventory's stand-in in the same process: there is no VIM yet, so no HTTP in this figure",
    "thousand_nodes_agree_s": "from when the server answered until 1,000 nodes without a label had all 8; it had begun "
    "before",
    "server_peak_mib": "VmHWM, the largest of all servers here",
}
MISSING_PEERS = "cgtsclient and sysinv-api are in no registry; StarlingX' server wants its own image"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", default="bench")
    parser.add_argument("--openstack", type=Path)
    options = parser.parse_args()
    load = [os.getloadavg()[0]]
    raw = run(options.lab, options.openstack)
    load.append(os.getloadavg()[0])
    figures = summary(raw)
    width = max(map(len, figures))
    for name, value in figures.items():
        goal = GOALS[name]
        verdict = "" if goal is None else "within" if value <= goal else "MISSED"
        print(f"{name:<{width}}  {value:>9.4g}  {goal if goal is not None else '-':>6}  {verdict}")
    record = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"), "cores": os.cpu_count(),
        "load_before_and_after": load, "figures": figures, "goals": GOALS, "how": HOW,
        "missing_peers": MISSING_PEERS, "raw": raw,
    }  # fmt: skip
    RESULTS.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
