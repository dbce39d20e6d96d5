"""Lists of 1,000 hosts with 8 labels each, at 20 requests per second, and the start of the `system` command.

    python bench/inventory.py

Targets (issue 4): GET /v1/ihosts p50 <= 40 ms, p99 <= 100 ms; server <= 300 MB; `system host-list` <= 120 ms.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sturnus.core.clock import random_id
from sturnus.core.states import Administrative, Availability, Operational, Personality
from sturnus.store.database import Database
from sturnus.store.models import HostRow, LabelRow
from tests.integration.inventory.server import TOKENS, Server

HOSTS, LABELS, REQUESTS, PERIOD = 1000, 8, 100, 0.05


async def fill(url: str) -> None:
    database, now = Database(url), datetime.now(UTC)
    states = {
        "administrative": Administrative.LOCKED,
        "operational": Operational.DISABLED,
        "availability": Availability.ONLINE,
    }
    async with database.write() as session:
        for number in range(HOSTS):
            row = HostRow(uuid=random_id(), hostname=f"compute-{number}", personality=Personality.WORKER, **states)
            row.subfunctions, row.uptime, row.location, row.hardware, row.created_at = "worker", 0, {}, {}, now
            session.add(row)
        await session.flush()
        for number in range(HOSTS * LABELS):
            label = LabelRow(uuid=random_id(), host_id=number // LABELS + 1, label_key=f"key-{number % LABELS}")
            label.label_value, label.created_at = "value", now
            session.add(label)
    await database.close()


def measure(server: Server, path: str) -> None:
    server.request("GET", path)
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        assert server.request("GET", path).status == 200
        times.append(time.perf_counter() - started)
        time.sleep(max(0.0, PERIOD - times[-1]))
    times.sort()
    print(f"GET {path:12} p50 {times[len(times) // 2] * 1000:6.1f} ms   p99 {times[-2] * 1000:6.1f} ms")


def measure_command(server: Server) -> None:
    environment = os.environ | {"OS_AUTH_TOKEN": TOKENS["admin"], "SYSTEM_URL": f"http://127.0.0.1:{server.port}"}
    command = [str(Path(sys.executable).parent / "system"), "host-show", "compute-0"]
    times = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(20):
        started = time.perf_counter()
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(times)
    print(f"system host-show: median {sorted(times)[10] * 1000:.0f} ms wall, {cpu * 1000:.0f} ms user+sys")


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home), f"sqlite+aiosqlite:///{home}/sturnus.db")
        server.upgrade()
        asyncio.run(fill(server.database_url))
        server.start()
        for path in ("/v1/ihosts", "/v1/labels"):
            measure(server, path)
        measure_command(server)
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        print("server:", status.split("VmHWM:")[1].split("\n")[0].strip())
        server.stop()


if __name__ == "__main__":
    main()
