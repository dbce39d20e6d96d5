"""Which passwords the application needs, and how one is made. Pure; they live in one Secret of the cluster only.

Charts refer to the keys of the Secret (`valueFrom`), so no password is ever a value, and none is in a plan, a record of
Helm's, a log or the platform's database.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Collection, Mapping
from typing import Final

from sturnus.openstack.names import SERVICES

KEYS: Final[tuple[str, ...]] = (
    "mariadb-root",
    "rabbitmq",
    "rabbitmq-erlang-cookie",
    "keystone-admin",
    *(f"{service}-db" for service in SERVICES),
    *(f"{service}-user" for service in SERVICES if service != "keystone"),
    "horizon-secret-key",
    "neutron-metadata",
)
"""Every key of the Secret."""
ADMIN: Final = "keystone-admin"
LENGTH: Final = 32
"""Characters: 190 bits."""
_ALPHABET: Final = string.ascii_letters + string.digits

NewPassword = Callable[[], str]


def random_password() -> str:
    """Make a password of letters and digits: it stands in URLs, in YAML and in shell scripts."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def missing(present: Collection[str], new: NewPassword) -> Mapping[str, str]:
    """Make those that are not there; those that are stay what they are, whatever they are."""
    return {key: new() for key in KEYS if key not in present}
