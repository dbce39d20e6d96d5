"""A real server process on loopback, and requests to it."""

import hashlib
import http.client
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.integration.databases import embedded_with_tables
from tests.integration.program import PATIENCE, Process, Program

TOKENS = {role: f"token-of-{role}" for role in ("admin", "configurator", "operator", "reader", "stranger")}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def fault(self) -> dict[str, Any]:
        fault: dict[str, Any] = json.loads(self.body["error_message"])
        return fault


@dataclass
class Server(Program):
    """`sturnus serve inventory`, and requests to it."""

    serves: ClassVar[str] = "inventory"
    home: Path
    database_url: str
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: Process | None = None

    def __post_init__(self) -> None:
        lines = [
            f'[[token]]\nsha256 = "{hashlib.sha256(token.encode()).hexdigest()}"\nuser = "{role}"\nroles = ["{role}"]\n'
            for role, token in TOKENS.items()
        ]
        (self.home / "tokens.toml").write_text("".join(lines))

    @property
    def environment(self) -> dict[str, str]:
        wanted = {
            **os.environ,
            "STURNUS_CONFIG": "/nonexistent",
            "STURNUS_DATABASE_URL": self.database_url,
            "STURNUS_TOKEN_FILE": str(self.home / "tokens.toml"),
            "STURNUS_HOSTNAME": "controller-0",
            "STURNUS_LISTEN_PORT": "0",
            "STURNUS_HEARTBEAT_PORT": "0",
            "STURNUS_SECRETS_KEY_FILE": str(self.home / "secrets.key"),
            **self.settings,
        }
        return {name: value for name, value in wanted.items() if value}  # an empty setting is not set

    def upgrade(self) -> None:
        """Make the tables. An embedded database that is not there yet is a copy of the first that was made so."""
        driver, _, file = self.database_url.partition(":///")
        if driver.startswith("sqlite") and not Path(file).exists():
            embedded_with_tables(Path(file))
        else:
            super().upgrade()

    def request(self, method: str, path: str, body: object = None, **options: Any) -> Answer:
        headers = {"X-Auth-Token": TOKENS[options.get("role", "admin")], "Content-Type": "application/json"}
        content = options.get("raw") or (None if body is None else json.dumps(body))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, content, headers | options.get("headers", {}))
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        decoded = json.loads(raw) if raw and "json" in answer.headers["Content-Type"] else raw.decode()
        return Answer(answer.status, dict(answer.headers), decoded)

    def action(self, host: str, name: str, **options: Any) -> Answer:
        return self.request(
            "PATCH", f"/v1/ihosts/{host}", [{"op": "replace", "path": "/action", "value": name}], **options
        )

    def settled(self, host: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The host once nothing is under way any more."""
        end = time.monotonic() + seconds

        def now() -> dict[str, Any]:
            shown: dict[str, Any] = self.request("GET", f"/v1/ihosts/{host}").body
            return shown

        while (found := now())["ihost_action"] is not None:
            assert time.monotonic() < end, found
            time.sleep(0.01)
        return found
