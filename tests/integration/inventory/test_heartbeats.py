"""Heartbeats reach a real server by real datagrams."""

import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from sturnus.core.heartbeats import Heading, Kind
from tests.integration.inventory.agent import Beating, TestAgent, serving_agents
from tests.integration.inventory.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving_agents(tmp_path) as started:
        yield started


@pytest.fixture
def agent(server: Server, tmp_path: Path) -> TestAgent:
    made = TestAgent(server, tmp_path / "agent")
    made.enrol()
    return made


def witnesses(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.request("GET", "/v1/sturnus/hosts/1/witnesses").body
    return found


def await_witness(server: Server, says: str, beating: Beating | None = None) -> dict[str, Any]:
    end = time.monotonic() + 60
    while (found := witnesses(server))["witnesses"][0]["says"] != says:
        assert time.monotonic() < end, found
        if beating is not None:
            beating.beat()
        time.sleep(0.2)
    return found


def test_a_host_is_heard_by_heartbeats_alone_and_missed_without_them(server: Server, agent: TestAgent) -> None:
    with closing(agent.agree()) as beating:
        end = time.monotonic() + 12  # longer than a host may be silent, signed requests included
        while time.monotonic() < end:
            beating.beat()
            time.sleep(0.5)
        found = await_witness(server, "heard", beating)
    assert (found["verdict"], found["fencing"], found["safely_down"]) == ("present", None, False)
    assert server.request("GET", "/v1/ihosts/1").body["availability_reason"] is None

    found = await_witness(server, "silent")

    assert found["witnesses"][1] | {"seconds_ago": None} == {
        "witness": "node lease", "says": "unsure", "seconds_ago": None, "reason": "no kubeconfig is set",
    }  # fmt: skip
    end = time.monotonic() + 30
    while (host := server.request("GET", "/v1/ihosts/1").body)["availability"] != "offline":
        assert time.monotonic() < end, host
        time.sleep(0.1)
    assert "its agent is not heard for" in host["availability_reason"]
    assert host["availability_reason"].endswith("; it is locked")


def test_a_server_that_begins_anew_says_that_it_knows_no_such_session(server: Server, agent: TestAgent) -> None:
    with closing(agent.agree()) as before:
        server.kill()
        server.start()
        with closing(agent.agree()) as after:
            before.speaking.connect(after.speaking.getpeername())

        before.beat()

        assert before.answer() == Heading(Kind.UNKNOWN, before.session, 1)


def test_a_deleted_hosts_session_ends(server: Server, agent: TestAgent) -> None:
    with closing(agent.agree()) as beating:
        assert server.request("DELETE", "/v1/ihosts/1").status == 204
        end = time.monotonic() + 30
        heading = None
        while heading is None or heading.kind is not Kind.UNKNOWN:
            assert time.monotonic() < end
            beating.beat()
            with suppress(TimeoutError):
                heading = beating.answer(0.3)

    assert agent.send(agent.request("POST", "/v1/sturnus/agents/self/session", {"public_key": "00" * 32})).status == 401


def test_a_session_needs_a_signature_and_a_key(server: Server, agent: TestAgent) -> None:
    path = "/v1/sturnus/agents/self/session"

    assert server.request("POST", path, {"public_key": "01" * 32}).status == 401
    assert agent.send(agent.request("POST", path, {"public_key": "00" * 32})).status == 400
    assert agent.send(agent.request("POST", path, {"public_key": "short"})).status == 400
