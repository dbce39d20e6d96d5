"""What is measured of requests, and of how many kinds."""

import asyncio

from starlette.responses import PlainTextResponse
from starlette.types import Message

from sturnus.api.request_log import RequestLog
from sturnus.core.metrics import REQUESTS


def request(method: str) -> None:
    """Ask for a path that is not there."""
    scope = {"type": "http", "method": method, "path": "/nowhere", "headers": []}
    logged = RequestLog(PlainTextResponse("no", 404), lambda: "id")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        return

    asyncio.run(logged(scope, receive, send))


def methods() -> set[str]:
    return {sample.labels["method"] for metric in REQUESTS.collect() for sample in metric.samples}


def test_made_up_methods_are_measured_as_one() -> None:
    """Used to be kept one by one, for ever: memory that anybody could fill without a token."""
    before = methods()

    for number in range(100):
        request(f"M{number}")

    assert methods() - before <= {"other"}


def test_a_method_is_measured_under_its_name() -> None:
    request("DELETE")

    assert "DELETE" in methods()
