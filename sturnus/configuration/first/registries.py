"""Where images come from, as the file says it and as service parameters have it (docs/how-to/use-a-registry.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sturnus.configuration.first.model import FirstConfiguration

PROXIES: Final = {
    "DOCKER_HTTP_PROXY": "http_proxy",
    "DOCKER_HTTPS_PROXY": "https_proxy",
    "DOCKER_NO_PROXY": "no_proxy",
}
REGISTRIES: Final = {
    "DOCKER_DOCKER_REGISTRY": ("docker-registry",),
    "DOCKER_GCR_REGISTRY": ("gcr-registry",),
    "DOCKER_K8S_REGISTRY": ("k8s-registry", "registryk8s-registry"),  # the name it had in 2019
    "DOCKER_QUAY_REGISTRY": ("quay-registry",),
}


def docker_parameters(wanted: FirstConfiguration) -> Mapping[str, Mapping[str, str]]:
    """Parameters of the service `docker`: section → name → value; empty where the file says nothing. Pure."""
    found: dict[str, dict[str, str]] = {}
    if proxies := {PROXIES[key]: value for key, value in wanted.proxies.items()}:
        found["proxy"] = proxies
    trust = {"secure": "false"} if wanted.registries.get("IS_SECURE_REGISTRY") == "False" else {}
    for key, sections in REGISTRIES.items():
        if url := wanted.registries.get(key):
            found |= {section: {"url": url, **trust} for section in sections}
    return found
