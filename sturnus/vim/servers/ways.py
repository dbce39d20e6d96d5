"""By which way a server may leave a host: what it is doing, what its owner wishes, where its disks are.

Rules of reference/vim.md §4 and of Nova's API (which statuses an action takes). Room is `room`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sturnus.vim.servers.leaving import Way
from sturnus.vim.servers.view import Server, ServerStatus

ON_LOCK: Final = "sturnus:on_lock"
"""Metadata by which a server's owner says what a lock does with it."""
REMOTE_STORAGE: Final = "remote-storage"
"""Label of hosts that keep the disks of servers in a storage that all of them reach."""
LOCAL_DISK_LIMIT: Final = 20
"""GiB of local disk that are copied, or lost and built anew (max_cold_migrate_local_image_disk_gb and its like)."""


class OnLock(StrEnum):
    """What a lock does with a server that runs."""

    MIGRATE = "migrate"
    """Live, or else stopped for it."""
    LIVE = "live"
    """Live or not at all."""
    COLD = "cold"
    """Stopped, moved and started again."""
    STOP = "stop"
    """It stays, and is down as long as the host is locked."""


class Reason(StrEnum):
    """Why a host is left."""

    LOCK = "lock"
    """The operator wants it empty; what cannot move makes the lock fail."""
    FORCE_LOCK = "force-lock"
    """The operator does not want to wait: what cannot move is stopped, or left behind."""
    FAILURE = "failure"
    """The host is dead: its servers are started elsewhere."""


@dataclass(frozen=True, slots=True)
class Source:
    """What counts of the host that is left."""

    hostname: str
    is_heard: bool  # by Nova: otherwise nothing on it can be moved or stopped in order
    is_only: bool  # there is no other compute host at all
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A server's way, as far as it does not depend on room."""

    way: Way
    why: str | None = None


S = ServerStatus

AT_REST: Final[Mapping[ServerStatus, str]] = {
    S.SHUTOFF: "is shut off",
    S.DELETED: "is deleted",
    S.SOFT_DELETED: "is deleted",
    S.ERROR: "has failed already",
    S.SHELVED: "is shelved",
    S.SHELVED_OFFLOADED: "is shelved",
}
"""Nothing of it runs that a lock would end (reference/vim.md §4: deleted, stopped and failed ones are ignored)."""

DELETING: Final = frozenset({"deleting", "soft-deleting"})
"""Task states of a server that goes away by itself."""

UNDER_WAY: Final[Mapping[ServerStatus, str]] = {
    S.BUILD: "is being built",
    S.MIGRATING: "is being moved",
    S.REBOOT: "reboots",
    S.HARD_REBOOT: "reboots",
    S.REBUILD: "is being rebuilt",
    S.RESIZE: "is being resized or moved",
    S.REVERT_RESIZE: "is being moved back",
}
"""It ends by itself, and then the server has a way."""

REFUSED: Final[Mapping[ServerStatus, str]] = {
    S.SUSPENDED: "is suspended, and Nova moves no suspended server: openstack server resume {uuid}",
    S.RESCUE: "is being rescued, and Nova moves no such server: openstack server unrescue {uuid}",
    S.VERIFY_RESIZE: "waits for its resize to be confirmed: openstack server resize confirm {uuid}",
    S.UNKNOWN: "has no status that we know: openstack server show {uuid}",
}
"""What a plain lock does not touch, and what to type first."""

NOT_LIVE: Final[Mapping[str, str]] = {
    "pci_passthrough:alias": "has a device of the host passed through",
    "hw:mem_encryption": "has encrypted memory",
}
"""Extra specs of flavors that keep a server from moving while it runs."""
FALSE: Final = frozenset({"", "false", "no", "off", "0"})


def is_under_way(server: Server) -> bool:
    """Whether Nova does something with it now: it is to be looked at again, and is no obstacle for ever."""
    return server.task is not None or server.status in UNDER_WAY


def choose(server: Server, reason: Reason, source: Source) -> Choice:
    """Say by which way a server would go, if there is room for it somewhere."""
    if reason is Reason.FAILURE:
        return _after_failure(server, source)
    choice = _for_lock(server, source)
    return choice if reason is Reason.LOCK else forced(server, choice, source)


def forced(server: Server, choice: Choice, source: Source) -> Choice:
    """What a forced lock makes of a server that has no way: nothing that it waits for."""
    if choice.way is not Way.CANNOT:
        return choice
    stoppable = server.status is S.ACTIVE and not is_under_way(server) and source.is_heard
    if stoppable:
        return Choice(Way.STOP, f"cannot move: {choice.why}")
    return Choice(Way.STAYS, f"is left behind: {choice.why}")


def _for_lock(server: Server, source: Source) -> Choice:
    if (still := _at_rest(server)) is not None:
        return Choice(Way.STAYS, still)
    if (why_not := _untouchable(server, source)) is not None:
        return Choice(Way.CANNOT, why_not)
    wish, remark = _wish(server)
    if wish is OnLock.STOP or source.is_only:
        return _stop(server, f"{ON_LOCK} is {wish}" if wish is OnLock.STOP else "there is no other compute host")
    not_live = f"{ON_LOCK} is {wish}" if wish is OnLock.COLD else _why_not_live(server)
    if not_live is None:
        return Choice(Way.LIVE, remark)
    not_cold = f"{ON_LOCK} is {wish}" if wish is OnLock.LIVE else _why_not_cold(server, source)
    if not_cold is None:
        return Choice(Way.COLD, not_live)
    return Choice(Way.CANNOT, f"{not_live}, and {not_cold}")


def _untouchable(server: Server, source: Source) -> str | None:
    if is_under_way(server):
        return f"{_doing(server)}: wait until that has ended"
    if server.status in REFUSED:
        return REFUSED[server.status].format(uuid=server.uuid)
    if not source.is_heard:
        return f"Nova does not hear nova-compute of {source.hostname}: nothing moves from there in order"
    return None


def _after_failure(server: Server, source: Source) -> Choice:
    # A failed server is tried again: an evacuation that found no host leaves it so.
    if server.status is not S.ERROR and (still := _at_rest(server)) is not None:
        return Choice(Way.STAYS, still)
    if is_under_way(server):
        remedy = f"openstack server set --state active {server.uuid}"
        return Choice(Way.CANNOT, f"{_doing(server)} since before its host died, and Nova waits for that: {remedy}")
    if server.status not in {S.ACTIVE, S.ERROR}:
        return Choice(Way.CANNOT, f"is {server.status}: Nova starts only ACTIVE and ERROR ones elsewhere")
    if source.is_only:
        return Choice(Way.CANNOT, "there is no other compute host")
    if (why_not := _disk_obstacle(server, source)) is not None:
        return Choice(Way.CANNOT, why_not)
    lost = server.size.disk_gib > 0 and not _is_remote(server, source)
    return Choice(Way.EVACUATE, "is built anew from its image: its local disk is lost" if lost else None)


def _at_rest(server: Server) -> str | None:
    if server.task in DELETING:
        return "is being deleted"
    return AT_REST.get(server.status) if server.task is None else None


def _doing(server: Server) -> str:
    said = UNDER_WAY.get(server.status, "is being worked on")
    return said if server.task is None else f"{said} (Nova: {server.task})"


def _wish(server: Server) -> tuple[OnLock, str | None]:
    said = server.metadata.get(ON_LOCK, OnLock.MIGRATE)
    if said in set(OnLock):
        return OnLock(said), None
    return OnLock.MIGRATE, f"{ON_LOCK} is {said[:40]!r}, none of {', '.join(OnLock)}: taken as migrate"


def _stop(server: Server, why: str) -> Choice:
    if server.status is S.PAUSED:
        return Choice(Way.CANNOT, f"is paused, and Nova stops no paused server: openstack server unpause {server.uuid}")
    return Choice(Way.STOP, f"{why}; is started again by the unlock")


def _why_not_live(server: Server) -> str | None:
    return next((why for spec, why in NOT_LIVE.items() if server.extra_specs.get(spec, "").lower() not in FALSE), None)


def _why_not_cold(server: Server, source: Source) -> str | None:
    if server.status is S.PAUSED:
        return "it is paused, and Nova stops no paused server"
    return _disk_obstacle(server, source)


def _disk_obstacle(server: Server, source: Source) -> str | None:
    if _is_remote(server, source) or server.size.disk_gib <= LOCAL_DISK_LIMIT:
        return None
    return (
        f"its local disk of {server.size.disk_gib} GiB is larger than {LOCAL_DISK_LIMIT} GiB:"
        f" boot it from a volume, or move it by hand"
    )


def _is_remote(server: Server, source: Source) -> bool:
    return server.boots_from_volume or REMOTE_STORAGE in source.labels
