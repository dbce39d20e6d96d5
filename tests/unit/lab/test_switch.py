from __future__ import annotations

from lab.ground.description import Lab, Nic, hosts_of
from lab.network.switch import SwitchFacts, missing


def facts_after(commands: list[str]) -> SwitchFacts:
    """The switches as they are once these commands have run."""
    words = [command.split() for command in commands]
    return SwitchFacts(
        links=frozenset(word[2] for word in words if word[:2] == ["link", "add"]),
        addresses=frozenset(word[2] for word in words if word[:2] == ["address", "add"]),
    )


def test_from_nothing_every_host_gets_three_cables_each_to_its_switch(small_lab: Lab) -> None:
    commands = list(missing(small_lab, SwitchFacts()))

    for host in small_lab.hosts:
        for nic, bridge in ((Nic.NODE, "node"), (Nic.TUNNEL, "tunnel"), (Nic.PROVIDER, "provider")):
            assert f"link set {host.cable(nic)} master {bridge} up" in commands
    assert sum(command.startswith("link add") for command in commands) == 3 + 2 + 9


def test_whole_wires_need_nothing(small_lab: Lab) -> None:
    whole = facts_after(list(missing(small_lab, SwitchFacts())))

    assert list(missing(small_lab, whole)) == []


def test_a_further_host_needs_only_its_own_cables_and_its_controllers_address(small_lab: Lab) -> None:
    whole = facts_after(list(missing(small_lab, SwitchFacts())))
    grown = small_lab.model_copy(update={"hosts": hosts_of(1, 3, controller_memory=2048, worker_memory=1024)})

    commands = list(missing(grown, whole))

    assert all("22" in command for command in commands)
    assert len(commands) == 1 + 2 * 3


def test_a_cable_that_was_lost_is_laid_again(small_lab: Lab) -> None:
    whole = facts_after(list(missing(small_lab, SwitchFacts())))
    damaged = SwitchFacts(whole.links - {"n20-eth1"}, whole.addresses)

    commands = list(missing(small_lab, damaged))

    assert [command.split()[2] for command in commands] == ["n20-eth1", "n20-eth1"]
