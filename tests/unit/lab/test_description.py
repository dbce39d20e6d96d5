from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.ground.description import MAX_CONTROLLERS, MAX_WORKERS, Lab, Nic, checked_name, free_loopback, hosts_of
from lab.ground.errors import LabError


@given(controllers=st.integers(1, MAX_CONTROLLERS), workers=st.integers(0, MAX_WORKERS))
def test_no_two_hosts_share_an_address_a_mac_or_a_cable(controllers: int, workers: int) -> None:
    hosts = hosts_of(controllers, workers, controller_memory=1, worker_memory=1)
    lab = Lab(name="any", loopback=77, hosts=hosts)

    for unique in (
        [host.name for host in hosts],
        [lab.outside(host) for host in hosts],
        [address for host in hosts for address in (host.address, host.bmc_address, host.tunnel_address)],
        [host.mac(nic) for host in hosts for nic in Nic],
        [host.cable(nic) for host in hosts for nic in Nic],
    ):
        assert len(unique) == len(set(unique))


@given(controllers=st.integers(1, MAX_CONTROLLERS), workers=st.integers(0, MAX_WORKERS))
def test_interface_names_fit_the_kernels_fifteen_characters(controllers: int, workers: int) -> None:
    hosts = hosts_of(controllers, workers, controller_memory=1, worker_memory=1)

    assert max(len(host.cable(nic)) for host in hosts for nic in Nic) <= 15


@pytest.mark.parametrize(
    ("controllers", "workers", "message"),
    [
        (0, 2, "0 controllers: a lab has 1 to 9: --controllers N"),
        (10, 2, "10 controllers: a lab has 1 to 9: --controllers N"),
        (1, 61, "61 workers: a lab has 0 to 60: --workers N"),
        (1, -1, "-1 workers: a lab has 0 to 60: --workers N"),
    ],
)
def test_a_size_that_the_address_plan_has_no_room_for_is_refused(controllers: int, workers: int, message: str) -> None:
    with pytest.raises(LabError) as refused:
        hosts_of(controllers, workers, controller_memory=1, worker_memory=1)

    assert str(refused.value) == message


def test_an_unknown_host_is_answered_with_those_that_there_are(small_lab: Lab) -> None:
    with pytest.raises(LabError) as refused:
        small_lab.host("compute-9")

    assert str(refused.value) == "lab small has no host 'compute-9': it has controller-0, compute-0, compute-1"


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a b", "../x", "a" * 33, "a/b", ".hidden"])
def test_a_name_that_is_no_plain_file_name_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="cannot name a lab"):
        checked_name(name)


@pytest.mark.parametrize("name", ["lab", "a", "ci-12", "0"])
def test_a_plain_name_is_taken_as_it_is(name: str) -> None:
    assert checked_name(name) == name


def test_the_lowest_free_loopback_network_is_given_out() -> None:
    assert free_loopback([]) == 77
    assert free_loopback([77, 78, 80]) == 79


def test_when_every_loopback_network_is_taken_the_operator_is_told() -> None:
    with pytest.raises(LabError, match=r"all loopback networks from 127.0.77.0 on are taken"):
        free_loopback(range(77, 255))
