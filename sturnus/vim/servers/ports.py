"""What the VIM needs of Nova for servers, in its own words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from sturnus.vim.servers.view import CloudView, Server


class Looks(Protocol):
    """What there is in the cloud. Every call raises Unavailable when Nova does not answer in time."""

    async def view(self) -> CloudView:
        """All servers of all projects, all hosts, all groups."""
        ...

    async def here(self, hostname: str, others: Collection[str]) -> Sequence[Server]:
        """The servers of one host, and others by their uuid, wherever they are; those that are gone are left out."""
        ...

    async def view_of(self, hostname: str, others: Collection[str]) -> CloudView:
        """The same, with those that share a group with them, all hosts and all groups."""
        ...


class Failures(Protocol):
    """What went wrong in the cloud. Raises as `Looks`."""

    async def failed(self) -> Sequence[Server]:
        """Those of all projects that are in ERROR, up to a page: one request, however many servers there are."""
        ...


class Servers(Looks, Failures, Protocol):
    """The servers of the cloud, and orders for them.

    Every call raises Unavailable when Nova does not answer in time, Conflict when it refuses for what the server is
    now, Invalid when it can never do that with it, NotFound when there is no such server. All return as soon as Nova
    has taken the order: `view` shows what became of it.
    """

    async def live_migrate(self, server: str, target: str | None) -> None:
        """Move it while it runs; None: Nova's scheduler chooses."""
        ...

    async def abort_live_migration(self, server: str) -> None:
        """Leave it where it is; one that does not move (any more) is no error."""
        ...

    async def cold_migrate(self, server: str, target: str | None) -> None:
        """Stop it, move it, start it if it ran; it waits for `confirm` then."""
        ...

    async def confirm(self, server: str) -> None:
        """Take a cold migration as done."""
        ...

    async def evacuate(self, server: str, target: str | None) -> None:
        """Start it again elsewhere. Its host has to be marked dead (`ServiceState.DEAD`), and to be so."""
        ...

    async def evacuates(self, server: str, hostname: str) -> bool:
        """Whether its evacuation from a host is under way, or has ended well, whatever `view` shows of it."""
        ...

    async def stop(self, server: str) -> None:
        """Shut it down where it is."""
        ...

    async def start(self, server: str) -> None:
        """Start it where it is."""
        ...


class LookedAt(Protocol):
    """OpenStack, as far as it is installed, for whoever gives no orders. Every `Cloud` is one."""

    async def servers(self) -> Looks | None:
        """Whom to ask for servers; None while it is not installed. Unavailable: nobody can tell."""
        ...


class Cloud(Protocol):
    """OpenStack, as far as it is installed."""

    async def servers(self) -> Servers | None:
        """Whom to ask for servers; None while it is not installed. Unavailable: nobody can tell."""
        ...


class NoServers:
    """Nobody is asked for servers."""

    async def servers(self) -> Servers | None:
        """None."""
        return None
