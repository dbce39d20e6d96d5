"""Switches off hosts that failed, so that what ran there can run elsewhere without running twice.

The wish is stored with the failure, in one commit with a notice on a lane of its own. The notice is delivered until the
host's controller says that it is off. Whoever is killed in between begins again: a host that is off is fenced.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from sturnus.core.errors import Conflict, Forbidden, Invalid, Unavailable
from sturnus.core.metrics import HOSTS_FENCED
from sturnus.core.states import Fencing
from sturnus.inventory import bmc, changing
from sturnus.inventory.changing import Ground
from sturnus.inventory.hearing import Hearing
from sturnus.inventory.ports import PowerControl
from sturnus.redfish.power import Controller, Power, Reset
from sturnus.store import events, failures, hosts
from sturnus.store.outbox import Notice, Topic

OFF_WITHIN: Final = 12.0
"""Seconds that a controller gets to switch its host off, before the next attempt."""
LOOK_EVERY: Final = 0.25

log = structlog.stdlib.get_logger(__name__)


class Fence:
    """Receives the notices of `Topic.FENCE`."""

    def __init__(self, ground: Ground, power: PowerControl, hearing: Hearing) -> None:
        self._ground = ground
        self._power = power
        self._hearing = hearing

    async def deliver(self, notice: Notice) -> None:
        """Have one host off. Unavailable: its controller does not answer, or it is not off yet; deliver again later."""
        try:
            controller = await self._wanted(notice.subject)
            if controller is None:
                return
            await self._have_off(controller, notice.subject)
        except (Forbidden, Invalid) as error:
            # Trying again would change nothing, and may lock the account.
            await self._note(notice.subject, Fencing.IMPOSSIBLE, ": ".join(filter(None, (error.message, error.remedy))))
        except (Unavailable, Conflict) as error:
            await self._note(notice.subject, Fencing.WANTED, f"not yet: {error.message}")
            raise
        else:
            await self._note(
                notice.subject, Fencing.FENCED, f"the controller at {controller.address} says that it is off"
            )

    async def _wanted(self, uuid: str) -> Controller | None:
        """The controller to ask; None: the host shall not be fenced any more."""
        async with self._ground.database.read() as session:
            failure = await failures.of_host(session, uuid)
            row = await hosts.find(session, uuid)
            if row is None or failure is None or failure.fencing is not Fencing.WANTED:
                return None
            return await bmc.controller_of(session, self._ground, row)

    async def _have_off(self, controller: Controller, uuid: str) -> None:
        if await self._power.state(controller) is Power.OFF:
            return
        if await self._wanted(uuid) is None:
            raise Conflict("the host was heard again", expected="a host that failed", remedy="")
        await self._power.reset(controller, Reset.FORCE_OFF)
        loop = asyncio.get_running_loop()
        end = loop.time() + OFF_WITHIN
        while (state := await self._power.state(controller)) is not Power.OFF:
            if loop.time() > end:
                raise Unavailable(
                    f"it was told to switch off {OFF_WITHIN:.0f} s ago and is {state}", expected="off", remedy=""
                )
            await asyncio.sleep(LOOK_EVERY)

    async def _note(self, uuid: str, fencing: Fencing, reason: str) -> None:
        """Write down how it goes, unless it is not wanted any more, or written already."""
        ground = self._ground
        async with ground.database.write() as session:
            row = await hosts.lock(session, uuid)
            failure = None if row is None else await failures.find(session, row.id)
            if row is None or failure is None or failure.fencing is not Fencing.WANTED:
                return
            if (failure.fencing, failure.fencing_reason) == (fencing, reason):
                return
            if failure.fencing is not fencing:
                failure.fencing_since = ground.clock.now()
            failure.fencing, failure.fencing_reason = fencing, reason
            changing.notify(session, ground, row, Topic.VIM)
            await changing.changed(session, ground, row, "host.changed")
            if fencing is not Fencing.WANTED:
                told = {"hostname": row.hostname, "reason": reason}
                await events.append(session, f"host.fencing-{fencing}", uuid, told, ground.clock.now())
        log.warning("fencing", host=uuid, fencing=fencing, reason=reason)
        if fencing is Fencing.FENCED:
            HOSTS_FENCED.inc()
            self._hearing.went_down(uuid)
