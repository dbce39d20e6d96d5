"""Names that the platform and the charts of the OpenStack application agree on."""

from __future__ import annotations

from typing import Final

APPLICATION: Final = "openstack"
NAMESPACE: Final = "openstack"
PASSWORDS: Final = "openstack-passwords"
"""Secret in the namespace. Charts refer to its keys; the platform's database refers to it by this name only."""
KEYSTONE_KEYS: Final = ("keystone-fernet-keys", "keystone-credential-keys")
"""Secrets that the keystone chart's Jobs make: they belong to no release, and outlive it."""
SERVICES: Final = ("keystone", "placement", "glance", "nova", "neutron")
"""Services with a database and a user of their own."""


def is_openstack(application: str) -> bool:
    """Whether an application of this name is OpenStack: `openstack`, or with a prefix as StarlingX's `stx-openstack`.

    The same rule as for hooks (`engine.hooks.hooks_of`).
    """
    return application == APPLICATION or application.endswith(f"-{APPLICATION}")
