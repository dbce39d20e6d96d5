"""OpenStack services that do not answer: an alarm each, until they do.

Hosts at rest ask nobody. So the audit asks a service again that was silent when it was last needed, and no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sturnus.core.errors import SturnusError
from sturnus.vim.alarms import Alarms, Key
from sturnus.vim.facts import HostFacts, ServiceKind
from sturnus.vim.ports import Alarm, HostServices

NAMES: Final[Mapping[ServiceKind, str]] = {ServiceKind.COMPUTE: "nova", ServiceKind.NETWORK: "neutron"}
"""As they are called in alarms. The guest service is the platform's own."""
LASTS: Final = timedelta(seconds=30)
"""A pod of an API that is replaced is no alarm."""


@dataclass(slots=True)
class Silence:
    """Who did not answer, and since when."""

    alarms: Alarms
    _since: dict[ServiceKind, datetime] = field(default_factory=dict)

    async def heard(self, facts: HostFacts, now: datetime) -> None:
        """A host was looked at: who was asked has answered, or has not."""
        for kind, name in NAMES.items():
            if (reason := facts.services_unknown.get(kind)) is not None:
                if now - self._since.setdefault(kind, now) >= LASTS:
                    await self.alarms.silent(name, reason)
            elif kind in facts.services:
                self._since.pop(kind, None)
                await self.alarms.answers(name)

    async def ask_again(self, active: Set[Key], services: Mapping[ServiceKind, HostServices], hostname: str) -> None:
        """Ask those that there is an alarm of, about whatever host. `services`: of the OpenStack that is installed."""
        for kind, name in NAMES.items():
            if (Alarm.OPENSTACK_SILENT, f"service={name}") not in active:
                continue
            try:
                if kind in services:
                    await services[kind].look(hostname)
            except SturnusError as error:
                await self.alarms.silent(name, error.message)
            else:
                self._since.pop(kind, None)
                await self.alarms.answers(name)
