"""An agent for tests: the real key and signatures, with requests that a test can bend."""

import hashlib
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sturnus.agent.key import AgentKey, kept_in, proof_header
from sturnus.core import heartbeats
from sturnus.core.signed_requests import SignedRequest, secret_digest, stamp_of
from tests.integration.databases import embedded_with_tables
from tests.integration.inventory.server import Answer, Server

SECRET = "squirrel"
HARDWARE = {
    "cpu_model": "Made CPU", "memory_mib": 2048, "huge_pages": {"2M": 4}, "cpus": [], "nodes": [], "disks": [],
    "ports": [], "pci_devices": [],
}  # fmt: skip


def let_agents_enrol(server: Server) -> None:
    """Set the secret's digest; before the server starts."""
    (server.home / "digest").write_text(secret_digest(SECRET))
    server.settings["STURNUS_ENROLMENT_FILE"] = str(server.home / "digest")


@contextmanager
def serving_agents(
    directory: Path, database_url: str | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server in a directory, at which agents may enrol; a URL is of a database with all tables, else it makes one."""
    started = Server(directory, database_url or embedded_with_tables(directory / "sturnus.db"), dict(settings or {}))
    let_agents_enrol(started)
    started.start()
    yield started
    started.stop()


@dataclass
class TestAgent:
    __test__ = False

    server: Server
    state: Path
    announcement: dict[str, Any] = field(
        default_factory=lambda: {
            "hostname": "compute-0",
            "mgmt_mac": "08:00:27:00:00:03",
            "mgmt_ip": "10.0.0.3",
            "hardware": HARDWARE,
        }
    )

    @property
    def key(self) -> AgentKey:
        return kept_in(self.state)

    def request(self, method: str, path: str, body: object, *, stamp: int | None = None) -> SignedRequest:
        return SignedRequest(method, path, stamp or stamp_of(datetime.now(UTC)), json.dumps(body).encode())

    def send(self, request: SignedRequest, more: dict[str, str] | None = None) -> Answer:
        headers = self.key.headers(request) | (more or {})
        return self.server.request(request.method, request.path, raw=request.body, headers=headers)

    def enrol(self, secret: str = SECRET) -> Answer:
        body = {"public_key": self.key.public.hex(), "announcement": self.announcement}
        request = self.request("POST", "/v1/sturnus/agents", body)
        return self.send(request, proof_header(secret, request))

    def announce(self) -> Answer:
        return self.send(self.request("PUT", "/v1/sturnus/agents/self/announcement", self.announcement))

    def live(self) -> Answer:
        return self.send(self.sign_of_life())

    def sign_of_life(self, **changes: Any) -> SignedRequest:
        digest = hashlib.sha256(json.dumps(self.announcement).encode()).hexdigest()
        return self.request("POST", "/v1/sturnus/agents/self/life", {"uptime": 7, "announcement": digest}, **changes)

    def agree(self) -> "Beating":
        """Agree on a session for heartbeats."""
        own = X25519PrivateKey.generate()
        body = {"public_key": own.public_key().public_bytes_raw().hex()}
        said = self.send(self.request("POST", "/v1/sturnus/agents/self/session", body)).body
        session = bytes.fromhex(said["session"])
        keys = heartbeats.agreed(own, bytes.fromhex(said["public_key"]), session)
        speaking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        speaking.connect(("127.0.0.1", said["port"]))
        return Beating(session, keys, speaking)


@dataclass
class Beating:
    """A session of heartbeats, with datagrams that a test can bend."""

    session: bytes
    keys: heartbeats.SessionKeys
    speaking: socket.socket
    counter: int = 0

    def close(self) -> None:
        self.speaking.close()

    def beat(self) -> None:
        self.counter += 1
        self.speaking.send(
            heartbeats.sealed(heartbeats.Kind.HEARTBEAT, self.session, self.counter, self.keys.to_inventory)
        )

    def answer(self, seconds: float = 5) -> heartbeats.Heading | None:
        self.speaking.settimeout(seconds)
        return heartbeats.heading_of(self.speaking.recv(100))
