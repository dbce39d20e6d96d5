"""/etc/platform/openrc and clouds.yaml: what clients are told about the platform's Keystone. Pure text.

Neither holds a password. The openrc reads it when sourced (StarlingX's asks the keyring then, reference/inventory.md
§7.5), so the file may be readable and a new password needs no new file; clouds.yaml leaves it to secure.yaml, which
every OpenStack client reads beside it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

CLOUD: Final = "platform"
"""Name of the cloud: `openstack --os-cloud platform`."""


class Interface(StrEnum):
    """Which of the catalog's addresses a client uses."""

    INTERNAL = "internal"  # hosts of the platform
    PUBLIC = "public"  # everybody else


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """Everything that a client must know to get a token, but the password."""

    auth_url: str  # with /v3
    password_file: Path  # absolute; holds the password and nothing else
    username: str = "admin"
    project: str = "admin"
    region: str = "RegionOne"
    domain: str = "Default"
    interface: Interface = Interface.INTERNAL
    ca_file: Path | None = None  # absolute; None: the operating system's authorities


_OPENRC: Final = """\
# Credentials of the platform's Keystone. Source it: . /etc/platform/openrc [--no_credentials]
# Works in sh and bash, with `set -u` too. Returns 1 when the password cannot be read.
unset OS_SERVICE_TOKEN
export OS_ENDPOINT_TYPE={interface}URL
export CINDER_ENDPOINT_TYPE={interface}URL
export OS_USERNAME={username}
export OS_AUTH_TYPE=password
export OS_AUTH_URL={auth_url}
export OS_PROJECT_NAME={project}
export OS_USER_DOMAIN_NAME={domain}
export OS_PROJECT_DOMAIN_NAME={domain}
export OS_IDENTITY_API_VERSION=3
export OS_REGION_NAME={region}
export OS_INTERFACE={interface}
{cacert}
if [ "${{1-}}" = --no_credentials ]; then
  unset OS_PASSWORD
  return 0
fi
if OS_PASSWORD=$(cat {password_file} 2>/dev/null) && [ -n "$OS_PASSWORD" ]; then
  export OS_PASSWORD
  case $- in *i*) PS1="[\\u@\\h \\W(keystone_$OS_USERNAME)]\\\\\\$ " ;; esac
else
  unset OS_PASSWORD
  echo 'openrc: the password is available only on the active controller, to its administrator' >&2
  case $- in *i*) PS1='\\h:\\w\\$ ' ;; esac
  return 1
fi
"""


def render_openrc(facts: ClientFacts) -> str:
    """Render the statements of StarlingX's file, under the same names (reference/inventory.md §7.5)."""
    return _OPENRC.format(
        username=shlex.quote(facts.username),
        auth_url=shlex.quote(facts.auth_url),
        project=shlex.quote(facts.project),
        domain=shlex.quote(facts.domain),
        region=shlex.quote(facts.region),
        interface=facts.interface,
        # Another platform's would be worse than none: what a shell has left over goes.
        cacert="unset OS_CACERT" if facts.ca_file is None else f"export OS_CACERT={shlex.quote(str(facts.ca_file))}",
        password_file=shlex.quote(str(facts.password_file)),
    )


def render_clouds(clouds: Mapping[str, ClientFacts]) -> str:
    """Render clouds.yaml, by the clouds' names. JSON is YAML, and needs no rules about quoting of its own."""
    return _document({name: _cloud(facts) for name, facts in clouds.items()})


def _cloud(facts: ClientFacts) -> dict[str, object]:
    auth = {
        "auth_url": facts.auth_url,
        "username": facts.username,
        "project_name": facts.project,
        "user_domain_name": facts.domain,
        "project_domain_name": facts.domain,
    }
    cloud: dict[str, object] = {
        "auth_type": "password",
        "auth": auth,
        "region_name": facts.region,
        "interface": facts.interface,
        "identity_api_version": "3",
    }
    if facts.ca_file is not None:
        cloud["cacert"] = str(facts.ca_file)
    return cloud


def render_secure(password: str) -> str:
    """Render secure.yaml, which goes beside clouds.yaml with mode 0600."""
    return _document({CLOUD: {"auth": {"password": password}}})


def _document(clouds: Mapping[str, Mapping[str, object]]) -> str:
    return json.dumps({"clouds": clouds}, indent=2) + "\n"
