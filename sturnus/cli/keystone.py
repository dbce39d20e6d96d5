"""A token and a service's address from Keystone v3, kept between calls: `system` is called in loops.

Nothing of Keystone's libraries is imported: they take longer than all the rest of a command.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.http import Connection

SPARE = 60
"""Seconds before its end from which on a token is not used any more."""
INTERFACES = {"internalURL": "internal", "publicURL": "public", "adminURL": "admin"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks, and where; from options and OS_* variables."""

    auth_url: str
    username: str
    password: str
    project: str
    user_domain: str
    project_domain: str
    region: str
    interface: str
    service: str  # type of the catalog's entry that is spoken to

    @property
    def digest(self) -> str:
        """Tells apart whose token a file holds. The password is part of it: a changed one gets a new token."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Access:
    """A token, and where the service listens."""

    token: str
    url: str
    expires: float  # seconds since the epoch


def access(wanted: Credentials, connect: Mapping[str, Any]) -> Access:
    """The kept token, or a new one."""
    return kept(wanted) or renewed(wanted, connect)


def renewed(wanted: Credentials, connect: Mapping[str, Any]) -> Access:
    """A new token, kept for the next call."""
    path = "/auth/tokens" if wanted.auth_url.rstrip("/").endswith("/v3") else "/v3/auth/tokens"
    try:
        body, headers = Connection(wanted.auth_url, **connect).request("POST", path, _question(wanted))
    except HttpError as error:
        if error.status == 401:
            raise CommandError(error.message, "look at OS_USERNAME and OS_PASSWORD") from error
        raise
    found = Access(headers["x-subject-token"], _endpoint(wanted, body["token"]), _moment(body["token"]["expires_at"]))
    keep(wanted, found)
    return found


def kept(wanted: Credentials) -> Access | None:
    """The token of an earlier call; None if there is none that lasts."""
    found = _read(_file(wanted))
    return None if found is None or found.expires - SPARE <= time.time() else found


def forget(wanted: Credentials) -> None:
    """Drop a token that was refused."""
    _file(wanted).unlink(missing_ok=True)


def keep(wanted: Credentials, found: Access) -> None:
    """Write a token down for the next call; those that have ended go."""
    file = _file(wanted)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written beside and renamed: calls that run at the same time see the old file or the new one. Never readable
        # by others, not even for a moment.
        beside = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump(asdict(found), out)
        beside.replace(file)
        _drop_ended(file.parent)
    except OSError:
        return  # a home that cannot be written costs time, no more


def _drop_ended(directory: Path) -> None:
    """Leave nothing of systems that nobody asks any more."""
    for file in directory.glob("token-*.json"):
        found = _read(file)
        if found is None or found.expires < time.time():
            file.unlink(missing_ok=True)


def _read(file: Path) -> Access | None:
    """None: it holds no token that anybody can use."""
    try:
        said = json.loads(file.read_text())
        return Access(said["token"], said["url"], float(said["expires"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _file(wanted: Credentials) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "sturnus" / f"token-{wanted.digest}.json"


def _question(wanted: Credentials) -> dict[str, Any]:
    user = {"name": wanted.username, "password": wanted.password, "domain": {"name": wanted.user_domain}}
    return {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": wanted.project, "domain": {"name": wanted.project_domain}}},
        }
    }


def _endpoint(wanted: Credentials, token: Mapping[str, Any]) -> str:
    interface = INTERFACES.get(wanted.interface, wanted.interface)
    for service in token.get("catalog", []):
        if service.get("type") != wanted.service:
            continue
        for endpoint in service.get("endpoints", []):
            if endpoint.get("interface") == interface and wanted.region in {"", endpoint.get("region")}:
                return str(endpoint["url"])
    raise CommandError(
        f"The catalog has no {interface} endpoint of type {wanted.service} in region {wanted.region or 'any'}.",
        "look at OS_REGION_NAME and OS_ENDPOINT_TYPE",
    )


def _moment(text: str) -> float:
    import calendar  # only after a new token was fetched

    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
