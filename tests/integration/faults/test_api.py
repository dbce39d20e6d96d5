"""Alarms and events over the wire, on both databases."""

import asyncio
import json

import httpx2
import pytest

from sturnus.core.clock import SystemClock, random_id
from sturnus.faults.alarm import alarm
from sturnus.faults.catalogue import AlarmId, Source
from sturnus.faults.service import FaultManagement
from sturnus.faults.vim_alarms import NUMBERS, FaultsClient
from sturnus.identity.service_calls import ServiceCalls
from sturnus.store import alarms
from sturnus.vim.ports import Alarm
from tests.integration.faults.asking import Asking

pytestmark = pytest.mark.anyio


async def test_an_alarm_is_what_the_public_client_reads(asking: Asking) -> None:
    await asking.raise_("200.001", "host=compute-0", "compute-0 is locked.")

    (found,) = await asking.alarms()
    assert await asking.request("GET", f"/v1/alarms/{found['uuid']}", role="reader") == (200, found)
    assert found.pop("uuid")
    assert found.pop("timestamp")
    assert found == {
        "alarm_id": "200.001",
        "alarm_state": "set",
        "entity_type_id": "host",
        "entity_instance_id": "host=compute-0",
        "severity": "warning",
        "reason_text": "compute-0 is locked.",
        "alarm_type": "operational-violation",
        "probable_cause": "out-of-service",
        "proposed_repair_action": "When the work on the host is done: system host-unlock NAME",
        "service_affecting": "True",
        "suppression": "False",
        "suppression_status": "unsuppressed",
        "mgmt_affecting": "True",
        "degrade_affecting": "False",
    }


async def test_raising_and_clearing_again_changes_nothing_and_another_reason_is_told(asking: Asking) -> None:
    for reason in ("one", "one", "two"):
        assert await asking.raise_("600.105", "host=compute-0", reason) == 204
    first = await asking.alarms()
    for _ in range(2):
        assert await asking.clear("600.105", "host=compute-0") == 204

    assert [each["reason_text"] for each in first] == ["two"]
    assert await asking.numbers() == []
    assert await asking.told() == [("600.105", "clear", "two"), ("600.105", "set", "two"), ("600.105", "set", "one")]


async def test_lists_are_narrowed_and_paged(asking: Asking) -> None:
    await asking.raise_("200.001", "host=compute-0", "a")
    await asking.raise_("200.001", "host=compute-1", "b")
    await asking.raise_("270.001", "host=compute-1.services=compute", "c")
    every = await asking.alarms("?include_suppress=True")

    assert [each["alarm_id"] for each in every] == ["270.001", "200.001", "200.001"]
    assert await asking.numbers("?q.field=severity&q.op=eq&q.type=&q.value=critical") == ["270.001"]
    both = "?q.field=alarm_id&q.field=entity_instance_id&q.op=eq&q.op=ne&q.type=&q.type=&q.value=200.001"
    assert await asking.numbers(f"{both}&q.value=host=compute-0") == ["200.001"]
    assert await asking.numbers("?q.field=start&q.op=eq&q.type=&q.value=29990101") == []
    assert len(await asking.numbers("?q.field=end&q.op=eq&q.type=&q.value=29990101%2010:00:00")) == 3
    assert await asking.numbers("?q.field=severity&q.value=purple") == []
    assert await asking.numbers(f"?limit=1&marker={every[0]['uuid']}") == ["200.001"]
    assert [reason for *_, reason in await asking.told("?limit=2&alarms=True")] == ["c", "b"]
    assert await asking.told("?logs=True") == []
    assert await asking.request("GET", "/v1/alarms/summary") == (
        200, {"critical": 1, "major": 0, "minor": 0, "warnings": 2, "status": "critical"},
    )  # fmt: skip


async def test_a_query_that_cannot_be_used_is_refused(asking: Asking) -> None:
    for query, why in (
        ("q.field=colour&q.value=red", "there is no field 'colour'"),
        ("q.field=severity&q.op=lt&q.value=major", "severity can only be compared by = and !="),
        ("q.field=start&q.value=noon", "'noon' is no time"),
        ("q.field=severity&q.op=is&q.value=major", "there is no comparison 'is'"),
        ("q.field=severity", "q.field, q.op and q.value differ in number"),
    ):
        status, body = await asking.request("GET", f"/v1/alarms?{query}")
        said = json.loads(body["error_message"])["faultstring"]
        assert (status, said) == (400, f"The query cannot be used: {why}.")


async def test_who_may_do_what(asking: Asking) -> None:
    await asking.raise_("200.001", "host=compute-0", "a")
    uuid = (await asking.alarms())[0]["uuid"]

    async def status(method: str, path: str, role: str, body: object = None) -> int:
        return (await asking.request(method, path, body, role))[0]

    raised = {"alarm_id": "200.001", "entity_instance_id": "host=x", "reason_text": "r"}
    assert await status("GET", "/v1/alarms", "stranger") == 403
    assert await status("GET", "/v1/event_log", "reader") == 200
    assert await status("PUT", "/v1/sturnus/alarms", "configurator", raised) == 403
    assert await status("DELETE", f"/v1/alarms/{uuid}", "reader") == 403
    assert await status("DELETE", f"/v1/alarms/{uuid}", "configurator") == 204
    assert await status("DELETE", f"/v1/alarms/{uuid}", "configurator") == 404
    assert await asking.told() == [("200.001", "clear", "a (deleted by configurator)"), ("200.001", "set", "a")]


async def test_an_alarm_that_is_not_in_the_catalogue_is_refused(asking: Asking) -> None:
    assert await asking.raise_("1.2", "host=x", "r") == 400


async def test_nothing_is_suppressed(asking: Asking) -> None:
    path = "/v1/event_suppression"
    asked = f"{path}?q.field=suppression_status&q.op=eq&q.type=string&q.value=suppressed"

    assert await asking.request("GET", asked) == (200, {"event_suppression": []})
    _, every = await asking.request("GET", path)
    assert {each["suppression_status"] for each in every["event_suppression"]} == {"unsuppressed"}


async def test_told_by_many_at_once_an_alarm_is_one_and_is_told_once(asking: Asking) -> None:
    answers = await asyncio.gather(*(asking.raise_("600.105", "host=compute-0", "no room") for _ in range(8)))

    assert set(answers) == {204}
    assert await asking.told() == [("600.105", "set", "no room")]


async def test_the_event_log_keeps_the_latest(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "KEPT", 3)
    for number in range(5):
        await asking.raise_("600.105", "host=compute-0", f"reason {number}")

    assert [reason for *_, reason in await asking.told()] == ["reason 4", "reason 3", "reason 2"]


class ServiceRole:
    async def get(self, *, refused: str | None) -> str:
        return "service"


async def test_the_vims_alarms_arrive_by_their_numbers_and_go(asking: Asking) -> None:
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=asking.app), base_url="http://faults")
    vim = FaultsClient(ServiceCalls("the faults API", http, ServiceRole(), "sturnus-vim"))

    for told in Alarm:
        await vim.raise_(told, "host=compute-0", f"because of {told}")
    raised = {each["alarm_id"] for each in await asking.alarms()}
    active = await vim.active()
    for told in Alarm:
        await vim.clear(told, "host=compute-0")
    await http.aclose()

    assert raised == set(NUMBERS.values())
    assert active == {(told, "host=compute-0") for told in Alarm}
    assert await asking.numbers() == []


async def test_one_who_reconciles_leaves_the_alarms_of_others_alone(asking: Asking) -> None:
    management = FaultManagement(asking.database, SystemClock(), random_id)
    await asking.raise_("600.105", "host=compute-0", "the VIM's")

    await management.bring_about(Source.INVENTORY, [alarm(AlarmId.HOST_LOCKED, "host=compute-0", "locked")])
    both = await asking.numbers()
    await management.bring_about(Source.INVENTORY, [])

    assert both == ["200.001", "600.105"]
    assert await asking.numbers() == ["600.105"]
