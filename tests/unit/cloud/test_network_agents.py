"""Neutron's agents of a host, those of OVN and the older ones."""

from pathlib import Path
from typing import Any

import pytest

from sturnus.cloud.network_agents import NetworkAgents, state_of
from sturnus.core.errors import Unavailable
from sturnus.vim.facts import ServiceState
from tests.unit.cloud.scripted_services import ScriptedServices

ABSENT, DISABLED, ENABLED, DOWN = ServiceState.ABSENT, ServiceState.DISABLED, ServiceState.ENABLED, ServiceState.DOWN
DEAD = ServiceState.DEAD
AGENTS = "GET /v2.0/agents"


def an_agent(kind: str, *, alive: bool = True, up: bool = True) -> dict[str, Any]:
    return {"id": kind, "host": "compute-0", "agent_type": kind, "alive": alive, "admin_state_up": up}


GATEWAY = an_agent("OVN Controller Gateway agent")
SILENT = an_agent("OVN Controller agent", alive=False)
L3, L3_OFF = an_agent("L3 agent"), an_agent("L3 agent", up=False)
DHCP, DHCP_OFF = an_agent("DHCP agent"), an_agent("DHCP agent", up=False)
OVS, OVS_SILENT = an_agent("Open vSwitch agent"), an_agent("Open vSwitch agent", alive=False)


@pytest.mark.parametrize(
    ("agents", "state"),
    [
        ([], ABSENT),
        ([GATEWAY], ENABLED),
        ([an_agent("OVN Controller agent")], ENABLED),
        ([SILENT], DOWN),
        ([GATEWAY, an_agent("OVN Metadata agent", alive=False)], ENABLED),
        ([an_agent("OVN Metadata agent")], DOWN),
        ([OVS, L3, DHCP], ENABLED),
        ([OVS_SILENT, L3, DHCP], DOWN),
        ([OVS, L3_OFF, DHCP], DOWN),
        ([OVS, L3_OFF, DHCP_OFF], DISABLED),
        ([OVS_SILENT, L3_OFF, DHCP_OFF], DISABLED),
    ],
)
def test_what_agents_are_together(agents: list[dict[str, Any]], state: ServiceState) -> None:
    assert state_of(agents) is state


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("agents", "reachable"),
    [([], {ABSENT, ENABLED}), ([GATEWAY], {ABSENT, ENABLED, DEAD}), ([OVS, L3], {ABSENT, ENABLED, DISABLED})],
    ids=["none", "OVN", "with L3 agent"],
)
async def test_only_agents_that_take_orders_can_be_disabled_and_only_a_chassis_can_be_let_go_of(
    tmp_path: Path, agents: list[dict[str, Any]], reachable: set[ServiceState]
) -> None:
    network = NetworkAgents(ScriptedServices({AGENTS: {"agents": agents}}).access(tmp_path))
    assert {DISABLED, DEAD} < network.reachable("compute-0")  # who knows

    await network.look("compute-0")

    assert network.reachable("compute-0") == reachable


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("agents", "wanted", "changes", "words"),
    [
        ([], ENABLED, [], "Neutron has no agent of compute-0 yet"),
        ([GATEWAY], ENABLED, [], ""),
        ([SILENT], ENABLED, [], "Neutron does not hear OVN Controller agent of compute-0"),
        ([GATEWAY], DISABLED, [], ""),
        (
            [OVS, L3_OFF, DHCP],
            ENABLED,
            [("PUT /v2.0/agents/L3 agent", {"agent": {"admin_state_up": True}})],
            "",
        ),
        (
            [OVS, L3, DHCP_OFF],
            DISABLED,
            [("PUT /v2.0/agents/L3 agent", {"agent": {"admin_state_up": False}})],
            "",
        ),
        ([SILENT], ABSENT, [("DELETE /v2.0/agents/OVN Controller agent", None)], ""),
        (
            [GATEWAY],
            ABSENT,
            [],
            "Neutron still hears OVN Controller Gateway agent of compute-0: deleted when their pods are gone",
        ),
        ([], ABSENT, [], ""),
        # Whoever says so knows that it does not run: Neutron would go on to hear it for twenty seconds.
        ([GATEWAY], DEAD, [("DELETE /v2.0/agents/OVN Controller Gateway agent", None)], ""),
        ([OVS, L3], DEAD, [], ""),
        ([], DEAD, [], ""),
    ],
)
async def test_agents_are_brought(
    tmp_path: Path, agents: list[dict[str, Any]], wanted: ServiceState, changes: list[Any], words: str
) -> None:
    scripted = ScriptedServices({AGENTS: {"agents": agents}})

    said = await NetworkAgents(scripted.access(tmp_path)).bring("compute-0", wanted)

    assert scripted.changes == changes
    assert words in said
    assert bool(said) is bool(words)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "words"), [(404, ""), (400, "neutron-server refuses"), (409, "neutron-server refuses")]
)
async def test_an_agent_that_neutron_keeps_is_waited_for(tmp_path: Path, status: int, words: str) -> None:
    scripted = ScriptedServices({AGENTS: {"agents": [SILENT]}, "DELETE /v2.0/agents": status})

    said = await NetworkAgents(scripted.access(tmp_path)).bring("compute-0", ABSENT)

    assert said.startswith(words)
    assert bool(said) is bool(words)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "said", ["<html>", {}, {"agents": None}, {"agents": ["x"]}, {"agents": [{"host": "compute-0"}]}], ids=str
)
async def test_what_is_no_list_of_agents_is_no_answer(tmp_path: Path, said: object) -> None:
    network = NetworkAgents(ScriptedServices({AGENTS: said}).access(tmp_path))

    with pytest.raises(Unavailable, match="neutron-server gave a list that makes no sense"):
        await network.look("compute-0")
