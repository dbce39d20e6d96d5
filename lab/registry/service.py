"""The registry as a service of a controller, and as a place that hosts pull from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import yaml

from lab.ground.certificates import Authority
from lab.ground.description import Host, Lab
from lab.registry import credentials
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.supervised import service

CONFIGURATION: Final = "/etc/docker/registry"


def authority(lab: Lab) -> Authority:
    """The lab's certificate authority; hosts trust it for the registry."""
    return Authority.load_or_create(lab.paths.secrets / "ca")


def service_files(lab: Lab, host: Host) -> Iterator[HostFile]:
    """The registry on a controller: configuration, certificate, password, service."""
    login = credentials.ensure(lab)
    issued = authority(lab).issue(
        lab.paths.secrets / "registry",
        "registry.local",
        ["registry.local", host.name, host.address, lab.outside(host)],
    )
    yield HostFile(f"{CONFIGURATION}/tls.crt", issued.certificate.read_text())
    yield HostFile(f"{CONFIGURATION}/tls.key", issued.key.read_text(), 0o600)
    yield HostFile(f"{CONFIGURATION}/htpasswd", f"{login.user}:{login.hashed}\n", 0o600)
    yield HostFile(f"{CONFIGURATION}/config.yml", yaml.safe_dump(_configuration()), 0o600)
    yield from service("registry", f"exec docker-registry serve {CONFIGURATION}/config.yml\n")


def client_files(lab: Lab) -> Iterator[HostFile]:
    """What containerd on any host needs to pull from the registry."""
    directory = f"/etc/containerd/certs.d/{credentials.NAME}"
    yield HostFile(f"{directory}/ca.crt", authority(lab).certificate.read_text())
    hosts = (
        f'server = "https://{credentials.NAME}"\n'
        f'[host."https://{credentials.NAME}"]\n'
        'capabilities = ["pull", "resolve"]\n'
        f'ca = "{directory}/ca.crt"\n'
        f'[host."https://{credentials.NAME}".header]\n'
        f'authorization = "{credentials.ensure(lab).authorization}"\n'
    )
    yield HostFile(f"{directory}/hosts.toml", hosts, 0o600)


def _configuration() -> dict[str, object]:
    return {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": "/var/lib/registry"},
            "cache": {"blobdescriptor": "inmemory"},
            "delete": {"enabled": True},
        },
        "http": {
            "addr": f":{credentials.PORT}",
            "tls": {"certificate": f"{CONFIGURATION}/tls.crt", "key": f"{CONFIGURATION}/tls.key"},
        },
        "auth": {"htpasswd": {"realm": "sturnus-lab", "path": f"{CONFIGURATION}/htpasswd"}},
    }
