import pytest

from sturnus.inventory.announcement import Adopt, Announcement, Known, NewHost, Refuse, place_of
from tests.builders import a_host

ANNOUNCED = Announcement("compute-0", "08:00:27:00:00:03", "192.168.204.3", {})
OTHER = {"uuid": "other", "mgmt_mac": "08:00:27:00:00:09", "mgmt_ip": "192.168.204.9"}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], NewHost()),
        ([Known(a_host("compute-1", **OTHER), has_agent=True)], NewHost()),
        ([Known(host := a_host("compute-5"), has_agent=False)], Adopt(host)),
        ([Known(host := a_host(mgmt_mac=None, mgmt_ip=None), has_agent=False)], Adopt(host)),
        ([Known(a_host(**OTHER), has_agent=False)], NewHost()),
        ([Known(a_host(mgmt_mac=None, mgmt_ip=None), has_agent=True)], NewHost()),
        ([Known(named := a_host(mgmt_mac=None, mgmt_ip=None, id=1), has_agent=False),
          Known(host := a_host("compute-5"), has_agent=False)], Adopt(host)),
    ],
    ids=["nobody", "somebody else", "by its MAC", "by its name, as no MAC was given",
         "the name of a host with another MAC", "the name of a host that has an agent", "MAC before name"],
)  # fmt: skip
def test_an_unknown_agent_finds_its_host(known: list[Known], expected: Adopt | NewHost) -> None:
    assert place_of(ANNOUNCED, known) == expected


def test_a_host_that_has_an_agent_gets_no_second_one() -> None:
    refused = place_of(ANNOUNCED, [Known(a_host(), has_agent=True)])

    assert isinstance(refused, Refuse)
    assert refused.violation.message == "Host compute-0 has an agent with another key."


def test_an_address_of_another_host_is_refused() -> None:
    holder = a_host("compute-1", **OTHER | {"mgmt_ip": "192.168.204.3"})

    refused = place_of(ANNOUNCED, [Known(holder, has_agent=False)])

    assert isinstance(refused, Refuse)
    assert refused.violation.message == "Address 192.168.204.3 belongs to host compute-1 already."
