"""A kubeconfig with a token beside it, in a file of its own: a new token needs no new kubeconfig and no restart."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from lightkube import KubeConfig, SingleConfig
from lightkube.core.exceptions import ConfigError

from sturnus.core.errors import Unavailable

USER: Final = "sturnus-inventory"


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where a cluster is, and whom to trust there."""

    server: str  # URL
    authority: str  # PEM; empty: the operating system's authorities


def read(file: Path) -> SingleConfig:
    """Read the current context of a kubeconfig. Unavailable if there is none, or it says nothing of a cluster."""
    try:
        config = KubeConfig.from_file(file).get()
    except Exception as error:  # lightkube raises whatever its reading of a wrong file meets
        why = str(error) if isinstance(error, ConfigError | OSError) else "it cannot be understood"
        raise Unavailable(
            f"{file} is no kubeconfig: {why}",
            expected="a kubeconfig file that names a cluster",
            remedy=f"correct {file}, or name another file",
        ) from error
    if config is None:
        raise Unavailable(
            f"{file} names no cluster",
            expected="a kubeconfig with a current context",
            remedy="kubectl config get-contexts",
        )
    return config


def address_in(single: SingleConfig) -> ClusterAddress:
    """The cluster of a kubeconfig's current context."""
    cluster = single.cluster
    if cluster.certificate_auth_data:
        return ClusterAddress(cluster.server, base64.b64decode(cluster.certificate_auth_data).decode())
    if cluster.certificate_auth:
        return ClusterAddress(cluster.server, Path(single.abs_file(cluster.certificate_auth)).read_text())
    return ClusterAddress(cluster.server, "")


def token_file_of(kubeconfig: Path) -> Path:
    """Where the token lies."""
    return kubeconfig.with_name(f"{kubeconfig.name}.token")


def render(address: ClusterAddress, token_file: Path) -> str:
    """Render the file: the form that kubectl reads too. It holds no secret."""
    cluster: dict[str, str] = {"server": address.server}
    if address.authority:
        cluster["certificate-authority-data"] = base64.b64encode(address.authority.encode()).decode()
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": USER, "user": {"tokenFile": str(token_file)}}],
            "contexts": [{"name": USER, "context": {"cluster": "cluster", "user": USER}}],
            "current-context": USER,
        },
        sort_keys=False,
    )
