"""Nova's service of each host (https://docs.openstack.org/api-ref/compute/#compute-services-os-services)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, assert_never
from urllib.parse import urlencode

import structlog

from sturnus.cloud.access import Access
from sturnus.cloud.sensible import sensible
from sturnus.cloud.session import NOVA
from sturnus.cloud.shared_list import SharedList
from sturnus.core.errors import Conflict, Invalid, NotFound
from sturnus.core.few import few_in_words
from sturnus.vim.facts import ServiceState

LIST: Final = "/v2.1/os-services?binary=nova-compute"
REASON: Final = "locked by Sturnus"
BY_NOVA: Final = "AUTO:"
"""How the reason begins for which Nova itself disabled a service; it enables it again when that is over."""
NAMED: Final = 5
READ: Final = ("id", "host", "status", "state", "disabled_reason", "forced_down")
"""What every record has. A list without it is none."""

Service = Mapping[str, Any]

log = structlog.stdlib.get_logger(__name__)


def state_of(service: Service | None) -> ServiceState:
    """What Nova's record of a host's service means; None: there is no record."""
    if service is None:
        return ServiceState.ABSENT
    is_out = service["status"] == "disabled" and not str(service.get("disabled_reason") or "").startswith(BY_NOVA)
    match is_out, bool(service.get("forced_down")):
        case True, True:
            return ServiceState.DEAD
        case True, False:
            return ServiceState.DISABLED
        case _:
            pass
    works = service["status"] == "enabled" and service["state"] == "up" and not service.get("forced_down")
    return ServiceState.ENABLED if works else ServiceState.DOWN


def changes_for(service: Service, wanted: ServiceState) -> list[Mapping[str, Any]]:
    """The bodies to send, one after the other. Without a change nothing is sent."""
    forced_down = bool(service.get("forced_down"))
    match wanted:
        case ServiceState.ENABLED:
            if forced_down:
                return [{"forced_down": False}]
            # Not before Nova hears it: it tells nova-compute, which tells the scheduler. One that was not told does so
            # when it looks at its host the next time, up to a minute later; until then no server comes.
            return [{"status": "enabled"}] if service["status"] != "enabled" and service["state"] == "up" else []
        case ServiceState.DISABLED:
            # Marked dead it stays so until it is enabled: what was started elsewhere could run twice.
            done = state_of(service) in {ServiceState.DISABLED, ServiceState.DEAD}
            return [] if done else [{"status": "disabled", "disabled_reason": REASON}]
        case ServiceState.DEAD:
            # In one request: Nova does not try to tell the host, which would not answer, that it is disabled.
            out = {"status": "disabled", "disabled_reason": REASON, "forced_down": True}
            return [] if state_of(service) is ServiceState.DEAD else [out]
        case ServiceState.ABSENT | ServiceState.DOWN:
            return []
        case other:
            assert_never(other)


@dataclass(slots=True)
class ComputeServices:
    """Implements `vim.ports.HostServices` for Nova.

    The VIM owns the service of each host with the compute label (spec): one that somebody disabled by hand is enabled
    by the next unlock. Who wants a host kept out locks it.
    """

    access: Access
    listed: SharedList[Mapping[str, Service]] = field(init=False)

    def __post_init__(self) -> None:
        self.listed = SharedList(lambda: sensible(NOVA, self._list()))

    async def look(self, hostname: str) -> ServiceState:
        """What it is on this host."""
        return state_of((await self.listed.get()).get(hostname))

    def reachable(self, hostname: str) -> frozenset[ServiceState]:
        """All but DOWN, which nobody wants. One that is not registered can only come, with its pod.

        Its pod comes with the unlock: a service that waited to be disabled before that would wait for ever.
        """
        if self.listed.latest is not None and hostname not in self.listed.latest:
            return frozenset({ServiceState.ABSENT, ServiceState.ENABLED})
        return frozenset(ServiceState) - {ServiceState.DOWN}

    async def bring(self, hostname: str, wanted: ServiceState) -> str:
        """Ask for a state."""
        service = (await self.listed.get()).get(hostname)
        if service is None:
            return "" if wanted is ServiceState.ABSENT else f"nova-compute of {hostname} is not registered yet"
        try:
            if wanted is ServiceState.ABSENT:
                return await self._delete(hostname, service)
            for change in changes_for(service, wanted):
                await self.access.send("PUT", NOVA, f"/v2.1/os-services/{service['id']}", change)
                log.info("nova-compute", host=hostname, **change)
        except (Conflict, Invalid) as error:
            return error.message  # servers that were started elsewhere are not cleared away yet, or the like
        finally:
            self.listed.drop()
        if wanted is ServiceState.ENABLED and service["state"] != "up":
            status, state = service["status"], service["state"]
            return f"nova-compute of {hostname} is {status}, and Nova does not hear it (state {state})"
        return ""

    async def _delete(self, hostname: str, service: Service) -> str:
        if servers := await sensible(NOVA, self._servers(hostname)):
            some = few_in_words(servers, NAMED)
            return f"nova-compute of {hostname} still has servers: {some}; delete or move them"
        if service["state"] == "up":
            # It would make a record of its host again, which then belongs to no service (Nova's "compute service
            # delete": stop the process first). Its pod goes with the label; Nova notices within a minute.
            return f"nova-compute of {hostname} still runs: it is deleted when its pod is gone"
        try:
            await self.access.send("DELETE", NOVA, f"/v2.1/os-services/{service['id']}")
            log.info("nova-compute deleted", host=hostname)
        except NotFound:
            pass
        return ""

    async def _servers(self, hostname: str) -> Sequence[str]:
        """Their names."""
        asked = urlencode({"all_tenants": 1, "host": hostname, "limit": 1000})
        return [each["name"] for each in (await self.access.get(NOVA, f"/v2.1/servers/detail?{asked}"))["servers"]]

    async def _list(self) -> Mapping[str, Service]:
        answer = await self.access.get(NOVA, LIST)
        return {said["host"]: {key: said[key] for key in READ} for said in answer["services"]}
