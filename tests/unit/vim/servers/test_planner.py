from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.vim.servers.leaving import Departure, Leaving, Way
from sturnus.vim.servers.moves import Moves, moves_of
from sturnus.vim.servers.planner import MOVING, Reason, plan_leaving, priority
from sturnus.vim.servers.view import CloudView, ComputeHost, Server, ServerGroup, ServerStatus, Size
from tests.builders import NOW
from tests.cloud_builders import a_cloud, a_compute, a_group, a_server, size

S, W = ServerStatus, Way
NOBODY: frozenset[str] = frozenset()
REMOTE = frozenset({"remote-storage"})
LOCK, FORCE, FAILURE = Reason.LOCK, Reason.FORCE_LOCK, Reason.FAILURE
OTHER = a_compute("compute-2")
BIG_DISK: dict[str, Any] = {"boots_from_volume": False, "size": size(1, 1, 21)}
ON_LOCK = "sturnus:on_lock"


def plan(
    cloud: CloudView,
    reason: Reason = LOCK,
    hosts: Mapping[str, frozenset[str]] | None = None,
    moves: Moves | None = None,
) -> Leaving:
    hosts = dict.fromkeys(cloud.hosts, NOBODY) if hosts is None else hosts
    return plan_leaving(cloud, "compute-1", reason=reason, hosts=hosts, moves=moves or Moves())


def only(leaving: Leaving) -> Departure:
    (departure,) = leaving.departures
    return departure


def way_of(server: Server, reason: Reason = LOCK) -> tuple[Way, str | None]:
    departure = only(plan(a_cloud([server], OTHER), reason))
    return departure.way, departure.why


WAYS: list[tuple[dict[str, Any], Reason, Way, str | None]] = [
    # what the server is, why the host is left → the way, and why so
    ({}, LOCK, W.LIVE, None),
    ({"status": S.PAUSED}, LOCK, W.LIVE, None),
    ({"metadata": {ON_LOCK: "migrate"}}, LOCK, W.LIVE, None),
    ({"metadata": {ON_LOCK: "live"}}, LOCK, W.LIVE, None),
    ({"metadata": {ON_LOCK: "cold"}}, LOCK, W.COLD, "sturnus:on_lock is cold"),
    (
        {"metadata": {ON_LOCK: "stop"}},
        LOCK,
        W.STOP,
        "sturnus:on_lock is stop; is started again by the unlock",
    ),
    (
        {"metadata": {ON_LOCK: "stopp"}},
        LOCK,
        W.LIVE,
        "sturnus:on_lock is 'stopp', none of migrate, live, cold, stop: taken as migrate",
    ),
    # What keeps a server from moving while it runs.
    (
        {"extra_specs": {"pci_passthrough:alias": "gpu:1"}},
        LOCK,
        W.COLD,
        "has a device of the host passed through",
    ),
    ({"extra_specs": {"hw:mem_encryption": "true"}}, LOCK, W.COLD, "has encrypted memory"),
    ({"extra_specs": {"hw:mem_encryption": "false"}}, LOCK, W.LIVE, None),
    (
        {"extra_specs": {"hw:mem_encryption": "true"}, "metadata": {ON_LOCK: "live"}},
        LOCK,
        W.CANNOT,
        "has encrypted memory, and sturnus:on_lock is live",
    ),
    (
        {"extra_specs": {"hw:mem_encryption": "true"}, "status": S.PAUSED},
        LOCK,
        W.CANNOT,
        "has encrypted memory, and it is paused, and Nova stops no paused server",
    ),
    # Local disks: copied up to a size by a cold migration, always by a live one.
    (BIG_DISK, LOCK, W.LIVE, None),
    (
        BIG_DISK | {"metadata": {ON_LOCK: "cold"}},
        LOCK,
        W.CANNOT,
        "sturnus:on_lock is cold, and its local disk of 21 GiB is larger than 20 GiB:"
        " boot it from a volume, or move it by hand",
    ),
    (
        {"boots_from_volume": False, "size": size(1, 1, 20), "metadata": {ON_LOCK: "cold"}},
        LOCK,
        W.COLD,
        "sturnus:on_lock is cold",
    ),
    # Nothing of it runs.
    ({"status": S.SHUTOFF}, LOCK, W.STAYS, "is shut off"),
    ({"status": S.ERROR}, LOCK, W.STAYS, "has failed already"),
    ({"status": S.SOFT_DELETED}, LOCK, W.STAYS, "is deleted"),
    ({"status": S.SHELVED}, LOCK, W.STAYS, "is shelved"),
    ({"task": "deleting"}, LOCK, W.STAYS, "is being deleted"),
    # A plain lock is refused (reference/vim.md §4).
    (
        {"status": S.SUSPENDED},
        LOCK,
        W.CANNOT,
        "is suspended, and Nova moves no suspended server: openstack server resume uuid-of-web",
    ),
    (
        {"status": S.RESCUE},
        LOCK,
        W.CANNOT,
        "is being rescued, and Nova moves no such server: openstack server unrescue uuid-of-web",
    ),
    (
        {"status": S.VERIFY_RESIZE},
        LOCK,
        W.CANNOT,
        "waits for its resize to be confirmed: openstack server resize confirm uuid-of-web",
    ),
    ({"status": S.UNKNOWN}, LOCK, W.CANNOT, "has no status that we know: openstack server show uuid-of-web"),
    (
        {"status": S.MIGRATING, "task": "migrating"},
        LOCK,
        W.CANNOT,
        "is being moved (Nova: migrating): wait until that has ended",
    ),
    ({"status": S.REBUILD}, LOCK, W.CANNOT, "is being rebuilt: wait until that has ended"),
    (
        {"status": S.SHUTOFF, "task": "powering-on"},
        LOCK,
        W.CANNOT,
        "is being worked on (Nova: powering-on): wait until that has ended",
    ),
    (
        {"status": S.PAUSED, "metadata": {ON_LOCK: "stop"}},
        LOCK,
        W.CANNOT,
        "is paused, and Nova stops no paused server: openstack server unpause uuid-of-web",
    ),
    # Forced: stopped if it runs, left behind otherwise.
    ({}, FORCE, W.LIVE, None),
    ({"status": S.SHUTOFF}, FORCE, W.STAYS, "is shut off"),
    (
        {"extra_specs": {"hw:mem_encryption": "true"}, "metadata": {ON_LOCK: "live"}},
        FORCE,
        W.STOP,
        "cannot move: has encrypted memory, and sturnus:on_lock is live",
    ),
    (
        {"status": S.SUSPENDED},
        FORCE,
        W.STAYS,
        "is left behind: is suspended, and Nova moves no suspended server: openstack server resume uuid-of-web",
    ),
    (
        {"status": S.REBUILD},
        FORCE,
        W.STAYS,
        "is left behind: is being rebuilt: wait until that has ended",
    ),
    # The host is dead.
    ({}, FAILURE, W.EVACUATE, None),
    ({"metadata": {ON_LOCK: "stop"}}, FAILURE, W.EVACUATE, None),
    ({"status": S.ERROR}, FAILURE, W.EVACUATE, None),
    ({"status": S.SHUTOFF}, FAILURE, W.STAYS, "is shut off"),
    (
        {"boots_from_volume": False, "size": size(1, 1, 20)},
        FAILURE,
        W.EVACUATE,
        "is built anew from its image: its local disk is lost",
    ),
    (
        BIG_DISK,
        FAILURE,
        W.CANNOT,
        "its local disk of 21 GiB is larger than 20 GiB: boot it from a volume, or move it by hand",
    ),
    ({"status": S.PAUSED}, FAILURE, W.CANNOT, "is PAUSED: Nova starts only ACTIVE and ERROR ones elsewhere"),
    (
        {"task": "rebooting"},
        FAILURE,
        W.CANNOT,
        "is being worked on (Nova: rebooting) since before its host died, and Nova waits for that:"
        " openstack server set --state active uuid-of-web",
    ),
]


@pytest.mark.parametrize(("changes", "reason", "way", "why"), WAYS)
def test_the_way_follows_from_what_a_server_is(
    changes: dict[str, Any], reason: Reason, way: Way, why: str | None
) -> None:
    assert way_of(a_server(**changes), reason) == (way, why)


def test_a_label_of_the_host_says_that_disks_are_reached_from_everywhere() -> None:
    cloud = a_cloud([a_server(**BIG_DISK)], OTHER)

    departure = only(plan(cloud, FAILURE, {"compute-1": REMOTE, "compute-2": REMOTE}))

    assert (departure.way, departure.target, departure.why) == (W.EVACUATE, "compute-2", None)


def test_a_server_goes_to_no_host_that_keeps_disks_otherwise() -> None:
    cloud = a_cloud([a_server(boots_from_volume=False)], OTHER)

    departure = only(plan(cloud, LOCK, {"compute-1": REMOTE, "compute-2": NOBODY}))

    assert departure.way is W.CANNOT
    assert departure.why == ("needs 1 vCPU and 1 GiB of memory; compute-2 keeps disks otherwise (label remote-storage)")


def test_a_lock_moves_nothing_from_a_host_that_nova_does_not_hear() -> None:
    cloud = a_cloud([a_server()], a_compute("compute-1", up=False), OTHER)
    why = "Nova does not hear nova-compute of compute-1: nothing moves from there in order"

    assert only(plan(cloud)).why == why
    assert only(plan(cloud)).way is W.CANNOT
    assert only(plan(cloud, FORCE)) == Departure(a_server(), W.STAYS, None, f"is left behind: {why}", None)


def test_the_servers_of_the_only_compute_host_are_stopped() -> None:
    departure = only(plan(a_cloud([a_server()])))

    assert departure.way is W.STOP
    assert departure.why == "there is no other compute host; is started again by the unlock"


def test_nothing_is_evacuated_from_the_only_compute_host() -> None:
    departure = only(plan(a_cloud([a_server()]), FAILURE))

    assert (departure.way, departure.why) == (W.CANNOT, "there is no other compute host")


def test_who_has_no_room_says_what_each_host_lacks() -> None:
    cloud = a_cloud(
        [a_server(size=size(8, 32, 10), boots_from_volume=False)],
        a_compute("compute-2", used=size(12, 0)),
        a_compute("compute-3", used=size(0, 40, 495)),
        a_compute("compute-4"),
        a_compute("compute-5", enabled=False),
    )
    hosts = dict.fromkeys(("compute-1", "compute-2", "compute-3", "compute-5"), NOBODY)

    departure = only(plan(cloud, LOCK, hosts))

    assert departure.way is W.CANNOT
    assert departure.why == (
        "needs 8 vCPU, 32 GiB of memory and 10 GiB of disk; compute-2 has 4 vCPU free,"
        " compute-3 has 24 GiB of memory and 5 GiB of disk free, compute-4 is locked or not enabled,"
        " 1 more host cannot have it either"
    )
    assert only(plan(cloud, FORCE, hosts)).way is W.STOP


OUT_OF_SERVICE = [
    ({"enabled": False}, "is disabled in Nova"),
    ({"up": False}, "is not heard by Nova"),
    ({"forced_down": True}, "is marked as down in Nova"),
]


@pytest.mark.parametrize(("changes", "why"), OUT_OF_SERVICE)
def test_hosts_out_of_service_are_no_targets(changes: dict[str, Any], why: str) -> None:
    departure = only(plan(a_cloud([a_server()], a_compute("compute-2", **changes))))

    assert (departure.way, departure.why) == (W.CANNOT, f"needs 1 vCPU and 1 GiB of memory; compute-2 {why}")


def test_servers_are_spread_by_what_is_left() -> None:
    servers = [a_server(f"web-{number}", size=size(2, 8)) for number in range(4)]
    cloud = a_cloud(servers, OTHER, a_compute("compute-3", used=size(4, 16)))

    leaving = plan(cloud)

    assert [each.target for each in leaving.departures] == ["compute-2", "compute-2", "compute-3", "compute-2"]
    assert leaving.room_left == {"compute-2": Size(10, 40 * 1024, 500), "compute-3": Size(10, 40 * 1024, 500)}


def test_servers_are_packed_where_spreading_leaves_one_behind() -> None:
    servers = [a_server("small", size=size(4, 1), metadata={"recovery_priority": "1"}), a_server("large", size=size(8))]
    cloud = a_cloud(servers, a_compute("compute-2", total=size(8)), a_compute("compute-3", total=size(4)))

    leaving = plan(cloud)

    assert {each.server.name: each.target for each in leaving.departures} == {
        "small": "compute-3",
        "large": "compute-2",
    }
    assert [each.server.name for each in leaving.departures] == ["small", "large"]


def test_who_matters_most_has_the_first_choice_where_not_all_have_room() -> None:
    servers = [a_server("large", size=size(8)), a_server("first", size=size(1), metadata={"recovery_priority": "1"})]

    leaving = plan(a_cloud(servers, a_compute("compute-2", total=size(8))), FAILURE)

    assert [(each.server.name, each.way) for each in leaving.departures] == [
        ("first", W.EVACUATE),
        ("large", W.CANNOT),
    ]


def test_priority_goes_first_then_size_and_those_that_do_not_go_are_last() -> None:
    servers = [
        a_server("off", status=S.SHUTOFF, metadata={"recovery_priority": "1"}),
        a_server("small"),
        a_server("large", size=size(4, 1)),
        a_server("last", metadata={"recovery_priority": "10"}, size=size(2, 1)),
        a_server("second", metadata={"recovery_priority": "2"}),
        a_server("first", metadata={"recovery_priority": "1"}),
    ]

    leaving = plan(a_cloud(servers, OTHER), FAILURE)

    assert [each.server.name for each in leaving.departures] == ["first", "second", "large", "last", "small", "off"]


@pytest.mark.parametrize(("said", "counts"), [("1", 1), ("10", 10), ("0", 10), ("11", 10), ("high", 10), ("²", 10)])
def test_a_priority_that_makes_no_sense_is_the_last(said: str, counts: int) -> None:
    assert priority(a_server(metadata={"recovery_priority": said})) == counts


def test_servers_of_an_anti_affinity_group_stay_apart() -> None:
    one, two, there = a_server("one"), a_server("two"), a_server("there", host="compute-2")
    hosts = [a_compute(f"compute-{number}") for number in (2, 3)]

    leaving = plan(a_cloud([one, two, there], *hosts, groups=[a_group("anti-affinity", one, two, there)]))

    assert [(each.way, each.target) for each in leaving.departures] == [(W.LIVE, "compute-3"), (W.CANNOT, None)]
    assert leaving.departures[1].why == (
        "needs 1 vCPU and 1 GiB of memory; compute-2 has there of its anti-affinity group,"
        " compute-3 has one of its anti-affinity group"
    )


def test_nova_leaves_servers_of_an_affinity_group_where_they_are() -> None:
    one, two = a_server("one"), a_server("two")
    cloud = a_cloud([one, two], OTHER, groups=[a_group("affinity", one, two)])
    why = "is in an affinity group, whose servers Nova leaves where they are"

    assert [(each.way, each.why) for each in plan(cloud).departures] == [(W.CANNOT, why)] * 2
    assert [each.way for each in plan(cloud, FORCE).departures] == [W.STOP] * 2


SOFT = [("soft-affinity", "compute-2"), ("soft-anti-affinity", "compute-3")]


@pytest.mark.parametrize(("policy", "target"), SOFT)
def test_soft_groups_are_a_wish(policy: str, target: str) -> None:
    one, there = a_server("one"), a_server("there", host="compute-2")
    hosts = [a_compute("compute-2", used=size(1)), a_compute("compute-3", used=size(2))]

    assert only(plan(a_cloud([one, there], *hosts, groups=[a_group(policy, one, there)]))).target == target


def test_a_wish_for_a_host_out_of_service_is_passed_over() -> None:
    one, there = a_server("one", boots_from_volume=False), a_server("there", host="compute-2")
    cloud = a_cloud([one, there], OTHER, a_compute("compute-3"), groups=[a_group("soft-affinity", one, there)])

    assert only(plan(cloud, hosts={"compute-1": NOBODY, "compute-3": NOBODY})).target == "compute-3"


def test_estimates_come_from_moves_of_the_same_way_and_size() -> None:
    seconds = [(W.LIVE, 1024, 10), (W.LIVE, 1024, 20), (W.LIVE, 1024, 90), (W.LIVE, 8192, 60), (W.STOP, 1024, 5)]
    moves = moves_of(((way, mib, timedelta(seconds=took)) for way, mib, took in seconds), at_once=2)
    servers = [a_server("small-1"), a_server("small-2"), a_server("large", size=size(1, 6))]

    leaving = plan(a_cloud(servers, OTHER), moves=moves)

    estimates = [each.estimate.total_seconds() for each in leaving.departures if each.estimate is not None]
    assert estimates == [60, 20, 20]
    assert leaving.estimate == timedelta(seconds=60)  # the two small ones one after the other, beside the large one


def test_one_move_that_nobody_knows_makes_the_whole_unknown() -> None:
    moves = moves_of([(W.LIVE, 1024, timedelta(seconds=10))])

    leaving = plan(a_cloud([a_server("one"), a_server("large", size=size(1, 32))], OTHER), moves=moves)

    assert [each.estimate for each in leaving.departures] == [None, timedelta(seconds=10)]
    assert leaving.estimate is None


def test_an_empty_host_is_left_at_once() -> None:
    assert plan(a_cloud([], OTHER)).estimate == timedelta()


def test_a_host_that_nova_does_not_have_has_no_servers() -> None:
    cloud = CloudView(NOW, {}, ())

    assert plan(cloud) == Leaving("compute-1", (), {}, timedelta())


NAMES = ["compute-1", "compute-2", "compute-3", "compute-4"]
sizes = st.builds(Size, st.integers(0, 8), st.integers(0, 8192), st.integers(0, 40))
servers_ = st.lists(
    st.builds(
        a_server,
        st.text("abcdef", min_size=1, max_size=4),
        st.sampled_from(NAMES),
        status=st.sampled_from(S),
        task=st.sampled_from([None, None, None, "migrating", "deleting"]),
        size=sizes,
        boots_from_volume=st.booleans(),
        metadata=st.fixed_dictionaries(
            {}, optional={ON_LOCK: st.sampled_from(["live", "cold", "stop", "x"]), "recovery_priority": st.text("019")}
        ),
    ),
    max_size=12,
    unique_by=lambda server: server.uuid,
)
computes = st.builds(
    a_compute,
    st.sampled_from(NAMES),
    st.builds(Size, st.integers(0, 16), st.integers(0, 16384), st.integers(0, 80)),
    sizes,
    enabled=st.booleans(),
    up=st.booleans(),
    forced_down=st.booleans(),
)
labels = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([NOBODY, REMOTE]))


@st.composite
def clouds(draw: st.DrawFn) -> CloudView:
    servers: Sequence[Server] = draw(servers_)
    hosts: Sequence[ComputeHost] = draw(st.lists(computes, max_size=4))
    policies = draw(st.lists(st.sampled_from(["affinity", "anti-affinity", "soft-affinity"]), max_size=3))
    members = st.frozensets(st.sampled_from([server.uuid for server in servers])) if servers else st.just(NOBODY)
    groups = [ServerGroup(str(number), policy, draw(members)) for number, policy in enumerate(policies)]
    return CloudView(NOW, {host.hostname: host for host in hosts}, servers, groups)


@given(clouds(), st.sampled_from(Reason), labels)
def test_a_plan_never_asks_for_what_cannot_be(
    cloud: CloudView, reason: Reason, hosts: Mapping[str, frozenset[str]]
) -> None:
    leaving = plan(cloud, reason, hosts)
    gone = {each.server.uuid: each.target for each in leaving.departures if each.target is not None}

    assert sorted(each.server.uuid for each in leaving.departures) == sorted(s.uuid for s in cloud.on("compute-1"))
    for each in leaving.departures:
        assert (each.target is not None) is (each.way in MOVING)
        assert each.way is not W.CANNOT or each.why
        assert each.way is not W.CANNOT or reason is not FORCE
        assert each.target is None or (each.target in hosts and cloud.hosts[each.target].takes_servers)
    assert "compute-1" not in gone.values()
    for name in set(gone.values()):
        host, coming = cloud.hosts[name], [s.size for s in cloud.servers if gone.get(s.uuid) == name]
        for dimension in ("vcpus", "memory_mib", "disk_gib"):
            wanted = sum(getattr(each, dimension) for each in coming)
            assert wanted == 0 or getattr(host.used, dimension) + wanted <= getattr(host.total, dimension)
    for group in cloud.groups:
        if group.policy == "anti-affinity":
            there = [gone.get(s.uuid, s.host) for s in cloud.servers if s.uuid in group.members]
            moved = [gone[uuid] for uuid in group.members if uuid in gone]
            assert all(there.count(name) == 1 for name in moved)
