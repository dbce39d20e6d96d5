"""The service parameters that the platform knows: data, one line each.

A service, a section and a name lead to a rule for the value. Sections whose names the operator chooses (arguments of
Kubernetes' own programs) take any name. What is in no section here is refused with what comes nearest to it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlsplit

LONGEST_VALUE: Final = 4096

Rule = Callable[[str], str | None]
"""Returns what it expects, or None if the value is fit."""

_DOMAIN: Final = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*")
_SECRET: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ARGUMENT: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,127}")


def text(value: str) -> str | None:
    """Anything printable."""
    return None if value.isprintable() and value else "printable text"


def number(least: int, most: int) -> Rule:
    """Whole numbers between two, both included."""

    def rule(value: str) -> str | None:
        fits = value.isdecimal() and value.isascii() and len(value) <= 18 and least <= int(value) <= most
        return None if fits else f"a number from {least} to {most}"

    return rule


def one_of(*words: str) -> Rule:
    """Any of these words."""
    return lambda value: None if value in words else "one of " + ", ".join(words)


def domain(value: str) -> str | None:
    """A DNS name."""
    return None if _DOMAIN.fullmatch(value) else "a DNS name in lower case: example.com"


def url(value: str) -> str | None:
    """An address of a web server, without a password: values are shown to readers."""
    expected = "http://HOST[:PORT] or https://HOST[:PORT], without user and password"
    try:
        parts = urlsplit(value)
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None and (parts.port or 1)
    except ValueError:
        return expected
    return None if fits and value.isprintable() else expected


def hosts(value: str) -> str | None:
    """Names, addresses and networks, separated by commas."""
    return None if all(_is_host(each.strip()) for each in value.split(",")) else "names or addresses, with commas"


def registry(value: str) -> str | None:
    """Where a registry of images is: a host, perhaps a port and a path."""
    fits = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?(/[A-Za-z0-9._/-]+)?", value)
    return None if fits else "HOST[:PORT][/PATH]"


def secret_reference(value: str) -> str | None:
    """The uuid of a secret that is kept elsewhere."""
    return None if _SECRET.fullmatch(value) else "the uuid of a secret, never the secret itself"


BOOLEAN: Final = one_of("true", "false", "True", "False")


@dataclass(frozen=True, slots=True)
class Section:
    """The parameters of one section."""

    names: Mapping[str, Rule]
    any_other: Rule | None = None  # None: there are no others


_REGISTRY: Final = Section(
    {
        "url": registry,
        "auth-secret": secret_reference,
        "type": one_of("docker", "aws-ecr"),
        "secure": BOOLEAN,
        "additional-overrides": registry,
    }
)
_REGISTRIES: Final = ("docker", "gcr", "k8s", "registryk8s", "quay", "elastic", "ghcr", "icr")
_ARGUMENTS: Final = Section({}, any_other=text)

CATALOGUE: Final[Mapping[str, Mapping[str, Section]]] = {
    "identity": {
        "config": Section({"token_expiration": number(3600, 14400)}),  # seconds
        "security_compliance": Section(
            {
                "unique_last_password_count": number(0, 24),
                "password_regex": text,
                "password_regex_description": text,
                "lockout_duration": number(0, 86400),
                "lockout_failure_attempts": number(0, 100),
            }
        ),
    },
    "openstack": {
        "helm": Section({"endpoint_domain": domain, "storage_class": domain}),  # names of classes are DNS names
    },
    "docker": {
        "proxy": Section({"http_proxy": url, "https_proxy": url, "no_proxy": hosts}),
        "config": Section({"max-kube-app-download-threads": number(1, 20)}),
        **{f"{name}-registry": _REGISTRY for name in _REGISTRIES},
    },
    "kubernetes": {
        "config": Section({"pod_max_pids": number(100, 65535), "automatic_recovery": BOOLEAN}),
        "certificates": Section({"apiserver_certsan": hosts}),
        "kube_apiserver": Section(
            {
                "oidc-issuer-url": url,
                "oidc-client-id": text,
                "oidc-username-claim": text,
                "oidc-groups-claim": text,
            },
            any_other=text,
        ),
        "kube_controller_manager": _ARGUMENTS,
        "kube_scheduler": _ARGUMENTS,
        "kubelet": _ARGUMENTS,
    },
    "platform": {
        "config": Section({"virtual": BOOLEAN}),
        "maintenance": Section(
            {
                "worker_boot_timeout": number(720, 1800),
                "controller_boot_timeout": number(1200, 1800),
                "heartbeat_period": number(100, 1000),
                "heartbeat_failure_threshold": number(10, 100),
                "heartbeat_failure_action": one_of("fail", "degrade", "alarm", "none"),
            }
        ),
    },
    "http": {
        "config": Section({"http_port": number(1, 65535), "https_port": number(1, 65535)}),
    },
}

ALIASES: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("docker", "proxy"): {"http-proxy": "http_proxy", "https-proxy": "https_proxy", "no-proxy": "no_proxy"},
}
"""Other spellings in use: they are stored under the first name."""


def spelled(service: str, section: str, name: str) -> str:
    """The name under which a parameter is stored."""
    return ALIASES.get((service, section), {}).get(name, name)


def unknown(service: str, section: str, name: str) -> str | None:
    """What of this is not in the catalogue, with what comes nearest; None if all of it is."""
    if service not in CATALOGUE:
        return f"There is no service {service[:64]!r}" + _nearest(service, CATALOGUE)
    sections = CATALOGUE[service]
    if section not in sections:
        return f"Service {service} has no section {section[:64]!r}" + _nearest(section, sections)
    found = sections[section]
    if name in found.names or (found.any_other is not None and _ARGUMENT.fullmatch(name)):
        return None
    return f"Section {service} {section} has no parameter {name[:64]!r}" + _nearest(name, found.names)


def expected_of(service: str, section: str, name: str, value: str) -> str | None:
    """What a value had to be; None if it is fit, or if nobody knows the parameter."""
    found = CATALOGUE.get(service, {}).get(section)
    rule = None if found is None else found.names.get(name, found.any_other)
    if len(value) > LONGEST_VALUE:
        return f"at most {LONGEST_VALUE} characters"
    return None if rule is None else rule(value)


def known(service: str, section: str) -> str:
    """What there is, for the line that says what was expected."""
    if service not in CATALOGUE:
        return "one of the services " + ", ".join(CATALOGUE)
    if section not in CATALOGUE[service]:
        return "one of the sections " + ", ".join(CATALOGUE[service])
    return "one of " + (", ".join(CATALOGUE[service][section].names) or "the program's own arguments")


def _nearest(word: str, known_words: Mapping[str, object]) -> str:
    match = get_close_matches(word[:64], known_words, 1)
    return f": did you mean {match[0]}?" if match else "."


def _is_host(value: str) -> bool:
    try:
        ipaddress.ip_network(value.strip("[]"), strict=False)
    except ValueError:
        return bool(re.fullmatch(r"[A-Za-z0-9.*_-]{1,253}(:\d{1,5})?", value))
    return True
