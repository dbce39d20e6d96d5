"""The VIM with many servers: planning, memory, a full look, and what it costs at rest. Takes about 4 minutes.

    .venv/bin/python bench/vim.py

Planning is `plan_leaving` in this process. The rest is a real `sturnus serve vim` that reads 1,000 hosts and 10,000
servers over HTTP from `bench.scripted_cloud`: no real Nova, which would need as many nova-compute processes. That one
carries out every order at once, so the times are the VIM's own share, Nova's comes on top. Where its moves take their
time, Nova's share is taken off: with n servers, `moves_per_host` at once, that of n / `moves_per_host` moves. So "the
VIM's share" of a lock is all the time in which fewer servers move than are to move at once, from the moment the VIM is
told until the inventory hears that the host is out of service. Goals: issue 7, "Speed".
"""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import table
from bench.measuring import cpu_seconds, peak_mib, shares_of_a_core
from bench.scripted_cloud import hostname, uuid_of
from sturnus.core.states import Administrative, Availability
from sturnus.store.database import Database
from sturnus.store.vim_hosts import VimHostRow
from sturnus.vim.facts import InventoryHost
from sturnus.vim.machine import HostState
from sturnus.vim.places import SEEN_VERSION
from sturnus.vim.servers.leaving import Way
from sturnus.vim.servers.orders import Limits
from sturnus.vim.servers.planner import Moves, Reason, plan_leaving
from sturnus.vim.servers.view import CloudView, ComputeHost, Server, ServerGroup, ServerStatus, Size
from tests.integration.program import Process, Program

HOSTS, SERVERS, RUNS = 1000, 10, 3
MOVE = 10.0
"""Seconds; about what a small server's live migration takes."""
RESULTS = Path(__file__).parent / "results" / "vim.json"
PATIENCE = 240
TOKEN = "token-of-reader"  # noqa: S105 -- of this benchmark's own server
GOALS: Mapping[str, float | None] = {
    "plan 100 servers over 5 hosts, s": 1,
    "plan 100 servers among 1,000 hosts, s": 1,
    "5 hosts: lock with 10 servers, moves of 0 s: the VIM's share, s": 1,
    "5 hosts: lock with 10 servers, moves of 10 s: the VIM's share, s": 1,
    "5 hosts: failure told to first evacuation, s": 1,
    "1,000 hosts: full look at 10,000 servers, with one plan, s": 10,
    "1,000 hosts: the VIM's processor time for it, s": None,
    "1,000 hosts: requests to OpenStack for a full look": None,
    "1,000 hosts: at rest, % of a core": 5,
    "1,000 hosts: failure told to first evacuation, s": 1,
    "1,000 hosts: peak memory, MiB": 400,
}


def cloud(hosts: int, leaving: int, elsewhere: int) -> CloudView:
    """`leaving` servers on compute-0, `elsewhere` on each other host; every tenth pair must stay apart."""
    servers = [
        Server(
            uuid=f"{host}-{number}", name=f"server-{host}-{number}", project="demo", host=hostname(host),
            status=ServerStatus.ACTIVE, task=None, size=Size(2, 4096, 20), boots_from_volume=number % 2 == 0,
            metadata={"recovery_priority": str(1 + number % 10)},
        )
        for host in range(hosts) for number in range(elsewhere if host else leaving)
    ]  # fmt: skip
    groups = [
        ServerGroup(f"group-{number}", "anti-affinity", frozenset({f"0-{number}", f"0-{number + 1}"}))
        for number in range(0, leaving - 1, 10)
    ]
    used = Size(2 * elsewhere, 4096 * elsewhere, 20 * elsewhere)
    known = {
        name: ComputeHost(name, True, True, False, Size(384, 524288, 4000), used)
        for name in (hostname(host) for host in range(hosts))
    }
    return CloudView(datetime.now(UTC), known, servers, groups)


def planning(hosts: int, leaving: int, elsewhere: int) -> float:
    """The slowest of some runs, in seconds; every server has to find a way."""
    view = cloud(hosts, leaving, elsewhere)
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        plan = plan_leaving(
            view, hostname(0), reason=Reason.LOCK, hosts=dict.fromkeys(view.hosts, frozenset()), moves=Moves()
        )
        times.append(time.perf_counter() - started)
        assert all(each.way is Way.LIVE for each in plan.departures)
        assert len(plan.departures) == leaving
    return max(times)


@dataclass
class VimProgram(Program):
    """`sturnus serve vim` on a database that knows all hosts already, in service and at rest."""

    home: Path
    outside: int  # port
    hosts: int
    kind: str = "compute"  # what the hosts' names begin with
    openstack_password: str = "secret"  # noqa: S105 -- any will do for the scripted Keystone
    serves: ClassVar[str] = "vim"
    port: int = 0
    process: Process | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        url = f"http://127.0.0.1:{self.outside}"
        return os.environ | {
            "STURNUS_CONFIG": "/nonexistent",
            "STURNUS_DATABASE_URL": self.database_url,
            "STURNUS_TOKEN_FILE": str(self.home / "tokens.toml"),
            "STURNUS_KEYSTONE_URL": url,
            "STURNUS_KEYSTONE_PASSWORD_FILE": str(self.home / "password"),
            "STURNUS_INVENTORY_URL": url,
            "STURNUS_KUBECONFIG": str(self.home / "kubeconfig"),
            "STURNUS_NFV_DIRECTORY": str(self.home / "nfv"),
            "STURNUS_HOSTNAME": "controller-0",
            "STURNUS_VIM_PORT": "0",
            "STURNUS_VIM_NORTHBOUND_PORT": "0",
        }

    @property
    def database_url(self) -> str:
        return f"sqlite+aiosqlite:///{self.home}/vim.db"

    def _sturnus(self, *arguments: str) -> Process:
        """Start it as a user does, not forked as for the tests: its memory is measured."""
        command = [sys.executable, "-m", "sturnus.cli.sturnus.main", *arguments]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def prepare(self) -> None:
        """Files, tables and rows."""
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        (self.home / "tokens.toml").write_text(
            f'[[token]]\nsha256 = "{digest}"\nuser = "r"\nroles = ["reader", "service"]\n'
        )
        (self.home / "password").write_text(self.openstack_password)
        (self.home / "kubeconfig").write_text(json.dumps(_kubeconfig(self.outside)))
        flags = "".join(f"{kind}_plugin_disabled=False\n" for kind in ("compute", "network"))
        login = (
            "username=admin\ntenant=admin\nauthorization_protocol=http\n"
            "authorization_ip=keystone-api.openstack.svc.cluster.local\nauthorization_port=5000\n"
            f"user_domain_name=Default\nproject_domain_name=Default\npassword_file={self.home}/password\n"
        )
        for name, text in (
            ("vim/config.ini", f"[nfvi]\n{flags}guest_plugin_disabled=True\n"),
            ("nfv_plugins/nfvi_plugins/config.ini", f"[openstack]\n{login}[nova]\nregion_name=RegionOne\n"),
        ):
            file = self.home / "nfv" / name
            file.parent.mkdir(parents=True)
            file.write_text(text)
        self.upgrade()
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        database, now = Database(self.database_url), datetime.now(UTC)
        labels = {"openstack-compute-node": "enabled"}
        async with database.write() as session:
            for name in (hostname(number, self.kind) for number in range(self.hosts)):
                there = Administrative.UNLOCKED, Availability.AVAILABLE, None, labels
                seen = asdict(InventoryHost(uuid_of(name), name, *there)) | {"version": SEEN_VERSION}
                row = VimHostRow(uuid=seen.pop("uuid"), hostname=name, state=HostState.ENABLED, state_since=now)
                row.has_services, row.wanted_look, row.last_look, row.seen = True, 1, 1, seen
                session.add(row)
        await database.close()

    def get(self, path: str) -> Any:
        return call(self.port, "GET", path)

    def tell(self, name: str) -> None:
        """As the inventory does, that there is news of a host."""
        call(self.port, "PATCH", "/nfvi-plugins/v1/hosts", {"uuid": uuid_of(name), "hostname": name})


def call(port: int, method: str, path: str, body: object = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"X-Auth-Token": TOKEN, "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    assert answer.status < http.HTTPStatus.BAD_REQUEST, said
    return said


def _kubeconfig(port: int) -> Mapping[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{"context": {"cluster": "c", "user": "u"}, "name": "c"}],
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": "x"}}],
    }  # fmt: skip


@contextmanager
def served(module: str, *arguments: object) -> Iterator[int]:
    """Run `bench.scripted_cloud`, or what is like it; the port."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def at_nova(port: int) -> int:
    """Requests so far."""
    found = call(port, "GET", "/asked")["asked"]
    return sum(count for path, count in found.items() if "/proxy/" in path and "POST" not in path)


def until(outside: int, what: str, begun: float) -> float:
    """Seconds from `begun` until something was asked for first."""
    while (first := call(outside, "GET", "/asked")["first"].get(what)) is None:
        assert time.monotonic() - begun < PATIENCE, f"{what} never came: {call(outside, 'GET', '/asked')}"
        time.sleep(0.05)
    return float(first) - begun


def tell_of(vim: VimProgram, outside: int, event: str, name: str) -> float:
    """Have the inventory say so, and tell the VIM; when (time.monotonic())."""
    call(outside, "POST", f"/bench/{event}/{name}")
    begun = time.monotonic()
    vim.tell(name)
    return begun


def reaction(vim: VimProgram, outside: int, event: str, name: str, what: str) -> float:
    """Seconds from the news of an event to what it leads to."""
    return until(outside, what, tell_of(vim, outside, event, name))


@contextmanager
def running(hosts: int, servers: int, move: float = 0.0) -> Iterator[tuple[VimProgram, int]]:
    """A VIM, and the port of the cloud that it looks at."""
    with tempfile.TemporaryDirectory() as home, served("bench.scripted_cloud", hosts, servers, move) as outside:
        vim = VimProgram(Path(home), outside, hosts)
        vim.prepare()
        vim.start()
        yield vim, outside
        vim.stop()


def small() -> Mapping[str, float]:
    """50 servers over 5 hosts."""
    with running(5, 10) as (vim, outside):
        at_once = reaction(vim, outside, "lock", hostname(1), "services-disabled")
        evacuation = reaction(vim, outside, "fail", hostname(2), "evacuate")
    with running(5, 10, MOVE) as (vim, outside):
        in_time = reaction(vim, outside, "lock", hostname(1), "services-disabled") - 10 / Limits().per_host * MOVE
    return {
        "5 hosts: lock with 10 servers, moves of 0 s: the VIM's share, s": at_once,
        "5 hosts: lock with 10 servers, moves of 10 s: the VIM's share, s": in_time,
        "5 hosts: failure told to first evacuation, s": evacuation,
    }


def large() -> Mapping[str, float]:
    """10,000 servers over 1,000 hosts."""
    with running(HOSTS, SERVERS) as (vim, outside):
        assert vim.process is not None
        path = f"/v1/sturnus/vim/hosts/{uuid_of(hostname(0))}/lock-preview"
        times, requests, spent = [], 0, cpu_seconds(vim.process.pid)
        for _ in range(RUNS):
            before, started = at_nova(outside), time.perf_counter()
            found = vim.get(path)
            times.append(time.perf_counter() - started)
            requests = at_nova(outside) - before
            assert found["servers_missing"] is None, found["servers_missing"]
            assert [each["way"] for each in found["servers"]] == ["live-migration"] * SERVERS, found["servers"][:1]
        spent = (cpu_seconds(vim.process.pid) - spent) / RUNS
        at_rest = shares_of_a_core({"vim": vim.process.pid}, 2)["vim"]
        return {
            "1,000 hosts: full look at 10,000 servers, with one plan, s": max(times),
            "1,000 hosts: the VIM's processor time for it, s": spent,
            "1,000 hosts: requests to OpenStack for a full look": requests,
            "1,000 hosts: at rest, % of a core": statistics.median(at_rest),
            "1,000 hosts: failure told to first evacuation, s": reaction(vim, outside, "fail", hostname(2), "evacuate"),
            "1,000 hosts: peak memory, MiB": peak_mib(vim.process.pid),
        }


def main() -> None:
    """Measure, print and keep."""
    figures = {
        "plan 100 servers over 5 hosts, s": planning(5, 100, 20),
        "plan 100 servers among 1,000 hosts, s": planning(HOSTS, 100, SERVERS),
        **small(),
        **large(),
    }
    table.show(figures, GOALS)
    kept = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "nova": "scripted, over HTTP, answering at once",
        "load": os.getloadavg()[0],
        "figures": {name: round(value, 4) for name, value in figures.items()},
        "goals": GOALS,
    }
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
