"""The guest service of each host's agent: the VIM wants a state, its agent is told, and says what it does.

    VIM -> wanted -> order -> the agent writes it down -> sign of life says it -> found

Levels, no edges: whoever missed something is told again, by each sign of life that differs from what is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

from sturnus.core.states import ANSWERING, Availability, GuestServices
from sturnus.inventory import changing
from sturnus.inventory.changing import Ground
from sturnus.store import agents, hosts
from sturnus.store.models import AgentRow


@dataclass(frozen=True, slots=True)
class Guests:
    """The guest service of one host."""

    host: str  # uuid
    wanted: GuestServices
    found: GuestServices  # as its agent said last
    has_agent: bool  # that knows of guest services: without one there is never any, and nobody needs to wait
    answers: bool  # the machine is heard: only then can the agent be told anything

    @property
    def is_reached(self) -> bool:
        """Whether the agent does what is wanted."""
        return self.found is self.wanted


async def of_host(ground: Ground, reference: str) -> Guests:
    """Say how it is. NotFound if there is no such host."""
    async with ground.database.read() as session:
        row = await hosts.find(session, reference)
        if row is None:
            raise changing.no_such_host(reference)
        return _guests(row.uuid, row.availability, await agents.of_host(session, row.id))


async def want(ground: Ground, reference: str, wanted: GuestServices) -> Guests:
    """Write down what shall be. No change of the host as clients see it. Nothing is written where there is no agent."""
    async with ground.database.write() as session:
        found = await hosts.find(session, reference)
        row = None if found is None else await hosts.lock(session, found.uuid)
        if row is None:
            raise changing.no_such_host(reference)
        agent = await agents.of_host(session, row.id)
        if agent is not None and agent.guests_wanted != wanted:
            agent.guests_wanted = wanted
        return _guests(row.uuid, row.availability, agent)


def differ(agent: AgentRow) -> bool:
    """Whether an agent does something else than what is wanted."""
    return _state(agent.guests_wanted) is not _state(agent.guests_found)


def _guests(uuid: str, availability: str, agent: AgentRow | None) -> Guests:
    return Guests(
        host=uuid,
        wanted=_state(None if agent is None else agent.guests_wanted),
        found=_state(None if agent is None else agent.guests_found),
        has_agent=agent is not None and agent.guests_found is not None,
        answers=Availability(availability) in ANSWERING,
    )


def _state(stored: str | None) -> GuestServices:
    return GuestServices.ABSENT if stored is None else GuestServices(stored)
