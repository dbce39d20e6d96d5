"""From a host that gets its role to a host that is what it has to be, by signed requests to a real server."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.inventory.agent import TestAgent, serving_agents
from tests.integration.inventory.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving_agents(tmp_path) as started:
        yield started


@pytest.fixture
def agent(server: Server, tmp_path: Path) -> TestAgent:
    made = TestAgent(server, tmp_path / "agent")
    server.request("POST", "/v1/ihosts", {"hostname": "compute-0", "personality": "worker"})
    assert made.enrol().status == 200
    return made


def shown(server: Server) -> dict[str, Any]:
    body: dict[str, Any] = server.request("GET", "/v1/ihosts/compute-0").body
    return body


def order(agent: TestAgent) -> dict[str, Any]:
    """The order to configure, once it is there."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        said = agent.send(agent.request("POST", "/v1/sturnus/agents/self/orders", {})).body["orders"]
        if said:
            found: dict[str, Any] = said[0]
            return found
        time.sleep(0.2)
    raise AssertionError("no order came")


def deliver(agent: TestAgent) -> dict[str, Any]:
    body: dict[str, Any] = agent.send(agent.request("POST", "/v1/sturnus/agents/self/configuration", {})).body
    found: dict[str, Any] = body["configuration"]
    return found


def report(agent: TestAgent, target: str, *failures: dict[str, str]) -> int:
    body = {"target": target, "changed": 1, "failures": list(failures)}
    return agent.send(agent.request("POST", "/v1/sturnus/agents/self/configuration/attempts", body)).status


def test_a_host_with_a_role_is_out_of_date_until_its_agent_has_applied_what_it_was_given(
    server: Server, agent: TestAgent
) -> None:
    asked = order(agent)
    assert asked["action"] == "configure"
    assert shown(server)["config_status"] == "Config out-of-date"
    assert agent.live().body["has_orders"] is True

    given = deliver(agent)
    assert (given["target"], given["hostname"]) == (asked["id"], "compute-0")
    assert [(each["name"], each["secret"]) for each in given["files"]] == [
        ("static.yaml", False), ("system.yaml", False), ("compute-0.yaml", False)
    ]  # fmt: skip

    assert report(agent, given["target"]) == 200
    host = shown(server)
    assert (host["config_target"], host["config_applied"], host["config_status"]) == (asked["id"], asked["id"], None)
    assert agent.live().body["has_orders"] is False


def test_a_failure_is_shown_with_the_resources_name_and_the_host_is_tried_again_after_a_restart(
    server: Server, agent: TestAgent
) -> None:
    order(agent)
    given = deliver(agent)

    report(agent, given["target"], {"resource": "File[/etc/platform/platform.conf]", "reason": "is a directory"})

    assert shown(server)["config_status"] == ("Config out-of-date: File[/etc/platform/platform.conf]: is a directory")
    server.kill()
    server.start()
    assert order(agent)["id"] == given["target"]


def test_a_change_of_the_inventory_moves_the_target_and_no_etag(server: Server, agent: TestAgent) -> None:
    order(agent)
    before = deliver(agent)["target"]
    report(agent, before)
    etag = server.request("GET", "/v1/ihosts/compute-0").headers["etag"]

    system = server.request("GET", "/v1/isystems").body["isystems"][0]["uuid"]
    rename = [{"op": "replace", "path": "/name", "value": "elsewhere"}]
    assert server.request("PATCH", f"/v1/isystems/{system}", rename).status == 200

    assert order(agent)["id"] != before
    assert server.request("GET", "/v1/ihosts/compute-0").headers["etag"] == etag


@pytest.mark.parametrize(
    "bad",
    [{"target": "nonsense"}, {"changed": -1}, {"failures": [{"resource": "x"}]}, {"extra": 1}],
    ids=["target", "changed", "failure", "unknown"],
)
def test_a_report_that_makes_no_sense_is_refused(server: Server, agent: TestAgent, bad: dict[str, Any]) -> None:
    body = {"target": "0" * 36, "changed": 0, "failures": []} | bad

    answer = agent.send(agent.request("POST", "/v1/sturnus/agents/self/configuration/attempts", body))

    assert answer.status == 400


def test_nobody_gets_a_configuration_without_a_signature(server: Server, agent: TestAgent) -> None:
    assert server.request("POST", "/v1/sturnus/agents/self/configuration", {}).status == 401
