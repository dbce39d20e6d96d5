"""A thousand hosts for the inventory's benchmark: their rows, and one process that speaks for all their agents.

    python bench/fleet.py PORT KEYS      words on stdin: `beat`, `live`; the end of stdin ends it

The datagrams are the agent's own (`core.heartbeats`), each host's from a socket of its own, one each second, spread
evenly as hosts that started at different moments are. `live` adds what agents say by signed requests besides: one sign
of life in 60 s (`agent.run.LIVE_EVERY`).
"""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

sys.path.insert(0, str(Path(__file__).parent.parent))

from sturnus.agent.key import AgentKey
from sturnus.core import heartbeats
from sturnus.core.clock import random_id
from sturnus.core.heartbeats import Kind, SessionKeys
from sturnus.core.signed_requests import SignedRequest, key_id, stamp_of
from sturnus.core.states import Administrative, Availability, Operational, Personality, Provisioning
from sturnus.store.database import Database
from sturnus.store.models import AgentRow, HostRow, LabelRow

HOSTS, LABELS = 1000, 8
TICK = 0.01
LIVE_EVERY = 60.0

HARDWARE: dict[str, Any] = {
    "cpu_model": "Intel(R) Xeon(R) Gold 6338N CPU @ 2.20GHz",
    "memory_mib": 262144,
    "huge_pages": {"1G": 200},
    "cpus": [{"cpu": cpu, "core": cpu % 32, "socket": cpu // 32 % 2, "node": cpu // 32 % 2} for cpu in range(128)],
    "nodes": [{"node": node, "memory_mib": 131072, "huge_pages": {"1G": 100}} for node in (0, 1)],
    "disks": [
        {"name": f"sd{letter}", "size_bytes": 1920383410176, "rotational": False, "model": "SAMSUNG MZ7L31T9HBLT-00A07"}
        for letter in "abcdefgh"
    ],
    "ports": [
        {
            "name": f"ens{port}f0", "mac": f"08:00:27:00:00:0{port}", "mtu": 1500, "speed_mbps": 25000,
            "pci_address": f"0000:3b:00.{port}", "driver": "ice", "node": 0, "sriov_totalvfs": 64,
        }
        for port in range(8)
    ],
    "pci_devices": [
        {"address": f"0000:{bus:02x}:00.0", "vendor": "8086", "device": "1592", "pci_class": "020000", "node": bus % 2}
        for bus in range(60)
    ],
}  # fmt: skip
"""What the agent of a server with two sockets of 32 cores reports."""


def hostname(number: int) -> str:
    return f"bench-{number}"


async def fill(url: str, keys: list[AgentKey]) -> None:
    """Write hosts as they are in service, with labels; with agents that have enrolled as far as there are keys."""
    database, now = Database(url), datetime.now(UTC)
    states = {
        "administrative": Administrative.UNLOCKED,
        "operational": Operational.ENABLED,
        "availability": Availability.AVAILABLE,
        "invprovision": Provisioning.PROVISIONED,
        "inv_state": "inventoried",
    }
    async with database.write() as session:
        for number in range(HOSTS):
            row = HostRow(uuid=random_id(), hostname=hostname(number), personality=Personality.WORKER, **states)
            row.subfunctions, row.uptime, row.location, row.hardware, row.created_at = "worker", 0, {}, HARDWARE, now
            row.mgmt_ip = f"10.1.{number // 250}.{number % 250 + 1}"
            session.add(row)
        await session.flush()
        for number in range(HOSTS * LABELS):
            label = LabelRow(uuid=random_id(), host_id=number // LABELS + 1, label_key=f"key-{number % LABELS}")
            label.label_value, label.created_at = "value", now
            session.add(label)
        for number, key in enumerate(keys, start=1):
            agent = AgentRow(host_id=number, key_id=key_id(key.public), public_key=key.public.hex(), last_stamp=0)
            agent.announced, agent.last_seen, agent.enrolled_at = _digest(number), now, now
            session.add(agent)
    await database.close()


def new_keys(file: Path) -> list[AgentKey]:
    """Make a key for each agent, and keep them for the process that speaks for them."""
    made = [Ed25519PrivateKey.generate() for _ in range(HOSTS)]
    file.write_bytes(b"".join(key.private_bytes_raw() for key in made))
    return [AgentKey(key) for key in made]


def _kept_keys(file: Path) -> list[AgentKey]:
    content = file.read_bytes()
    return [AgentKey(Ed25519PrivateKey.from_private_bytes(content[at : at + 32])) for at in range(0, len(content), 32)]


def _digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


@dataclass
class Agent:
    """One host's agent."""

    number: int
    key: AgentKey
    port: int
    session: bytes = b""
    keys: SessionKeys | None = None
    speaking: socket.socket | None = None
    counter: int = 0

    def agree(self, connection: http.client.HTTPConnection) -> None:
        own = X25519PrivateKey.generate()
        said = self._ask(connection, "session", {"public_key": own.public_key().public_bytes_raw().hex()})
        self.session = bytes.fromhex(said["session"])
        self.keys = heartbeats.agreed(own, bytes.fromhex(said["public_key"]), self.session)
        self.speaking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.speaking.connect(("127.0.0.1", said["port"]))

    def beat(self) -> None:
        if self.speaking is None or self.keys is None:
            return
        self.counter += 1
        self.speaking.send(heartbeats.sealed(Kind.HEARTBEAT, self.session, self.counter, self.keys.to_inventory))

    def live(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)  # of its own, as each agent has
        self._ask(connection, "life", {"uptime": int(time.monotonic()), "announcement": _digest(self.number)})
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, what: str, body: object) -> Any:
        request = SignedRequest(
            "POST", f"/v1/sturnus/agents/self/{what}", stamp_of(datetime.now(UTC)), json.dumps(body).encode()
        )
        headers = self.key.headers(request) | {"Content-Type": "application/json"}
        connection.request(request.method, request.path, request.body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return json.loads(content)


class Speaking:
    """The process beside that speaks for all agents."""

    def __init__(self, port: int, keys: Path) -> None:
        self._argv = [sys.executable, __file__, str(port), str(keys)]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def say(self, word: str) -> None:
        """Have them begin something; returns once all of them have."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(word, file=self._process.stdin, flush=True)
        assert self._process.stdout.readline().strip() == word


def _spread(agents: list[Agent], period: float, do: str, ending: threading.Event) -> None:
    """Have each agent do it once in each period, one after the other."""
    began, done = time.monotonic(), 0
    while not ending.is_set():
        due = int((time.monotonic() - began) / period * len(agents))
        for number in range(done, due):
            getattr(agents[number % len(agents)], do)()
        done = due
        time.sleep(TICK)


def main() -> None:
    port, keys = int(sys.argv[1]), _kept_keys(Path(sys.argv[2]))
    agents = [Agent(number, key, port) for number, key in enumerate(keys, start=1)]
    ending = threading.Event()
    for word in map(str.strip, sys.stdin):
        period = heartbeats.EVERY if word == "beat" else LIVE_EVERY
        threading.Thread(target=_spread, args=(agents, period, word, ending), daemon=True).start()
        if word == "beat":  # those that have agreed beat at once
            kept = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            for agent in agents:
                agent.agree(kept)
            kept.close()
        print(word, flush=True)
    ending.set()


if __name__ == "__main__":
    main()
