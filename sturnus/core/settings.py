"""What an operator may set: one file, and the environment over it. Read and checked once, when a process starts."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from sturnus.core.states import SystemMode, SystemType

DEFAULT_FILE = Path("/etc/sturnus/sturnus.toml")
FILE_VARIABLE = "STURNUS_CONFIG"
"""Names another settings file."""


def settings_file() -> Path:
    """Where this process looks for its settings, whether there is such a file or not."""
    return Path(os.environ.get(FILE_VARIABLE, DEFAULT_FILE))


class Settings(BaseSettings):
    """Everything that can be set, with its default. `STURNUS_DATABASE_URL` in the environment sets `database_url`."""

    model_config = SettingsConfigDict(env_prefix="STURNUS_", extra="forbid", frozen=True)

    database_url: str = "sqlite+aiosqlite:////var/lib/sturnus/sturnus.db"
    """`sqlite+aiosqlite:///FILE` or `postgresql+asyncpg://USER@HOST/NAME`."""
    listen_address: str = "127.0.0.1"
    listen_port: Annotated[int, Field(ge=0, le=65535)] = 6385
    """0 takes any free port; it is logged."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    """PEM, and readable by this process. A pair that replaces them is taken over within seconds, without a restart."""
    plain_http: Literal["loopback only", "anywhere"] = "loopback only"
    """Tokens travel in the open without TLS, so an address of the network wants it, or an explicit word."""
    token_file: Path | None = None
    """Tokens and roles in a file, for a machine without Keystone. See `sturnus.api.token_file`."""
    keystone_url: str | None = None
    """The platform's Keystone, without `/v3`: who checks tokens unless `token_file` is set."""
    keystone_ca_file: Path | None = None
    """Authorities, PEM, by which Keystone's certificate is checked. None: the operating system's."""
    keystone_user: str = "sturnus"
    """User of project `services` who may ask about tokens."""
    keystone_password_file: Path = Path("/etc/sturnus/keystone-password")
    """Holds nothing but that user's password; read anew after each refusal."""
    policy_file: Path | None = None
    """Rules (oslo.policy, YAML) that replace those of docs/reference/policy.md by name."""
    enrolment_file: Path | None = None
    """Holds the SHA-256 of the secret by which agents enrol, in hexadecimal digits. None: no agent can enrol."""
    heartbeat_port: Annotated[int, Field(ge=0, le=65535)] = 6386
    """UDP, on `listen_address`: where agents are heard each second. 0 takes any free port; agents are told which."""
    agent_silence: Annotated[float, Field(ge=4, le=3600)] = 5
    """Seconds without a heartbeat after which a host counts as not heard; it has failed if its lease is stale too."""
    failure_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Of the unlocked hosts: when more are lost at once, the network is suspected, and no host is failed or fenced. The
    VIM starts nothing elsewhere while more than that have failed."""
    moves_per_host: Annotated[int, Field(ge=1, le=100)] = 2
    """Servers that the VIM moves off one host at once, when it is locked."""
    moves_at_once: Annotated[int, Field(ge=1, le=1000)] = 8
    """Servers that the VIM moves, or starts elsewhere after a failure, at once, of all hosts together."""
    bmc_ca_file: Path | None = None
    """Authorities that sign the certificates of baseboard controllers, PEM. None: the machine's own."""
    secrets_key_file: Path = Path("/var/lib/sturnus/secrets.key")
    """Encrypts stored passwords. Made when it is needed first; without it they are lost, so keep a copy, apart from the
    database's."""
    vim_url: str | None = None
    """The VIM's southbound API (`https://HOST:30001`): who carries out lock and unlock. None: they are words only."""
    vim_port: Annotated[int, Field(ge=0, le=65535)] = 30001
    """Of `sturnus serve vim`, on `listen_address`."""
    vim_northbound_port: Annotated[int, Field(ge=0, le=65535)] = 4545
    """Of `sturnus serve vim`, on `listen_address`: where `sw-manager` asks."""
    faults_port: Annotated[int, Field(ge=0, le=65535)] = 18002
    """Of `sturnus serve faults`, on `listen_address`: where `fm` asks."""
    faults_url: str | None = None
    """For `sturnus serve vim`: where it raises alarms, `https://HOST:18002`. None: it raises none."""
    nfv_directory: Path = Path("/etc/nfv")
    """For `sturnus serve vim`: where Puppet writes its configuration, which is read anew whenever it changes."""
    openstack_keystone_file: Path = Path("/etc/sturnus/openstack-keystone.conf")
    """The Keystone in the pods, as Puppet writes it while OpenStack is installed; read anew whenever it changes."""
    inventory_url: str | None = None
    """For `sturnus serve vim`: the inventory, `https://HOST:6385`."""
    kubeconfig: Path | None = None
    """The cluster whose nodes follow the labels. None: labels are kept, and no node is touched."""
    applications_kubeconfig: Path | None = None
    """By which applications are installed: `sturnus kubeconfig-create --account applications`. None: they are not."""
    nodes_kubeconfig: Path | None = None
    """By which workers become nodes when they are unlocked: `sturnus kubeconfig-create --account nodes`. None: others
    make nodes of them."""
    state_directory: Path = Path("/var/lib/sturnus")
    """Where bundles of applications and Helm's caches are kept. Belongs to the user who runs this."""
    helm: str = "helm"
    """The program, of Helm 4: a path, or a name that is looked up in PATH."""
    local_registry: str | None = None
    """HOST:PORT from which hosts pull, and to which images are copied first. None: hosts pull from elsewhere."""
    registry_auth_file: Path | None = None
    """Logins of registries as skopeo and podman write them (containers-auth.json); read anew for each copy."""
    registry_certificates: Path | None = None
    """Directory of *.crt by which registries are checked, besides the operating system's."""
    tarball_limit: Annotated[int, Field(gt=0)] = 64 * 1024 * 1024
    """Bytes of a request that brings an application's tarball; it is a third larger there than on disk."""
    hostname: str = Field(default_factory=socket.gethostname)
    """The host that this process runs on: the active controller."""
    system_name: str = "sturnus"
    system_type: SystemType = SystemType.STANDARD
    system_mode: SystemMode = SystemMode.DUPLEX
    region_name: str = "RegionOne"
    body_limit: Annotated[int, Field(gt=0)] = 1024 * 1024
    """Bytes of a request's body that are read before it is refused."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over environment over file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=settings_file())
