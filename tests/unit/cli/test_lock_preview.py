from typing import Any

from sturnus.cli.system.lock_preview import lines

SERVER = {
    "uuid": "u", "name": "web", "project": "demo", "status": "ACTIVE", "vcpus": 2, "memory_mib": 4096, "disk_gib": 0,
    "way": "live-migration", "target": "compute-2", "why": None, "estimate_seconds": 8.0,
}  # fmt: skip
OFF = SERVER | {"name": "off", "status": "SHUTOFF", "way": "stays", "target": None, "why": "is shut off"}
POD: dict[str, Any] = {"namespace": "shop", "name": "db-0", "budgets": [], "held_up_by": None}
HELD = POD | {
    "budgets": [{"name": "db", "allowed": 0, "healthy": 1, "wanted": 1}],
    "held_up_by": "budget db allows no disruption now: 1 healthy, 1 wanted",
}


def said(**changes: Any) -> str:
    found = {
        "uuid": "u",
        "hostname": "compute-1",
        "kind": "lock",
        "goes_through": True,
        "obstacles": [],
        "servers": [],
        "servers_missing": None,
        "room_left": [],
        "estimate_seconds": None,
        "pods": [],
        "pods_missing": None,
    }
    return "\n".join(lines(found | changes))


def test_an_empty_host_is_said_in_three_lines() -> None:
    assert said() == (
        "Servers: none.\n"
        "Pods that have to leave: none.\n"
        "The lock would go through. To do it: system host-lock compute-1"
    )


def test_servers_room_and_pods_are_tables() -> None:
    room = [
        {"hostname": "compute-0", "vcpus": 1, "memory_mib": 512, "disk_gib": 9},
        {"hostname": "compute-2", "vcpus": 6, "memory_mib": 12800, "disk_gib": 80},
    ]

    assert said(servers=[SERVER, OFF], room_left=room, estimate_seconds=8.0, pods=[POD], kind="force-lock") == (
        "Servers:\n"
        "+------+---------+---------------+----------------+-----------+-------+-------------+\n"
        "| name | status  | size          | way            | to        | takes | why         |\n"
        "+------+---------+---------------+----------------+-----------+-------+-------------+\n"
        "| web  | ACTIVE  | 2 vCPU, 4 GiB | live-migration | compute-2 | 8 s   |             |\n"
        "| off  | SHUTOFF | 2 vCPU, 4 GiB | stays          | -         | -     | is shut off |\n"
        "+------+---------+---------------+----------------+-----------+-------+-------------+\n"
        "1 to move or stop, 4 GiB of memory; all of it takes 8 s.\n"
        "Room left then:\n"
        "+-----------+------+----------+--------+\n"
        "| host      | vCPU | memory   | disk   |\n"
        "+-----------+------+----------+--------+\n"
        "| compute-2 | 6    | 12.5 GiB | 80 GiB |\n"
        "| compute-0 | 1    | 512 MiB  | 9 GiB  |\n"
        "+-----------+------+----------+--------+\n"
        "Pods that have to leave:\n"
        "+-----------+------+-------------------+---------+\n"
        "| namespace | name | disruption budget | held up |\n"
        "+-----------+------+-------------------+---------+\n"
        "| shop      | db-0 | -                 |         |\n"
        "+-----------+------+-------------------+---------+\n"
        "The lock would go through. To do it: system host-lock -f compute-1"
    )


def test_what_stands_against_a_lock_is_the_last_that_is_said() -> None:
    obstacle = "pod shop/db-0: budget db allows no disruption now: 1 healthy, 1 wanted"

    printed = said(pods=[HELD], goes_through=False, obstacles=[obstacle])

    assert (
        "| shop      | db-0 | db (0 may go)     | budget db allows no disruption now: 1 healthy, 1 wanted |" in printed
    )
    assert printed.endswith(f"The lock would not go through:\n  {obstacle}")


def test_a_gap_says_why() -> None:
    printed = said(servers_missing="Nova does not answer", pods_missing="Kubernetes does not answer")

    assert printed.startswith(
        "Servers are not known: Nova does not answer\nPods are not known: Kubernetes does not answer\n"
    )


def test_unknown_times_are_said_so_and_long_ones_in_minutes() -> None:
    assert "all of it takes not known" not in said(servers=[SERVER], estimate_seconds=None)
    assert "how long it takes is not known" in said(servers=[SERVER | {"estimate_seconds": None}])
    assert "all of it takes 10 min." in said(servers=[SERVER], estimate_seconds=600.0)


def test_of_many_hosts_those_that_get_servers_are_named() -> None:
    room = [{"hostname": f"compute-{n}", "vcpus": 1, "memory_mib": 1, "disk_gib": 1} for n in range(20, 0, -1)]

    printed = said(servers=[SERVER], room_left=room)

    assert "| compute-2  |" in printed
    assert "and 10 more hosts: --format json" in printed
