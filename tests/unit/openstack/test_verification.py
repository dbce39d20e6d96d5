from __future__ import annotations

from datetime import timedelta

import pytest

from sturnus.cloud.session import Login
from sturnus.openstack.before_remove import would_be_missed
from sturnus.openstack.emptying import delete_servers
from sturnus.openstack.verification import Verification
from tests.unit.openstack.scripted_cloud import ScriptedCloud, hypervisor
from tests.virtual_time import run


def problem(cloud: ScriptedCloud, password: str = "right", seconds: float = 120) -> str | None:
    return run(Verification(cloud, password, "RegionOne", lambda: "of-the-check").problem(timedelta(seconds=seconds)))


def test_a_server_becomes_active_and_nothing_of_the_check_stays() -> None:
    cloud = ScriptedCloud()

    assert problem(cloud) is None
    assert "POST nova-api /v2.1/servers" in cloud.asked
    assert cloud.named() == []


@pytest.mark.parametrize(
    ("cloud", "said"),
    [
        (
            ScriptedCloud(password="other"),
            "cannot get a token from Keystone: keystone-api refuses a token for admin: "
            "The request you have made requires authentication. (401)",
        ),
        (
            ScriptedCloud(catalogue=("identity", "image", "compute")),
            "cannot get a token from Keystone: Keystone's catalogue has no placement, network in region RegionOne",
        ),
        (
            ScriptedCloud(becomes="ERROR"),
            "cannot start a server: the server is in status ERROR: No valid host was found.",
        ),
        (
            ScriptedCloud(becomes="BUILD"),
            "cannot start a server: not done within 120 s",
        ),
        (
            ScriptedCloud(hypervisors=[hypervisor("compute-0", state="down")]),
            "cannot find a compute host that is up: not done within 120 s "
            "(compute hosts: compute-0 is enabled and down)",
        ),
        (
            ScriptedCloud(hypervisors=[]),
            "cannot find a compute host that is up: not done within 120 s (compute hosts: none)",
        ),
        (
            ScriptedCloud(homeless=("compute-1",)),  # the scheduler would choose it
            "cannot find a compute host that is up: not done within 120 s "
            "(compute hosts: compute-0 is enabled and up, compute-1 is up and in no cell yet)",
        ),
        (
            ScriptedCloud(silent={"glance-api": 10_000}),
            "cannot get a token from Keystone: not done within 120 s "
            "(glance-api does not answer: no endpoints available)",
        ),
        (
            ScriptedCloud(absent=frozenset({"keystone-api"})),
            "cannot get a token from Keystone: there is no Service keystone-api",
        ),
    ],
    ids=["password", "catalogue", "error", "build", "host down", "no host", "no cell", "silent", "absent"],
)
def test_what_is_wrong_is_said_with_the_step_at_which_it_showed(cloud: ScriptedCloud, said: str) -> None:
    assert problem(cloud) == said


def test_a_service_that_does_not_answer_yet_is_asked_again() -> None:
    cloud = ScriptedCloud(silent={"neutron-server": 5, "nova-api": 2})

    assert problem(cloud) is None
    assert cloud.named() == []


@pytest.mark.parametrize("becomes", ["ERROR", "BUILD"])
def test_a_check_that_fails_leaves_nothing_either(becomes: str) -> None:
    cloud = ScriptedCloud(becomes=becomes)

    assert problem(cloud) is not None
    assert cloud.named() == []


def test_what_an_earlier_check_left_is_taken_away_first() -> None:
    cloud = ScriptedCloud()
    cloud.things["project"]["p"] = {"id": "p", "name": "sturnus-check", "owner": ""}
    cloud.things["server"]["s"] = {"id": "s", "name": "sturnus-check", "owner": "p"}
    cloud.things["port"]["t"] = {"id": "t", "name": "", "owner": "p", "device_owner": "compute:nova"}
    cloud.things["project"]["q"] = {"id": "q", "name": "customers", "owner": ""}
    cloud.things["server"]["k"] = {"id": "k", "name": "shop", "owner": "q"}

    assert problem(cloud) is None
    assert cloud.named() == ["customers", "shop"]


def test_a_login_shows_no_password() -> None:
    assert "secret" not in repr(Login("admin", "secret", "admin"))


def missed(cloud: ScriptedCloud, password: str | None = "right") -> list[tuple[str, str]]:
    return [(each.subject, each.problem) for each in run(would_be_missed(cloud, password, "openstack"))]


def with_servers(*names: str) -> ScriptedCloud:
    cloud = ScriptedCloud()
    cloud.things["server"] = {name: {"id": name, "name": name, "owner": "p"} for name in names}
    return cloud


@pytest.mark.parametrize(
    ("cloud", "found"),
    [
        (with_servers(), []),
        (with_servers("sturnus-check"), []),
        (with_servers("shop"), [("1 server", "shop would be lost")]),
        (with_servers("a", "b", "c", "d", "e"), [("5 servers", "a, b, c and 2 more would be lost")]),
        (ScriptedCloud(absent=frozenset({"nova-api"})), []),
        (
            ScriptedCloud(silent={"keystone-api": 1}),
            [("servers", "nobody can say whether there are any: keystone-api does not answer: no endpoints available")],
        ),
    ],
    ids=["none", "only the check's", "one", "many", "never came up", "silent"],
)
def test_servers_stand_against_a_removal(cloud: ScriptedCloud, found: list[tuple[str, str]]) -> None:
    assert missed(cloud) == found


def test_a_forced_removal_takes_the_servers_along() -> None:
    cloud = with_servers("shop", "mail")

    run(delete_servers(cloud, "right"))

    assert cloud.things["server"] == {}


@pytest.mark.parametrize(
    "cloud",
    [
        ScriptedCloud(absent=frozenset({"keystone-api"})),
        ScriptedCloud(silent={"nova-api": 9}),
        ScriptedCloud(password="other"),
    ],
)
def test_a_cloud_that_does_not_work_holds_up_no_forced_removal(cloud: ScriptedCloud) -> None:
    run(delete_servers(cloud, "right", timedelta(seconds=10)))


def test_without_passwords_nobody_ever_used_it() -> None:
    assert missed(with_servers("shop"), None) == []
