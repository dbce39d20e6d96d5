from __future__ import annotations

from lab.ground.description import Lab, Nic, hosts_of
from lab.network.switch import SwitchFacts, cables, missing, settings


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
    assert sum(command.startswith("link add") for command in commands) == 3 + 3 + 9


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


def settings_of(lab: Lab, owner: str) -> list[str]:
    return list(settings(owner, [cable for cable in cables(lab) if cable.owner == owner]))


def test_ports_that_a_userspace_switch_may_take_compute_checksums_and_answer_only_for_themselves(
    small_lab: Lab,
) -> None:
    assert settings_of(small_lab, "compute-0") == [
        "ethtool -K eth1 tx off >/dev/null",
        "echo 1 >/proc/sys/net/ipv4/conf/eth1/arp_ignore",
        "ethtool -K eth2 tx off >/dev/null",
        "echo 1 >/proc/sys/net/ipv4/conf/eth2/arp_ignore",
    ]


def test_who_stands_outside_has_addresses_and_the_client_goes_by_the_router(small_lab: Lab) -> None:
    assert settings_of(small_lab, "client") == [
        "ethtool -K eth0 tx off >/dev/null",
        "ip address add 172.31.79.2/24 dev eth0",
        "ip link set eth0 up",
        "ip route replace default via 172.31.79.1",
    ]
    assert {"ip address add 172.31.77.1/24 dev eth0", "ip address add 172.31.79.1/24 dev eth2"} <= set(
        settings_of(small_lab, "router")
    )
