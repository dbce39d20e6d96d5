"""What the doctor knows of a platform, and of an agent. A `Problem` is what could not be found out, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sturnus.kubernetes.access_review import Asked

KEYSTONE_AGAIN: Final = (
    "sv restart keystone; without runit: bootstrap and deliver with all of their options, docs/how-to/install.md"
)
"""What to do: Keystone's service has all made that is missing. Options that a bootstrap by hand lacks are put back."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is not known."""

    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    """What the settings say, as far as it is judged."""

    file: Path
    listen: str  # host:port
    open_to_network: bool
    tls: bool


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A pair that can be served."""

    file: Path
    ends: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Notices of one topic that have not arrived."""

    topic: str
    count: int
    oldest: datetime
    reason: str  # of the oldest


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """A database that answers."""

    name: str  # without a password
    up_to_date: bool
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """Where the database's file lies."""

    directory: Path
    free_mib: int
    total_mib: int


@dataclass(frozen=True, slots=True)
class KeystoneFacts:
    """A Keystone that gave our service user a token, and was asked about it with another."""

    url: str
    user: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class TokenFileFacts:
    """Tokens are in a file instead."""

    file: Path


@dataclass(frozen=True, slots=True)
class KubeconfigFacts:
    """A kubeconfig of one of our programs, there or not."""

    account: str  # as `sturnus kubeconfig-create --account` takes it
    file: Path
    owner: str  # the user whose file it is, or has to be


@dataclass(frozen=True, slots=True)
class ClusterToken:
    """The token of one of them."""

    kubeconfig: KubeconfigFacts
    ends: datetime | Problem | None  # None: the credentials do not say, or do not end


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """A cluster that knows us."""

    server: str
    needed: Mapping[Asked, bool]
    excess: Mapping[Asked, bool]  # what nobody but an administrator should be able to do
    ahead: timedelta | None  # of our clock; None: the cluster did not say its time


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the inventory that runs here says of itself."""

    url: str
    healthy: bool
    nodes: str  # "followed", or what they wait for


@dataclass(frozen=True, slots=True)
class VimFacts:
    """What the VIM says of itself."""

    url: str
    healthy: bool
    inventory: str  # "answers", or why it cannot be asked


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """A controller."""

    now: datetime
    settings: SettingsFacts
    certificate: CertificateFacts | Problem | None  # None: no TLS
    database: DatabaseFacts | Problem
    disk: DiskFacts | None  # None: the database is on another machine
    tokens: KeystoneFacts | TokenFileFacts | Problem
    kubeconfig: KubeconfigFacts  # of the inventory
    cluster_tokens: tuple[ClusterToken, ...]  # of all programs on this controller
    cluster: ClusterFacts | Problem | None  # None: no kubeconfig is set
    enrolment: Path | Problem | None  # None: agents cannot enrol
    server: ServerFacts | Problem
    vim: VimFacts | Problem | None = None  # None: no VIM is set


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """The agent that runs on this host, by its own options."""

    platform: str  # URL
    is_root: bool
    key: Path | Problem
    host: str | None  # uuid in the inventory; None: not enrolled
    secret: Path | Problem
    address: str | None  # by which the host is managed; None: no default route
    ahead: timedelta | Problem  # of our clock over the inventory's
