"""What may be said about the platform's Keystone, and where its files are."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

PORT = 5000


def default_cache() -> Path:
    """Where installed programs are kept between runs: `$STURNUS_CACHE`."""
    return Path(os.environ.get("STURNUS_CACHE", "/var/cache/sturnus"))


@dataclass(frozen=True, slots=True)
class KeystoneSettings:
    """The same for every command, so that a supervisor and an operator mean the same Keystone."""

    state: Path = Path("/var/lib/sturnus/keystone")
    listen: str = "127.0.0.1"  # an address of this host
    port: int = PORT
    internal_host: str = ""  # as other hosts reach this one; empty: the listening address
    public_host: str = ""  # as users reach it; empty: the internal one
    region: str = "RegionOne"
    hash_rounds: int = 12  # bcrypt, 4 to 31; a token costs 0.3 s with 12, 0.1 s with 4 (reference/openstack.md §9)
    token_lifetime: timedelta = timedelta(hours=1)
    tls_certificate: Path | None = None  # with its key: TLS, and https in the catalog
    tls_key: Path | None = None
    ca_file: Path | None = None  # by which clients check the certificate; None: the operating system's authorities

    @property
    def scheme(self) -> str:
        """How it is served, and with it all of the platform."""
        return "http" if self.tls_certificate is None else "https"

    @property
    def url(self) -> str:
        """Where this Keystone answers on this host, without `/v3`."""
        return f"{self.scheme}://{netloc(self.listen, self.port)}"

    @property
    def internal_url(self) -> str:
        """The same for other hosts."""
        return f"{self.scheme}://{netloc(self.internal_host or self.listen, self.port)}"

    @property
    def configuration_directory(self) -> Path:
        """What `OS_KEYSTONE_CONFIG_DIR` names."""
        return self.state / "etc"

    @property
    def configuration(self) -> Path:
        """Written by the bootstrap; what somebody else writes there is put right."""
        return self.configuration_directory / "keystone.conf"

    @property
    def fernet_keys(self) -> Path:
        """Key repository of tokens and receipts."""
        return self.state / "fernet-keys"

    @property
    def credential_keys(self) -> Path:
        """Key repository of stored credentials."""
        return self.state / "credential-keys"

    @property
    def database(self) -> Path:
        """SQLite: enough for Keystone alone (reference/openstack.md §2.1)."""
        return self.state / "keystone.db"

    @property
    def passwords(self) -> Path:
        """One file per user, which holds the password and nothing else."""
        return self.state / "passwords"

    @property
    def transient(self) -> Path:
        """Sockets, locks and the log of the last bootstrap."""
        return self.state / "run"

    def password_file(self, user: str) -> Path:
        """Where a user's password is."""
        return self.passwords / user


def netloc(host: str, port: int) -> str:
    """`host:port` as URLs and uwsgi write it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
