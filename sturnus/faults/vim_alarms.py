"""The VIM's alarms: it has a database of its own, so it tells them over the wire, by the platform's credentials."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, Final
from urllib.parse import urlencode

import httpx2

from sturnus.core.errors import Unavailable
from sturnus.faults.catalogue import AlarmId
from sturnus.identity.service_calls import ServiceCalls
from sturnus.vim.ports import Alarm

PATH: Final = "/v1/sturnus/alarms"
ALL: Final = "/v1/alarms"
SERVICES: Final = ".services=compute"
USER_AGENT: Final = "sturnus-vim"

NUMBERS: Final[Mapping[Alarm, AlarmId]] = {
    Alarm.HOST_FAILED: AlarmId.SERVICES_FAILED,
    Alarm.HOST_NOT_FENCED: AlarmId.NOT_FENCED,
    Alarm.EVACUATION_HELD_BACK: AlarmId.EVACUATION_HELD_BACK,
    Alarm.SERVERS_NOT_RECOVERED: AlarmId.SERVERS_NOT_RECOVERED,
    Alarm.LOCK_FAILED: AlarmId.LOCK_FAILED,
    Alarm.UNLOCK_FAILED: AlarmId.UNLOCK_FAILED,
    Alarm.OPENSTACK_SILENT: AlarmId.OPENSTACK_SILENT,
    Alarm.SERVER_FAILED: AlarmId.SERVER_FAILED,
}
"""200.004 is the inventory's word for a failed host; the VIM's is that what ran there is gone."""


ALARMS: Final[Mapping[str, Alarm]] = {number.value: alarm for alarm, number in NUMBERS.items()}


class FaultsClient:
    """Implements `vim.ports.Faults`."""

    def __init__(self, calls: ServiceCalls) -> None:
        self._calls = calls

    async def raise_(self, alarm: Alarm, entity: str, reason: str) -> None:
        """Have an alarm, with this reason."""
        number = NUMBERS[alarm]
        body = {"alarm_id": number, "entity_instance_id": _entity(number, entity), "reason_text": reason[:2000]}
        await self._send("PUT", PATH, body)

    async def clear(self, alarm: Alarm, entity: str) -> None:
        """Not have it."""
        number = NUMBERS[alarm]
        query = urlencode({"alarm_id": number.value, "entity_instance_id": _entity(number, entity)})
        await self._send("DELETE", f"{PATH}?{query}", None)

    async def active(self) -> Set[tuple[Alarm, str]]:
        """Those of the VIM that there are."""
        said = await self._send("GET", ALL, None)
        try:
            return {
                (alarm, each["entity_instance_id"].removesuffix(SERVICES))
                for each in said["alarms"]
                if (alarm := ALARMS.get(each["alarm_id"])) is not None
            }
        except (AttributeError, KeyError, TypeError) as error:
            raise Unavailable(
                f"the faults API gave a list that makes no sense ({type(error).__name__}: {error})",
                expected="active alarms",
                remedy="see the log of sturnus serve faults",
            ) from error

    async def _send(self, method: str, path: str, body: object) -> Any:
        status, said = await self._calls.request(method, path, body)
        if not httpx2.codes.is_success(status):
            raise Unavailable(
                f"the faults API answered {status} to {method} of an alarm",
                expected="a platform of one version",
                remedy="see the log of sturnus serve faults",
            )
        return said


def _entity(number: AlarmId, entity: str) -> str:
    """StarlingX names the services of the host (reference/vim.md §7)."""
    return f"{entity}{SERVICES}" if number is AlarmId.SERVICES_FAILED else entity
