"""Hosts announce themselves to a real server, on both databases."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sturnus.core.signed_requests import stamp_of
from tests.integration.inventory.agent import HARDWARE, TestAgent, serving_agents
from tests.integration.inventory.server import Server


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with serving_agents(tmp_path, database_url, {"STURNUS_AGENT_SILENCE": "5"}) as started:
        yield started


@pytest.fixture
def agent(server: Server, tmp_path: Path) -> TestAgent:
    return TestAgent(server, tmp_path / "agent")


def hosts(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.request("GET", "/v1/ihosts").body["ihosts"]
    return found


def shown(host: dict[str, Any]) -> str:
    return "/".join(host[name] for name in ("administrative", "operational", "availability"))


def test_an_unknown_host_appears_is_named_and_unlocked(server: Server, agent: TestAgent) -> None:
    assert agent.enrol().status == 200

    (host,) = hosts(server)
    assert (host["hostname"], host["personality"], shown(host)) == (None, None, "locked/disabled/online")
    assert (host["inv_state"], host["mgmt_mac"], host["mgmt_ip"]) == ("inventoried", "08:00:27:00:00:03", "10.0.0.3")
    refused = server.action(host["uuid"], "unlock")
    assert refused.status == 400
    assert "hostname, personality" in refused.fault["faultstring"]

    steps = {"personality": "worker", "hostname": "compute-0"}
    patch = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in steps.items()]
    assert server.request("PATCH", f"/v1/ihosts/{host['id']}", patch).status == 200
    assert server.action("compute-0", "unlock").status == 200
    assert shown(server.settled("compute-0")) == "unlocked/enabled/available"


def test_the_announcement_is_wanted_until_it_is_there_and_again_when_it_changes(
    server: Server, agent: TestAgent
) -> None:
    agent.enrol()
    assert agent.live().body["announce"] is True
    assert agent.announce().status == 200
    assert agent.live().body["announce"] is False
    before = hosts(server)[0]["updated_at"]

    agent.announcement["hardware"] = HARDWARE | {"memory_mib": 4096}

    assert agent.live().body["announce"] is True
    assert agent.announce().status == 200
    assert agent.live().body["announce"] is False
    assert hosts(server)[0]["updated_at"] != before


def test_a_sign_of_life_changes_no_revision(server: Server, agent: TestAgent) -> None:
    agent.enrol()
    before = server.request("GET", "/v1/ihosts/1").headers["etag"]

    assert agent.live().status == 200

    after = server.request("GET", "/v1/ihosts/1")
    assert after.headers["etag"] == before
    assert after.body["uptime"] == 7


@pytest.mark.parametrize("given", [{"mgmt_mac": "08:00:27:00:00:03"}, {}], ids=["by its MAC", "by its name"])
def test_a_host_that_was_added_beforehand_is_adopted(server: Server, agent: TestAgent, given: dict[str, str]) -> None:
    added = {"hostname": "compute-0", "personality": "worker"} | given
    server.request("POST", "/v1/ihosts", added)

    assert agent.enrol().status == 200

    (host,) = hosts(server)
    assert (host["hostname"], host["mgmt_mac"], shown(host)) == (
        "compute-0", "08:00:27:00:00:03", "locked/disabled/online"
    )  # fmt: skip


def test_a_silent_host_is_offline_whether_locked_or_unlocked_and_comes_back(server: Server, agent: TestAgent) -> None:
    server.request("POST", "/v1/ihosts", {"hostname": "compute-0", "personality": "worker"})
    agent.enrol()
    await_shown(server, "locked/disabled/offline")
    agent.live()
    assert shown(hosts(server)[0]) == "locked/disabled/online"

    server.action("compute-0", "unlock")
    await_shown(server, "unlocked/disabled/offline")
    agent.live()
    assert shown(hosts(server)[0]) == "unlocked/enabled/available"


def test_a_server_that_was_away_holds_no_silence_against_a_host(server: Server, agent: TestAgent) -> None:
    agent.enrol()
    server.kill()
    time.sleep(5.5)
    server.start()

    time.sleep(3)

    assert shown(hosts(server)[0]) == "locked/disabled/online"


def test_who_does_not_know_the_secret_does_not_enrol(server: Server, agent: TestAgent) -> None:
    assert agent.enrol(secret="guess").status == 401
    assert hosts(server) == []


def test_an_overheard_request_is_good_for_nothing(server: Server, agent: TestAgent) -> None:
    agent.enrol()
    overheard = agent.sign_of_life()

    assert agent.send(overheard).status == 200
    assert agent.send(overheard).status == 401
    assert agent.send(agent.sign_of_life(stamp=overheard.stamp - 1)).status == 401
    assert agent.send(agent.sign_of_life(stamp=stamp_of(datetime.now(UTC)) - 61_000_000)).status == 401


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Sturnus-Stamp": "9" * 30}, {"X-Sturnus-Key": "zz", "X-Sturnus-Stamp": "1", "X-Sturnus-Signature": "f"}],
    ids=["none", "a stamp too large", "nonsense"],
)
def test_what_is_not_signed_is_refused(server: Server, headers: dict[str, str]) -> None:
    body = {"uptime": 1, "announcement": "0" * 64}
    assert server.request("POST", "/v1/sturnus/agents/self/life", body, headers=headers).status == 401


def test_another_key_does_not_take_over_a_host(server: Server, agent: TestAgent, tmp_path: Path) -> None:
    agent.enrol()
    thief = TestAgent(server, tmp_path / "thief")

    refused = thief.enrol()

    assert refused.status == 409
    assert "has an agent with another key" in refused.fault["faultstring"]
    assert thief.live().status == 401
    assert agent.live().status == 200


def test_a_deleted_hosts_agent_enrols_again_as_a_new_host(server: Server, agent: TestAgent) -> None:
    agent.enrol()
    assert server.request("DELETE", "/v1/ihosts/1").status == 204
    assert agent.live().status == 401

    assert agent.enrol().status == 200

    assert [host["id"] for host in hosts(server)] == [2]


@pytest.mark.parametrize(
    "bad",
    [{"mgmt_mac": "nonsense"}, {"extra": 1}, {"hardware": HARDWARE | {"memory_mib": -1}},
     {"hardware": HARDWARE | {"cpus": [{"cpu": 1, "core": 1, "socket": 0, "node": 0}] * 4097}},
     {"mgmt_ip": "fe80::1%eth0"}, {"mgmt_ip": "fe80::1%\nfoo: bar\0"}, {"mgmt_ip": "fe80::1%" + "x" * 300}],
    ids=["no MAC", "an unknown field", "a number out of bounds", "too many", "an address of one interface",
         "an address with more lines", "a long address"],
)  # fmt: skip
def test_hostile_announcements_are_refused(server: Server, agent: TestAgent, bad: dict[str, Any]) -> None:
    agent.enrol()
    good = dict(agent.announcement)
    agent.announcement |= bad

    assert agent.announce().status == 400
    assert agent.enrol().status == 400
    (host,) = hosts(server)
    assert (host["mgmt_mac"], host["mgmt_ip"]) == (good["mgmt_mac"], good["mgmt_ip"])


def await_shown(server: Server, wanted: str) -> None:
    end = time.monotonic() + 15
    while (found := shown(hosts(server)[0])) != wanted:
        assert time.monotonic() < end, found
        time.sleep(0.1)
