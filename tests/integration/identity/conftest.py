"""Real Keystones, set up by the real bootstrap; their packages are kept in $STURNUS_CACHE, by the lock's digest."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sturnus import tls
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.settings import KeystoneSettings, default_cache

MODULE = (sys.executable, "-m", "sturnus.identity.keystone")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Keystone:
    """One state directory and the commands on it."""

    settings: KeystoneSettings

    def command(self, *words: str) -> list[str]:
        settings = self.settings
        options = {
            "--state": settings.state,
            "--port": settings.port,
            "--hash-rounds": settings.hash_rounds,
            "--token-lifetime": int(settings.token_lifetime.total_seconds()),
            "--tls-certificate": settings.tls_certificate,
            "--tls-key": settings.tls_key,
            "--ca-file": settings.ca_file,
        }
        options = {name: value for name, value in options.items() if value is not None}
        return [*MODULE, *(str(part) for option in options.items() for part in option), *words]

    def run(self, *words: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def bootstrap(self, environment: Mapping[str, str] | None = None) -> list[str]:
        """The recorded changes, one a line."""
        done = self.run("bootstrap", environment=environment)
        assert done.returncode == 0, done.stderr
        *changes, summary = done.stdout.splitlines()
        assert summary == (f"{len(changes)} changes" if changes else "nothing to change")
        return changes

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """Serve, from the first token that can be had."""
        log = self.settings.state.with_name("serving.log")
        with log.open("wb") as output:
            process = subprocess.Popen(self.command("run"), stdout=output, stderr=output)
        try:
            for _ in range(60):  # each look takes as long as a Python start
                if self.run("health").returncode == 0:
                    break
                assert process.poll() is None, log.read_text()
            else:
                pytest.fail(f"Keystone issues no token: {log.read_text()}")
            yield process
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0

    def password(self, user: str) -> str:
        return self.settings.password_file(user).read_text()

    def login(self, user: str = "admin", project: str = "admin", password: str | None = None) -> httpx2.Response:
        domain = {"name": "Default"}
        who = {"name": user, "domain": domain, "password": self.password(user) if password is None else password}
        identity = {"methods": ["password"], "password": {"user": who}}
        scope = {"project": {"name": project, "domain": domain}}
        with self.client() as client:
            return client.post("/v3/auth/tokens", json={"auth": {"identity": identity, "scope": scope}})

    def token(self, user: str = "admin", project: str = "admin", password: str | None = None) -> str:
        answer = self.login(user, project, password)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["X-Subject-Token"])

    def client(self) -> httpx2.Client:
        verify = tls.client_context(self.settings.ca_file) if self.settings.ca_file else False
        return httpx2.Client(base_url=self.settings.url, trust_env=False, timeout=20, verify=verify)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A call as the administrator; its one answer, unpacked."""
        with self.client() as client:
            answer = client.request(method, f"/v3{path}", json=body, headers={"X-Auth-Token": self.token()})
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def id_of(self, collection: str, **query: str) -> str:
        with self.client() as client:
            headers = {"X-Auth-Token": self.token()}
            found = client.get(f"/v3/{collection}", params=query, headers=headers).json()[collection]
        assert len(found) == 1
        return str(found[0]["id"])

    def add_user(self, name: str, password: str, project: str, *roles: str) -> str:
        body = {"user": {"name": name, "domain_id": "default", "password": password}}
        user = str(self.ask("POST", "/users", body)["user"]["id"])
        home = self.id_of("projects", name=project)
        for role in roles:
            self.ask("PUT", f"/projects/{home}/users/{user}/roles/{self.id_of('roles', name=role)}")
        return user


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def installation() -> Installation:
    return Installation.within(default_cache())


@contextmanager
def new_keystone(**settings: Any) -> Iterator[Keystone]:
    home = Path(tempfile.mkdtemp(prefix="sturnus-"))  # a socket's path has 107 bytes: pytest's own folders are too deep
    try:
        yield Keystone(replace(KeystoneSettings(state=home / "keystone", port=free_port(), hash_rounds=4), **settings))
    finally:
        shutil.rmtree(home)


@pytest.fixture
def empty() -> Iterator[Keystone]:
    """Nothing there yet."""
    with new_keystone() as keystone:
        yield keystone


@pytest.fixture(scope="session")
def template() -> Iterator[Keystone]:
    """Set up once and never served, for others to start from."""
    with new_keystone() as keystone:
        keystone.bootstrap()
        yield keystone


@contextmanager
def another(template: Keystone, **settings: Any) -> Iterator[Keystone]:
    with new_keystone(**settings) as keystone:
        shutil.copytree(template.settings.state, keystone.settings.state)
        keystone.bootstrap()  # its own paths and port
        yield keystone


@pytest.fixture
def set_up(template: Keystone) -> Iterator[Keystone]:
    """Set up; not served."""
    with another(template) as keystone:
        yield keystone


@pytest.fixture(scope="session")
def served(template: Keystone) -> Iterator[Keystone]:
    """One that serves, for all tests that leave it as it was but for users of their own."""
    with another(template) as keystone, keystone.serving():
        yield keystone


@pytest.fixture
def short_lived(template: Keystone) -> Iterator[Keystone]:
    """Its tokens end after three seconds. Set up; not served."""
    with another(template, token_lifetime=timedelta(seconds=3)) as keystone:
        yield keystone
