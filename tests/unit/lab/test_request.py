from __future__ import annotations

import pytest

from lab.bringup.request import Request, wanted_lab
from lab.ground.description import Lab
from lab.ground.errors import LabError


def names(lab: Lab) -> list[str]:
    return [host.name for host in lab.hosts]


def test_a_new_lab_has_one_controller_and_two_workers() -> None:
    made = wanted_lab(Request("fresh"), known=None, others=[])

    assert names(made) == ["controller-0", "compute-0", "compute-1"]
    assert made.loopback == 77


def test_a_new_lab_takes_a_loopback_network_that_no_other_lab_has(small_lab: Lab) -> None:
    assert wanted_lab(Request("fresh"), known=None, others=[small_lab]).loopback == 78


def test_asking_for_nothing_leaves_a_lab_as_it_is(small_lab: Lab) -> None:
    assert wanted_lab(Request("small"), known=small_lab, others=[small_lab]) == small_lab


def test_a_lab_grows_and_keeps_what_it_has(small_lab: Lab) -> None:
    grown = wanted_lab(Request("small", workers=3), known=small_lab, others=[small_lab])

    assert grown.hosts[: len(small_lab.hosts)] == small_lab.hosts
    assert names(grown)[-1] == "compute-2"
    assert grown.hosts[-1].memory_mib == 1024
    assert grown.loopback == small_lab.loopback


def test_a_lab_never_loses_hosts_by_being_brought_up(small_lab: Lab) -> None:
    with pytest.raises(LabError) as refused:
        wanted_lab(Request("small", workers=0), known=small_lab, others=[small_lab])

    assert str(refused.value) == (
        "lab small would lose compute-0, compute-1: lab down --name small first; labs only grow"
    )
