"""Where images come from: replacement registries, proxies and logins, as `service-parameter` has them.

service-parameter-add docker docker-registry url=registry.example.com/dockerhub
service-parameter-add docker proxy http_proxy=http://proxy:3128 no_proxy=registry.local
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sturnus.registry.reference import ImageReference

SECTIONS: Final[Mapping[str, str]] = {
    "docker-registry": "docker.io",
    "elastic-registry": "docker.elastic.co",
    "gcr-registry": "gcr.io",
    "ghcr-registry": "ghcr.io",
    "icr-registry": "icr.io",
    "k8s-registry": "k8s.gcr.io",
    "quay-registry": "quay.io",
    "registryk8s-registry": "registry.k8s.io",
}
"""Section of the service `docker` → the registry that it replaces (reference/applications.md §1.7)."""

PROXY_SECTION: Final = "proxy"
_PROXIES: Final = ("http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class Login:
    """A user of a registry."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Replacement:
    """What stands in for a public registry."""

    url: str  # HOST[:PORT][/PATH], without scheme
    plain_http: bool = False  # `secure=False`: neither TLS nor certificates are asked for


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """All that a mirror needs to know of registries, but for the logins: these are read anew for each attempt."""

    local: str  # HOST:PORT of the platform's own registry
    replacements: Mapping[str, Replacement] = field(default_factory=dict)  # registry → what stands in for it
    proxies: Mapping[str, str] = field(default_factory=dict)  # http_proxy, https_proxy, no_proxy
    certificates: Path | None = None  # directory of *.crt that are trusted besides the system's
    local_plain_http: bool = False  # a registry on loopback, for tests

    def source(self, image: ImageReference) -> str:
        """Return the full name under which an image is pulled: from its own registry, or from what stands in for it."""
        replacement = self.replacements.get(image.registry)
        if replacement is None:
            return image.address
        return f"{replacement.url.rstrip('/')}/{image.address.removeprefix(image.registry).lstrip('/')}"

    def speaks_plain_http(self, registry: str) -> bool:
        """Whether a registry (HOST[:PORT]) is asked without TLS."""
        plain = {host_of(each.url) for each in self.replacements.values() if each.plain_http}
        return registry in plain or (self.local_plain_http and registry == self.local)

    def environment(self) -> dict[str, str]:
        """Return the proxies as programs read them. The local registry is never asked through one."""
        if not self.proxies:
            return {}
        beside = [each for each in self.proxies.get("no_proxy", "").split(",") if each]
        found = {name: value for name, value in self.proxies.items() if name != "no_proxy" and value}
        found["no_proxy"] = ",".join([*beside, self.local.rpartition(":")[0].strip("[]") or self.local])
        return {spelling: value for name, value in found.items() for spelling in (name, name.upper())}


def host_of(url: str) -> str:
    """Return HOST[:PORT] of a registry's URL, whose scheme is optional."""
    return url.partition("://")[2].partition("/")[0] if "://" in url else url.partition("/")[0]


def from_parameters(
    local: str, parameters: Mapping[str, Mapping[str, str]], certificates: Path | None
) -> RegistrySettings:
    """Make settings of the parameters of the service `docker`: section → name → value."""
    given = parameters.get(PROXY_SECTION, {})
    return RegistrySettings(
        local=local,
        replacements=dict(_replacements(parameters)),
        proxies={name: given[name] for name in _PROXIES if given.get(name)},
        certificates=certificates,
    )


def _replacements(parameters: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Replacement]]:
    for section, registry in SECTIONS.items():
        given = parameters.get(section, {})
        if url := given.get("url", "").strip().rstrip("/"):
            plain = url.partition("://")[2] or url
            yield registry, Replacement(plain, given.get("secure", "true").lower() == "false")
