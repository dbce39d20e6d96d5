"""Nova's servers: seen by few lists, ordered about one by one (https://docs.openstack.org/api-ref/compute/)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode

from sturnus.cloud.access import Access
from sturnus.cloud.allocation_ratios import AllocationRatios
from sturnus.cloud.compute_services import LIST as SERVICES
from sturnus.cloud.nova_view import companions_of, groups_of, hosts_of, hypervisor_of, server_of
from sturnus.cloud.sensible import sensible
from sturnus.cloud.session import NOVA
from sturnus.core.clock import Clock
from sturnus.core.errors import Conflict, Forbidden, Invalid, NotFound
from sturnus.vim.servers.view import CloudView, ComputeHost, Server, ServerGroup, ServerStatus
from sturnus.vim.servers.ways import is_under_way

PAGE: Final = 1000
"""Nova's own limit of a page."""
WITH_ROOM: Final = {"OpenStack-API-Version": "compute 2.87"}
"""From 2.88 on hypervisors do not say what is used."""
AT_ONCE: Final = 8
"""Servers that are asked for one by one at the same time."""
COMPANIONS: Final = 32
"""Servers elsewhere that are asked for one by one because they share a group with those of a host."""
LIVE: Final = "live-migration"
OVER: Final = frozenset({"cancelled", "completed", "done", "error", "failed"})
"""Statuses of a migration that nothing follows; "completed": its host was back, and has cleaned up."""

T = TypeVar("T")
Headers = Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class NovaServers:
    """Implements `vim.servers.ports.Servers`."""

    access: Access
    clock: Clock
    ratios: AllocationRatios

    @classmethod
    def of(cls, access: Access, clock: Clock) -> Self:
        """Those that this user sees: as an administrator, all."""
        return cls(access, clock, AllocationRatios(access, clock))

    async def view(self) -> CloudView:
        """All servers of all projects, all hosts, all groups. Whatever makes one impossible is Unavailable."""
        return await sensible(NOVA, self._view())

    async def here(self, hostname: str, others: Collection[str]) -> Sequence[Server]:
        """The servers of one host by one request, and those of the others that are not there any more by one each."""
        return await sensible(NOVA, self._here(hostname, others))

    async def view_of(self, hostname: str, others: Collection[str]) -> CloudView:
        """The same with all hosts and groups; where many share groups with them, all servers."""
        return await sensible(NOVA, self._view_of(hostname, others))

    async def failed(self) -> Sequence[Server]:
        """Those in ERROR: a page of them, as nobody reads more."""
        return await sensible(NOVA, self._failed())

    async def _view(self) -> CloudView:
        taken = self.clock.now()
        servers, (hosts, groups) = await asyncio.gather(
            self._pages("/v2.1/servers/detail", "servers", server_of, all_tenants=1), self._hosts_and_groups()
        )
        # One that moved between pages: once.
        return CloudView(taken, hosts, list({server.uuid: server for server in servers}.values()), groups)

    async def _failed(self) -> Sequence[Server]:
        asked = urlencode({"all_tenants": 1, "status": ServerStatus.ERROR.value, "limit": PAGE})
        answer = await self.access.get(NOVA, f"/v2.1/servers/detail?{asked}")
        return [server_of(each) for each in answer["servers"]]

    async def _view_of(self, hostname: str, others: Collection[str]) -> CloudView:
        taken = self.clock.now()
        here, (hosts, groups) = await asyncio.gather(self._here(hostname, others), self._hosts_and_groups())
        companions = companions_of(here, groups)
        if len(companions) > COMPANIONS:
            return await self._view()
        return CloudView(taken, hosts, [*here, *await self._named(companions)], groups)

    async def _here(self, hostname: str, others: Collection[str]) -> Sequence[Server]:
        here = await self._pages("/v2.1/servers/detail", "servers", server_of, all_tenants=1, host=hostname)
        found = {server.uuid: server for server in here}
        # Asked after the list: one that left in between is seen there or here.
        return [*found.values(), *await self._named([each for each in others if each not in found])]

    async def _named(self, uuids: Collection[str]) -> list[Server]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(uuid: str) -> Server | None:
            async with room:
                try:
                    return server_of((await self.access.get(NOVA, f"/v2.1/servers/{uuid}"))["server"])
                except NotFound:
                    return None

        found = await asyncio.gather(*map(one, uuids))
        return [each for each in found if each is not None]

    async def _hosts_and_groups(self) -> tuple[Mapping[str, ComputeHost], Sequence[ServerGroup]]:
        hypervisors, services, groups = await asyncio.gather(
            self._pages("/v2.1/os-hypervisors/detail", "hypervisors", hypervisor_of, WITH_ROOM),
            self.access.get(NOVA, SERVICES),
            self._groups(),
        )
        ratios = await self.ratios.of(each.id for each in hypervisors)
        return hosts_of(services["services"], hypervisors, ratios), groups_of(groups)

    async def live_migrate(self, server: str, target: str | None) -> None:
        """Move it while it runs; Nova finds out whether its disk has to be copied."""
        await self._act(server, {"os-migrateLive": {"host": target, "block_migration": "auto"}})

    async def abort_live_migration(self, server: str) -> None:
        """Leave it where it is."""
        for migration in await sensible(NOVA, self._live_migrations(server)):
            try:
                await self.access.send("DELETE", NOVA, f"/v2.1/servers/{server}/migrations/{migration}")
            except (Conflict, Invalid, NotFound):  # it ended meanwhile
                continue

    async def _live_migrations(self, server: str) -> Sequence[int]:
        migrations = (await self.access.get(NOVA, f"/v2.1/servers/{server}/migrations"))["migrations"]
        return [each["id"] for each in migrations if each["migration_type"] == LIVE]

    async def cold_migrate(self, server: str, target: str | None) -> None:
        """Stop it, move it, start it if it ran."""
        await self._act(server, {"migrate": None if target is None else {"host": target}})

    async def confirm(self, server: str) -> None:
        """Take a cold migration as done."""
        await self._act(server, {"confirmResize": None})

    async def evacuate(self, server: str, target: str | None) -> None:
        """Start it again elsewhere. Nova's scheduler checks the target, too: none is forced."""
        await self._act(server, {"evacuate": {} if target is None else {"host": target}})

    async def evacuates(self, server: str, hostname: str) -> bool:
        """Ask for its latest evacuation, and where it is only then: Nova writes that down before it calls it over."""
        return await sensible(NOVA, self._evacuates(server, hostname))

    async def _evacuates(self, server: str, hostname: str) -> bool:
        asked = {"instance_uuid": server, "source_compute": hostname, "migration_type": "evacuation", "limit": 1}
        latest = (await self.access.get(NOVA, f"/v2.1/os-migrations?{urlencode(asked)}"))["migrations"]
        if any(each["status"] not in OVER for each in latest):
            return True
        # One that is gone by now: the next look shows it.
        return all(now.host != hostname or is_under_way(now) for now in await self._named([server]))

    async def stop(self, server: str) -> None:
        """Shut it down where it is."""
        await self._act(server, {"os-stop": None})

    async def start(self, server: str) -> None:
        """Start it where it is."""
        await self._act(server, {"os-start": None})

    async def _act(self, server: str, action: dict[str, Any]) -> None:
        try:
            await self.access.send("POST", NOVA, f"/v2.1/servers/{server}/action", action)
        except Forbidden as error:  # a quota, a device: nobody but Nova's user who asks is told so with 403
            raise Conflict(error.message, expected=error.expected, remedy=error.remedy) from error

    async def _pages(
        self, path: str, key: str, made: Callable[[dict[str, Any]], T], headers: Headers = None, **asked: int | str
    ) -> list[T]:
        """Read all pages; of each only what is made of it stays: of 10,000 servers the lists are ten times as large."""
        found: list[T] = []
        place: dict[str, Any] = {**asked, "limit": PAGE}
        while True:
            answer = await self.access.get(NOVA, f"{path}?{urlencode(place)}", headers)
            found += map(made, answer[key])
            if not answer[key] or not any(link["rel"] == "next" for link in answer.get(f"{key}_links", ())):
                return found
            place["marker"] = answer[key][-1]["id"]

    async def _groups(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            asked = urlencode({"all_projects": "true", "limit": PAGE, "offset": len(found)})
            groups = (await self.access.get(NOVA, f"/v2.1/os-server-groups?{asked}"))["server_groups"]
            found += groups
            if len(groups) < PAGE:
                return found
