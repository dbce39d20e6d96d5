"""What the platform's Keystone holds: literal tables.

Names that clients look for are StarlingX's: the catalog's types, the project `services`, the VIM's entry being type
`nfv` AND name `vim` (reference/clients.md §1, §2; reference/inventory.md §7.4). No user but the administrator and the
platform's own programs: who else may come in is the operator's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sturnus.core.identity import Role
from sturnus.identity.keystone.settings import KeystoneSettings, netloc
from sturnus.identity.permissions import SERVICE_ROLE

ADMIN: Final = "admin"
"""User, project and role of the administrator; `keystone-manage bootstrap` makes all three."""

INVENTORY: Final = "sturnus"
"""User whose tokens the platform's APIs need, to ask about those of others."""

VIM: Final = "vim"
"""User of the VIM, which reads hosts and labels, and reports progress."""

INTERFACES: Final = ("admin", "internal", "public")

ROLES: Final = (*(role.value for role in Role), SERVICE_ROLE)

IMPLICATIONS: Final = (
    (Role.ADMIN.value, Role.CONFIGURATOR.value),
    (Role.CONFIGURATOR.value, Role.OPERATOR.value),
    (Role.OPERATOR.value, Role.READER.value),
)
"""Whoever has the first has the second too, so a token says all that its bearer may do."""

PROJECTS: Final = (ADMIN, "services")


@dataclass(frozen=True, slots=True)
class User:
    """A user that the platform needs. Its password is in the file of its name."""

    name: str
    project: str
    roles: tuple[str, ...]


USERS: Final = (
    User(ADMIN, ADMIN, (Role.ADMIN.value,)),
    User(INVENTORY, "services", (SERVICE_ROLE,)),  # validates tokens, tells the VIM
    User(VIM, "services", (SERVICE_ROLE, Role.READER.value)),  # reads hosts and labels, reports progress
    User("fm", "services", (SERVICE_ROLE,)),  # validates tokens
)


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the catalog."""

    type: str
    name: str
    port: int | None  # None: Keystone's own, which can be set
    path: str

    def url(self, host: str, settings: KeystoneSettings) -> str:
        """Where it answers on that host."""
        return f"{settings.scheme}://{netloc(host, self.port or settings.port)}{self.path}"


SERVICES: Final = (
    Service("identity", "keystone", None, "/v3"),
    Service("platform", "sysinv", 6385, "/v1"),
    Service("nfv", "vim", 4545, ""),
    Service("faultmanagement", "fm", 18002, ""),
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The URL of each service (by type) on each interface, in one region."""

    region: str
    urls: dict[tuple[str, str], str]


def catalog(settings: KeystoneSettings) -> Catalog:
    """Fill in addresses: users come through the public one, hosts through the others."""
    internal = settings.internal_host or settings.listen
    hosts = {"admin": internal, "internal": internal, "public": settings.public_host or internal}
    urls = {
        (service.type, interface): service.url(hosts[interface], settings)
        for service in SERVICES
        for interface in INTERFACES
    }
    return Catalog(settings.region, urls)
