"""Asks the platform's policy, route by route. The table of who may do what is `sturnus.identity.permissions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, cast

from fastapi import Depends, Request

from sturnus.api.authentication import Caller
from sturnus.core.errors import Forbidden
from sturnus.core.identity import Identity
from sturnus.core.states import HostAction
from sturnus.identity.permissions import Action
from sturnus.identity.policy import Policy

ACTION_PERMISSIONS: Final[dict[HostAction, Action]] = {
    HostAction.LOCK: Action.HOSTS_LOCK,
    HostAction.FORCE_LOCK: Action.HOSTS_LOCK,
    HostAction.UNLOCK: Action.HOSTS_UNLOCK,
    HostAction.FORCE_UNLOCK: Action.HOSTS_UNLOCK,
    HostAction.SWACT: Action.HOSTS_SWACT,
    HostAction.FORCE_SWACT: Action.HOSTS_SWACT,
    HostAction.REBOOT: Action.HOSTS_POWER,
    HostAction.RESET: Action.HOSTS_POWER,
    HostAction.POWER_ON: Action.HOSTS_POWER,
    HostAction.POWER_OFF: Action.HOSTS_POWER,
    HostAction.REINSTALL: Action.HOSTS_CHANGE,
}
"""What each action on a host needs."""


def policy(request: Request) -> Policy:
    """Dependency: the rules in force."""
    return cast("Policy", request.app.state.policy)


Rules = Annotated[Policy, Depends(policy)]


def require(rules: Policy, identity: Identity, action: Action) -> None:
    """Forbidden, with the policy's own words, unless the caller may do this."""
    denial = rules.allowed(identity, action)
    if denial is not None:
        raise Forbidden(
            f"{denial.reason}.",
            expected=denial.needed,
            remedy="ask an administrator; docs/reference/policy.md says who",
        )


def allowed(action: Action) -> Callable[[Identity, Policy], Awaitable[None]]:
    """Make the dependency of a route that needs this permission."""

    async def check(identity: Caller, rules: Rules) -> None:
        require(rules, identity, action)

    return check


async def asked_later(identity: Caller, rules: Rules) -> Callable[[Action], None]:
    """Dependency of routes that know only from the body what they need."""
    return lambda action: require(rules, identity, action)


May = Annotated[Callable[[Action], None], Depends(asked_later)]
"""Called with an action: Forbidden unless the caller may do it."""
