import json

import httpx2
import pytest

from sturnus.core.errors import Unavailable
from sturnus.faults.vim_alarms import FaultsClient
from sturnus.identity.service_calls import ServiceCalls
from sturnus.vim.ports import Alarm

pytestmark = pytest.mark.anyio


class Token:
    async def get(self, *, refused: str | None) -> str:
        return "t"


def client(status: int, seen: list[tuple[str, str, object]], said: object = None) -> FaultsClient:
    def answer(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content) if request.content else None
        seen.append((request.method, request.url.raw_path.decode(), body))
        return httpx2.Response(status) if said is None else httpx2.Response(status, json=said)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="https://faults")
    return FaultsClient(ServiceCalls("the faults API", http, Token(), "sturnus-vim"))


async def test_alarms_are_told_by_number_and_entity() -> None:
    seen: list[tuple[str, str, object]] = []
    faults = client(204, seen)

    await faults.raise_(Alarm.HOST_FAILED, "host=compute-0", "gone")
    await faults.clear(Alarm.LOCK_FAILED, "host=compute-0")

    wanted = {"alarm_id": "270.001", "entity_instance_id": "host=compute-0.services=compute", "reason_text": "gone"}
    assert seen == [
        ("PUT", "/v1/sturnus/alarms", wanted),
        ("DELETE", "/v1/sturnus/alarms?alarm_id=600.105&entity_instance_id=host%3Dcompute-0", None),
    ]


async def test_those_of_the_vim_are_found_among_all_alarms() -> None:
    listed = [
        {"alarm_id": "270.001", "entity_instance_id": "host=compute-0.services=compute"},
        {"alarm_id": "600.105", "entity_instance_id": "host=compute-1"},
        {"alarm_id": "200.001", "entity_instance_id": "host=compute-2"},
    ]
    seen: list[tuple[str, str, object]] = []

    active = await client(200, seen, {"alarms": listed}).active()

    assert active == {(Alarm.HOST_FAILED, "host=compute-0"), (Alarm.LOCK_FAILED, "host=compute-1")}
    assert seen == [("GET", "/v1/alarms", None)]


async def test_a_list_that_makes_no_sense_is_no_answer() -> None:
    with pytest.raises(Unavailable, match="makes no sense"):
        await client(200, [], ["?"]).active()


async def test_a_refusal_is_told_to_the_caller_who_tries_again() -> None:
    with pytest.raises(Unavailable, match="answered 400 to PUT"):
        await client(400, []).raise_(Alarm.LOCK_FAILED, "host=compute-0", "r")
