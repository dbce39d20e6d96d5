"""The VIM's southbound API, as the inventory speaks to it (reference/inventory.md §9; reference/vim.md §2.5).

One form for a host that is new and for one that changed: the notice says where to look, and the VIM reads the host.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import httpx2

from sturnus.core.errors import NotFound, Unavailable
from sturnus.core.states import POWER_ACTIONS, HostAction
from sturnus.identity.service_calls import ServiceCalls
from sturnus.inventory.host import Host

PATH: Final = "/nfvi-plugins/v1/hosts"
USER_AGENT: Final = "sysinv/1.0"
PREVIEW_DEADLINE: Final = 25.0
"""Seconds: the VIM asks Nova for all servers, and gives up before (`vim.preview.DEADLINE`)."""
_PLAIN: Final = {HostAction.FORCE_UNLOCK: HostAction.UNLOCK}
"""Sent as a plain unlock (reference/inventory.md §5.6)."""


class VimClient:
    """Implements `inventory.ports.VimNotices`, and `api.lock_previews.LockPreviews`."""

    def __init__(self, calls: ServiceCalls) -> None:
        self._calls = calls

    async def host_changed(self, host: Host) -> None:
        """Have it look at a host; say what is asked of the host."""
        body: dict[str, str | None] = {"uuid": host.uuid, "hostname": host.hostname}
        action = host.ihost_action
        if action is not None and action not in POWER_ACTIONS:
            body["action"] = _PLAIN.get(action, action)
        await self._send("PATCH", host.uuid, body)

    async def host_gone(self, uuid: str, hostname: str | None) -> None:
        """Have it let go of a host."""
        await self._send("DELETE", uuid, {"uuid": uuid, "hostname": hostname, "action": "delete"})

    async def lock_preview(self, uuid: str, kind: HostAction) -> Mapping[str, Any]:
        """What a lock would do to a host, as the VIM says it (`sturnus.api.vim_preview.to_wire`)."""
        path = f"/v1/sturnus/vim/hosts/{uuid}/lock-preview?kind={kind}"
        status, said = await self._calls.request("GET", path, deadline=PREVIEW_DEADLINE)
        if status == HTTPStatus.NOT_FOUND:
            raise NotFound(
                "the VIM does not know this host yet",
                expected="a host that it was told of",
                remedy="repeat in a moment; if it stays so: sturnus doctor",
            )
        if status != HTTPStatus.OK:
            raise _answered(status, f"the preview of host {uuid}")
        found: Mapping[str, Any] = said
        return found

    async def _send(self, method: str, uuid: str, body: dict[str, str | None]) -> None:
        status, _ = await self._calls.request(method, f"{PATH}/{uuid}", body)
        if not httpx2.codes.is_success(status):
            raise _answered(status, f"{method} of host {uuid}")


def _answered(status: int, what: str) -> Unavailable:
    return Unavailable(
        f"the VIM answered {status} to {what}",
        expected="a VIM of this version",
        remedy="see its log, then sturnus doctor",
    )
