"""How an administrator reaches the OpenStack in the pods: facts for an openrc, a clouds.yaml, an `[openstack]` section.

The password itself is not among them, only where it lies: whoever writes a file reads it there, for that file's owner.
"""

from __future__ import annotations

from dataclasses import dataclass

from sturnus.openstack.facts import PlatformFacts
from sturnus.openstack.names import KEYSTONE_URL, NAMESPACE, PASSWORDS
from sturnus.openstack.passwords import ADMIN


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A key of a Kubernetes Secret."""

    namespace: str
    name: str
    key: str

    def __str__(self) -> str:
        """`NAMESPACE/NAME KEY`."""
        return f"{self.namespace}/{self.name} {self.key}"


@dataclass(frozen=True, slots=True)
class Access:
    """What a client is told."""

    auth_url: str  # with /v3; a name of the cluster's DNS
    username: str
    project_name: str
    user_domain_name: str
    project_domain_name: str
    region_name: str
    password: SecretReference


def administrator_access(facts: PlatformFacts) -> Access:
    """Say how the administrator logs in. Pure."""
    return Access(
        auth_url=KEYSTONE_URL,
        username="admin",
        project_name="admin",
        user_domain_name="Default",
        project_domain_name="Default",
        region_name=facts.region,
        password=SecretReference(NAMESPACE, PASSWORDS, ADMIN),
    )
