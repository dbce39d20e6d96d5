"""The VIM's only door: what others may tell it and ask of it."""

from __future__ import annotations

from sturnus.vim.driving import Driver
from sturnus.vim.places import HostPlace, Places

__all__ = ["HostPlace", "Vim"]


class Vim:
    """Hosts as the VIM has them. Methods raise the closed set of `core.errors` and nothing else."""

    def __init__(self, places: Places, driver: Driver) -> None:
        self._places = places
        self._driver = driver

    async def host_changed(self, uuid: str, hostname: str | None) -> None:
        """There is news of a host. Stored when this returns; looked at afterwards, whatever happens in between."""
        await self._places.look_at({uuid: hostname})
        self._driver.ring(uuid)

    async def hosts(self) -> list[HostPlace]:
        """All hosts, by name."""
        return await self._places.all()

    async def host(self, uuid: str) -> HostPlace | None:
        """One host; None: it is not known."""
        return await self._places.find(uuid)
