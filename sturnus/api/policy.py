"""Who may do what: a table (reference/inventory.md §5.1, today's roles)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Final

from sturnus.api.authentication import Caller
from sturnus.core.errors import Forbidden
from sturnus.core.identity import Identity, Role


class Permission(StrEnum):
    """What a request needs to be allowed."""

    READ = "read the inventory"
    """Lists, single things, events."""
    OPERATE = "lock, unlock and restart hosts"
    """Actions on hosts that are configured."""
    CHANGE = "change the inventory"
    """Hosts and their fields, labels, the system."""
    REPORT = "report the state of a host"
    """What agents and the platform's own programs say of a host."""


POLICY: Final[Mapping[Permission, frozenset[Role]]] = {
    Permission.READ: frozenset({Role.ADMIN, Role.CONFIGURATOR, Role.OPERATOR, Role.READER}),
    Permission.OPERATE: frozenset({Role.ADMIN, Role.CONFIGURATOR, Role.OPERATOR}),
    Permission.CHANGE: frozenset({Role.ADMIN, Role.CONFIGURATOR}),
    Permission.REPORT: frozenset({Role.ADMIN}),
}


def require(identity: Identity, permission: Permission) -> None:
    """Forbidden unless one of the caller's roles allows it."""
    roles = POLICY[permission]
    if identity.roles.isdisjoint(roles):
        raise Forbidden(
            f"User {identity.user} may not {permission.value}.",
            expected="one of the roles " + ", ".join(sorted(roles)),
            remedy=f"ask an administrator for a role in project {identity.project}",
        )


def allowed(permission: Permission) -> Callable[[Identity], Awaitable[None]]:
    """Make the dependency of a route that needs this permission."""

    async def check(identity: Caller) -> None:
        require(identity, permission)

    return check
