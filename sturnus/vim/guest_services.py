"""The guest service of each host's agent, by way of the inventory, which the agents ask what they shall do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from sturnus.core.errors import Unavailable
from sturnus.core.states import GuestServices as State
from sturnus.identity.openstack_login import OpenStackLogin
from sturnus.identity.service_calls import ServiceCalls
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.openstack_files import Clients
from sturnus.vim.ports import HostServices

MEANING: Final[Mapping[State, ServiceState]] = {
    State.ABSENT: ServiceState.ABSENT,
    State.DISABLED: ServiceState.DISABLED,
    State.ENABLED: ServiceState.ENABLED,
}
WORDS: Final[Mapping[ServiceState, State]] = {state: word for word, state in MEANING.items()}

Said = Mapping[str, Any]


def state_of(said: Said) -> ServiceState:
    """What the inventory's answer means.

    On a host that is not heard nothing works, and its agent reads what is wanted before it does anything again: what
    shall not work is so already. Otherwise no dead host could be locked or deleted.
    """
    wanted, found = State(said["wanted"]), State(said["found"])
    if not said["has_agent"]:
        return ServiceState.ABSENT
    if said["answers"]:
        return MEANING[found]
    return ServiceState.DOWN if wanted is State.ENABLED else MEANING[wanted]


class GuestServices:
    """Implements `vim.ports.HostServices` for the guest service."""

    def __init__(self, calls: ServiceCalls) -> None:
        """Take calls to the inventory."""
        self._calls = calls
        self._without_agent: set[str] = set()

    async def look(self, hostname: str) -> ServiceState:
        """What it is on this host. One without an agent, or that is gone, has none."""
        return state_of(await self._ask("GET", hostname))

    def reachable(self, hostname: str) -> frozenset[ServiceState]:
        """What an agent can be told; where there is no agent nothing can be, and nobody waits for it."""
        return frozenset({ServiceState.ABSENT}) if hostname in self._without_agent else frozenset(WORDS)

    async def bring(self, hostname: str, wanted: ServiceState) -> str:
        """Ask for a state. What cannot be asked for (down, dead) is what a host that is gone does by itself."""
        word = WORDS.get(wanted)
        if word is None:
            return ""
        said = await self._ask("PUT", hostname, {"wanted": word})
        if state_of(said) is wanted:
            return ""
        if not said["answers"]:
            return f"{hostname} is not heard: its guest service cannot be {word}"
        return f"the agent of {hostname} has not said yet that its guest service is {word}: it is {said['found']}"

    async def _ask(self, method: str, hostname: str, body: object = None) -> Said:
        path = f"/v1/sturnus/hosts/{quote(hostname, safe='')}/guest-services"
        status, said = await self._calls.request(method, path, body)
        if status == HTTPStatus.NOT_FOUND:
            said = {"wanted": State.ABSENT, "found": State.ABSENT, "has_agent": False, "answers": False}
        elif status != HTTPStatus.OK:
            raise Unavailable(
                f"the inventory answered {status} to {method} {path}", expected="200", remedy="see the inventory's log"
            )
        (self._without_agent.discard if said["has_agent"] else self._without_agent.add)(hostname)
        return dict(said)


def with_guests(
    connect: Callable[[OpenStackLogin], Clients], guests: HostServices
) -> Callable[[OpenStackLogin], Clients]:
    """Clients of OpenStack with the guest service beside them: it is there for servers, and off without them."""

    def made(login: OpenStackLogin) -> Clients:
        clients = connect(login)
        return replace(clients, services={**clients.services, ServiceKind.GUEST: guests})

    return made
