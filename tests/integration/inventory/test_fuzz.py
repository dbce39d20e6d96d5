"""Whatever the OpenAPI document allows, and much that it does not, never meets a defect."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.result import Ok, Result

from tests.integration.inventory.server import TOKENS, Server

ENDLESS = "/v1/sturnus/events"  # a stream: its answer never ends
EXAMPLES = 20

Operation = APIOperation[Any, Any, Any, Any]
Strategy = Any  # hypothesis' own type has a parameter that says nothing here


def strategies(operation: Operation) -> Iterator[Strategy]:
    """Requests of both kinds, to things that mostly do not exist, and to a host that does."""
    for mode in GenerationMode:
        yield operation.as_strategy(generation_mode=mode)
        if "{reference}" in operation.path:
            yield operation.as_strategy(generation_mode=mode, path_parameters={"reference": "compute-0"})


def sound(found: Result[Operation, InvalidSchema]) -> Operation:
    """What a sound part of the document says."""
    assert isinstance(found, Ok), found
    return found.ok()


def throw(requests: Strategy) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=requests)
    def send(case: Case[Operation]) -> None:
        case.call_and_validate(headers={"X-Auth-Token": TOKENS["admin"]}, checks=[not_a_server_error], timeout=20)

    with contextlib.suppress(Unsatisfiable):  # a request that takes nothing has nothing to get wrong
        send()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # it refuses more than the other one
@pytest.mark.filterwarnings("ignore")  # the tool's own
@pytest.mark.usefixtures("worker")
def test_no_request_meets_a_defect(server: Server) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")
    operations = [sound(found) for found in schema.exclude(path=ENDLESS).get_all_operations()]
    assert len(operations) > 15

    for operation in sorted(operations, key=lambda each: each.method.upper() == "DELETE"):
        for requests in strategies(operation):
            throw(requests)

    log = server.log.read_text()
    assert log.count('"event": "request"') > EXAMPLES * len(operations) / 2
    assert "met a defect" not in log
    assert server.request("GET", "/healthz").status == 200
