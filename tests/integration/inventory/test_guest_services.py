"""The guest service of a host: wanted by the VIM, ordered of the agent, said by the agent. A real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.inventory.agent import TestAgent, serving_agents
from tests.integration.inventory.server import Server

PATH = "/v1/sturnus/hosts/compute-0/guest-services"


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with serving_agents(tmp_path, database_url) as started:
        yield started


@pytest.fixture
def agent(server: Server, tmp_path: Path) -> TestAgent:
    made = TestAgent(server, tmp_path / "agent")
    made.enrol()
    patch = [{"op": "replace", "path": "/hostname", "value": "compute-0"}]
    assert server.request("PATCH", "/v1/ihosts/1", patch).status == 200
    return made


def shown(server: Server) -> tuple[str, str]:
    said = server.request("GET", PATH).body
    return said["wanted"], said["found"]


def want(server: Server, state: str) -> None:
    assert server.request("PUT", PATH, {"wanted": state}).status == 200


def lives(agent: TestAgent, guests: str) -> bool:
    """A sign of life; whether there are orders."""
    body = {"uptime": 7, "announcement": "0" * 64, "guests": guests}
    answer = agent.send(agent.request("POST", "/v1/sturnus/agents/self/life", body))
    assert answer.status == 200
    return bool(answer.body["has_orders"])


def ordered(agent: TestAgent) -> list[str]:
    said: list[dict[str, Any]] = agent.send(agent.request("POST", "/v1/sturnus/agents/self/orders", {})).body["orders"]
    return [each["id"] for each in said if each["action"] == "guest-services"]


def test_what_is_wanted_is_ordered_until_the_agent_says_that_it_is_so(server: Server, agent: TestAgent) -> None:
    assert (shown(server), lives(agent, "absent"), ordered(agent)) == (("absent", "absent"), False, [])

    for before, wanted in (("absent", "disabled"), ("disabled", "enabled"), ("enabled", "absent")):
        want(server, wanted)
        assert shown(server) == (wanted, before)
        assert lives(agent, before) is True
        assert (ordered(agent), ordered(agent)) == ([wanted], [wanted])
        assert lives(agent, wanted) is False
        assert (shown(server), ordered(agent)) == ((wanted, wanted), [])


def test_an_agent_that_came_back_with_another_state_is_told_again(server: Server, agent: TestAgent) -> None:
    want(server, "enabled")
    lives(agent, "enabled")
    server.stop()
    server.start()

    assert lives(agent, "absent") is True  # its disk was replaced
    assert ordered(agent) == ["enabled"]


def test_an_agent_of_before_that_knows_of_none_is_ordered_nothing_that_it_hears(
    server: Server, agent: TestAgent
) -> None:
    want(server, "enabled")

    assert server.request("GET", PATH).body["has_agent"] is False
    assert agent.live().body["has_orders"] is False
    assert lives(agent, "absent") is True  # it was replaced by one that does


def test_a_host_without_an_agent_has_none_and_says_so(server: Server) -> None:
    server.request("POST", "/v1/ihosts", {"hostname": "compute-0", "personality": "worker"})

    want(server, "enabled")

    said = server.request("GET", PATH).body
    assert (said["has_agent"], said["wanted"], said["found"]) == (False, "absent", "absent")


@pytest.mark.parametrize(("body", "status"), [({"wanted": "exploded"}, 400), ({}, 400), ({"wanted": "enabled"}, 200)])
def test_only_a_state_can_be_wanted(server: Server, agent: TestAgent, body: dict[str, str], status: int) -> None:
    assert server.request("PUT", PATH, body).status == status


def test_a_host_that_is_not_there_has_no_guest_service(server: Server) -> None:
    assert server.request("GET", PATH).status == 404
    assert server.request("PUT", PATH, {"wanted": "enabled"}).status == 404
