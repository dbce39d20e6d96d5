"""Hosts for pods: labels and room."""

from __future__ import annotations

from typing import Any

from sturnus.applications.plan.placing import Demand, HostRoom, demands, without_hosts, without_room
from sturnus.applications.plan.rooms import rooms

GIB = 2**30


def host(name: str, cpus: float = 2, memory: float = 4, **labels: str) -> HostRoom:
    return HostRoom(name, labels, cpus, memory * GIB)


def pod(requests: dict[str, str], init: dict[str, str] | None = None, selector: dict[str, str] | None = None) -> Any:
    return {
        "containers": [{"resources": {"requests": requests}}, {"resources": {"requests": requests}}],
        "initContainers": [{"resources": {"requests": init or {}}}],
        "nodeSelector": selector or {},
    }


def test_a_pod_asks_for_its_containers_together_or_for_its_largest_init_container() -> None:
    small = {
        "kind": "Deployment",
        "metadata": {"name": "a"},
        "spec": {"replicas": 3, "template": {"spec": pod({"cpu": "1"})}},
    }
    large = {"kind": "Job", "metadata": {"name": "b"}, "spec": {"template": {"spec": pod({"cpu": "1"}, {"cpu": "5"})}}}

    assert [(each.owner, each.pods, each.cpus) for each in demands([small, large, {"kind": "Service"}])] == [
        ("Deployment/a", 3, 2),
        ("Job/b", 1, 5),
    ]


def test_one_selector_that_fits_no_host_is_one_obstacle_for_all_that_it_stops() -> None:
    wanted = [Demand(f"Deployment/{name}", "Deployment", {"rack": "7"}, 1, 0, 0) for name in ("a", "b", "c", "d")]

    (found,) = without_hosts(wanted, [host("compute-0", rack="6")])

    assert found.subject == "Deployment/a, Deployment/b, Deployment/c and 1 more"
    assert (found.problem, found.remedy) == ("no host has rack=7", "system host-label-assign HOST rack=7")


def test_what_runs_no_pods_needs_no_host() -> None:
    assert without_hosts([Demand("Deployment/a", "Deployment", {"rack": "7"}, 0, 0, 0)], [host("compute-0")]) == []


def test_a_daemon_set_asks_on_each_host_that_its_selector_fits() -> None:
    hosts = [
        host("compute-0", memory=2, compute="yes"),
        host("compute-1", memory=2, compute="yes"),
        host("controller-0", memory=1),
    ]
    wanted = [Demand("DaemonSet/ovs", "DaemonSet", {"compute": "yes"}, 1, 0, 3 * GIB)]

    problems = [each.problem for each in without_room(wanted, hosts)]

    assert problems == [
        "a pod asks for 0 CPUs and 3072 MiB, and compute-0 has 2 CPUs and 2048 MiB free at most",
        "the pods ask for 0 CPUs and 6144 MiB in all, and 6 CPUs and 5120 MiB is free",
    ]


def test_a_host_has_left_what_the_pods_on_it_do_not_ask_for() -> None:
    node = {
        "metadata": {"name": "compute-0", "labels": {"a": "b"}},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}},
    }
    on_it = {"metadata": {"name": "a"}, "spec": {"nodeName": "compute-0", **pod({"cpu": "500m", "memory": "1Gi"})}}
    elsewhere = {"metadata": {"name": "b"}, "spec": {"nodeName": "compute-1", **pod({"cpu": "3"})}}

    assert rooms([node], [on_it, elsewhere], frozenset()) == [HostRoom("compute-0", {"a": "b"}, 3, 6 * GIB)]
