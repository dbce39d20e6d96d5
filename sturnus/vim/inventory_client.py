"""The inventory over the wire, as the VIM uses it (reference/inventory.md §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from sturnus.core.errors import Unavailable
from sturnus.core.states import ANSWERING, Administrative, Availability, Fencing, HostAction, ServicesReport
from sturnus.identity.service_calls import ServiceCalls
from sturnus.vim.facts import InventoryHost

USER_AGENT = "vim/1.0"


class InventoryClient:
    """Implements `vim.ports.Inventory`."""

    def __init__(self, calls: ServiceCalls) -> None:
        self._calls = calls

    async def hosts(self) -> Sequence[InventoryHost]:
        """All hosts with their labels."""
        labels: dict[str, dict[str, str]] = {}
        for label in await self._get("/v1/labels", "labels"):
            labels.setdefault(label["host_uuid"], {})[label["label_key"]] = label["label_value"]
        return [_host(host, labels.get(host["uuid"], {})) for host in await self._get("/v1/ihosts", "ihosts")]

    async def host(self, uuid: str) -> InventoryHost | None:
        """One host with its labels; None: there is none."""
        status, host = await self._calls.request("GET", f"/v1/ihosts/{uuid}")
        if status == HTTPStatus.NOT_FOUND:
            return None
        _expect(status, HTTPStatus.OK)
        status, said = await self._calls.request("GET", f"/v1/ihosts/{uuid}/labels")
        if status == HTTPStatus.NOT_FOUND:
            return None
        _expect(status, HTTPStatus.OK)
        found = _host(host, {label["label_key"]: label["label_value"] for label in said["labels"]})
        return found if found.availability in ANSWERING else await self._with_fencing(found)

    async def _with_fencing(self, host: InventoryHost) -> InventoryHost:
        """Whether it surely is down, as it is stored: what a list shows is what was decided last, and may be older."""
        status, said = await self._calls.request("GET", f"/v1/sturnus/hosts/{host.uuid}/witnesses")
        if status == HTTPStatus.NOT_FOUND:
            return host
        _expect(status, HTTPStatus.OK)
        return replace(host, is_surely_down=bool(said["safely_down"]))

    async def report(self, uuid: str, report: ServicesReport, reason: str | None) -> None:
        """Say how an action went."""
        patch = [{"op": "replace", "path": "/action", "value": report}]
        if reason is not None:
            patch.append({"op": "replace", "path": "/vim_progress_status", "value": reason})
        status, _ = await self._calls.request("PATCH", f"/v1/ihosts/{uuid}", patch)
        if status != HTTPStatus.NOT_FOUND:
            _expect(status, HTTPStatus.OK)

    async def _get(self, path: str, key: str) -> list[dict[str, Any]]:
        status, said = await self._calls.request("GET", path)
        _expect(status, HTTPStatus.OK)
        return list(said[key])


def _host(host: Mapping[str, Any], labels: Mapping[str, str]) -> InventoryHost:
    action = host["ihost_action"]
    return InventoryHost(
        uuid=host["uuid"],
        hostname=host["hostname"],
        administrative=Administrative(host["administrative"]),
        availability=Availability(host["availability"]),
        action=None if action is None else HostAction(action),
        labels=labels,
        fencing=host.get("fencing"),
        is_surely_down=_is_surely_down(host),
    )


def _is_surely_down(host: Mapping[str, Any]) -> bool:
    if host["availability"] == Availability.POWER_OFF:
        return True
    return str(host.get("fencing") or "").partition(":")[0] == Fencing.FENCED


def _expect(status: int, wanted: HTTPStatus) -> None:
    if status != wanted:
        raise Unavailable(
            f"the inventory answered {status}", expected=f"{wanted.value}", remedy="see the inventory's log"
        )
