"""Whether anybody would miss OpenStack: servers that are there are lost with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sturnus.applications.plan.placing import Obstacle
from sturnus.cloud.session import NOVA, Services, administrator, session
from sturnus.core.errors import NotFound, SturnusError
from sturnus.core.few import few_in_words
from sturnus.openstack import check_leftovers

_SHOWN: Final = 3


async def would_be_missed(services: Services, password: str | None, application: str) -> list[Obstacle]:
    """Ask Nova for the servers of all projects. Writes nothing.

    `password`: the administrator's; None: there is none, so nobody ever used it.
    """
    if password is None:
        return []
    try:
        admin = await session(services, administrator(password))
        found = await admin.get(NOVA, "/v2.1/servers?all_tenants=1")
    except NotFound:
        return []  # Keystone's or Nova's Service is not there: no server can have been made
    except SturnusError as error:
        return [cannot_tell(error.message, application)]
    return in_the_way([str(each["name"]) for each in found["servers"]], application)


def in_the_way(servers: Sequence[str], application: str) -> list[Obstacle]:
    """What servers of these names are to a removal; those of the platform's own check do not count. Pure."""
    names = [name for name in servers if name != check_leftovers.NAME]
    if not names:
        return []
    return [
        Obstacle(
            f"{len(names)} server{'' if len(names) == 1 else 's'}",
            f"{few_in_words(names, _SHOWN)} would be lost",
            f"openstack server delete NAME, or system application-remove {application} --force",
        )
    ]


def cannot_tell(why: str, application: str) -> Obstacle:
    """Nobody knows whether there are any: not a reason to lose them."""
    return Obstacle(
        "servers",
        f"nobody can say whether there are any: {why}",
        f"mend it, or system application-remove {application} --force, which loses those that there are",
    )
