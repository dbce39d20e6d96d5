"""From the power cut to a host that is failed and fenced, in a lab; and what 1,000 heartbeats a second cost.

    python bench/failure.py --lab NAME HOST     a host of that lab, unlocked, with its controller (bm_*) described
    python bench/failure.py                     heartbeats only: a server and 1,000 sessions on loopback

Targets (issue 4): failed <= 10 s after the power went; heartbeats of 1,000 hosts <= 3 % of a core.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sturnus.agent.key import kept_in
from sturnus.core.clock import random_id
from sturnus.core.signed_requests import key_id
from sturnus.core.states import Administrative, Availability, Operational, Personality
from sturnus.store.database import Database
from sturnus.store.models import AgentRow, HostRow
from tests.integration.inventory.agent import Beating, TestAgent
from tests.integration.inventory.server import Server

HOSTS, SECONDS = 1000, 20
PROGRAMS = Path(sys.executable).parent


def shown(host: str) -> dict[str, str | None]:
    done = subprocess.run([PROGRAMS / "system", "host-show", host, "--format", "json"], capture_output=True, check=True)
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def measure_power_cut(lab: str, host: str) -> None:
    """Needs the lab's openrc in the environment."""
    started = time.monotonic()
    subprocess.run([PROGRAMS / "lab", "power", "--name", lab, "off", host], check=True, stdout=subprocess.DEVNULL)
    cut = time.monotonic()
    print(f"the power switch took {cut - started:.1f} s; times are from the moment it was touched")
    while (found := shown(host))["availability"] != "failed":
        assert time.monotonic() - started < 120, found
    print(f"failed after {time.monotonic() - started:.1f} s")
    while not (shown(host)["fencing"] or "").startswith("fenced"):
        assert time.monotonic() - started < 120
    print(f"fenced after {time.monotonic() - started:.1f} s")


async def fill(url: str, keys: list[bytes]) -> None:
    database, now = Database(url), datetime.now(UTC)
    async with database.write() as session:
        for number, key in enumerate(keys):
            row = HostRow(uuid=random_id(), hostname=f"compute-{number}", personality=Personality.WORKER)
            row.administrative, row.operational = Administrative.UNLOCKED, Operational.ENABLED
            row.availability, row.subfunctions, row.uptime = Availability.AVAILABLE, "worker", 0
            row.location, row.hardware, row.created_at = {}, {}, now
            session.add(row)
            await session.flush()
            agent = AgentRow(host_id=row.id, key_id=key_id(key), public_key=key.hex(), last_stamp=0, last_seen=now)
            agent.enrolled_at = now
            session.add(agent)
    await database.close()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def beat(sessions: list[Beating], seconds: int) -> None:
    """Every session once a second, spread evenly over it."""
    begun, sent = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        for session in (sessions[each % len(sessions)] for each in range(sent, int(passed * len(sessions)))):
            session.beat()
        sent = int(passed * len(sessions))
        time.sleep(0.005)


def measure_heartbeats() -> None:
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home), f"sqlite+aiosqlite:///{home}/sturnus.db", {"STURNUS_AGENT_SILENCE": "3600"})
        server.upgrade()
        agents = [TestAgent(server, Path(home) / f"agent-{number}") for number in range(HOSTS)]
        asyncio.run(fill(server.database_url, [kept_in(agent.state).public for agent in agents]))
        server.start()
        assert server.process is not None
        started = time.monotonic()
        sessions = [agent.agree() for agent in agents]
        print(f"{HOSTS} sessions one after the other: {time.monotonic() - started:.1f} s")
        for name, speaking in (("nobody speaks", []), (f"{HOSTS} heartbeats a second", sessions)):
            before = cpu_seconds(server.process.pid)
            if speaking:
                beat(speaking, SECONDS)
            else:
                time.sleep(SECONDS)
            used = (cpu_seconds(server.process.pid) - before) / SECONDS
            print(f"{name}: {used * 100:.1f} % of a core")
        accepted = [line for line in server.request("GET", "/metrics").body.splitlines() if "heartbeats_total{" in line]
        print(*accepted, sep="\n")
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        print("server:", status.split("VmHWM:")[1].split("\n")[0].strip())
        for session in sessions:
            session.close()
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", metavar="NAME")
    parser.add_argument("host", nargs="?", default="compute-1")
    given = parser.parse_args()
    if given.lab:
        measure_power_cut(given.lab, given.host)
    else:
        measure_heartbeats()


if __name__ == "__main__":
    main()
