"""The plan: what is there and what is wanted in, what happens out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from sturnus.applications.engine.decisions import Running
from sturnus.applications.plan.objects import ObjectChange
from sturnus.applications.plan.placing import HostRoom
from sturnus.applications.plan.plan import Change, Plan, PlanFacts, ReleasePair, Side, make, moved, replaced
from sturnus.applications.plan.rooms import rooms
from sturnus.applications.plan.values import ValueChange
from sturnus.applications.release import ReleaseName

KEYSTONE = ReleaseName("openstack", "keystone")
CONTROLLER = HostRoom("controller-0", {"openstack-control-plane": "enabled"}, 2, 4 * 2**30)


def deployment(
    name: str = "api", image: str = "keystone:1", selector: Mapping[str, str] | None = None, memory: str = "64Mi"
) -> dict[str, Any]:
    container = {"name": "api", "image": image, "resources": {"requests": {"cpu": "100m", "memory": memory}}}
    pod = {"containers": [container], "nodeSelector": dict(selector or {})}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": 2, "template": {"spec": pod}},
    }  # fmt: skip


def job(image: str) -> dict[str, Any]:
    pod = {"containers": [{"name": "sync", "image": image}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "db-sync"},
        "spec": {"template": {"spec": pod}},
    }


def secret(password: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": password}}


def side(digest: str | None = "new", *manifest: dict[str, Any], values: Mapping[str, Any] | None = None) -> Side:
    return Side("keystone 0.1.0", digest, values or {}, manifest)


def planned(
    *pairs: ReleasePair, hosts: Sequence[HostRoom] | None = None, kinds: Sequence[str] | None = None,
    secrets: Sequence[str] = (),
) -> Plan:  # fmt: skip
    return make(
        PlanFacts("stx-openstack", "1.0", pairs, hosts, kinds, {}, lambda path: path[-1] == "password", secrets)
    )


@pytest.mark.parametrize(
    ("pair", "change", "reason"),
    [
        (ReleasePair(KEYSTONE, None, None, side()), Change.INSTALL, "not in the cluster"),
        (
            ReleasePair(KEYSTONE, Running(3, "deployed", "new"), side(), side()),
            Change.UNCHANGED,
            "revision 3 is what is wanted",
        ),
        (
            ReleasePair(KEYSTONE, Running(3, "deployed", "old"), side("old"), side()),
            Change.UPGRADE,
            "chart, values or options changed",
        ),
        (ReleasePair(KEYSTONE, Running(1, "failed", "new"), side(), side()), Change.UPGRADE, "revision 1 is failed"),
        (
            ReleasePair(KEYSTONE, Running(1, "deployed", None), side(None), side()),
            Change.UPGRADE,
            "it was not installed by this platform",
        ),
        (
            ReleasePair(KEYSTONE, Running(1, "deployed", "new"), side(), side(), missing=("Secret/db",)),
            Change.UPGRADE,
            "Secret/db is gone from the cluster",
        ),
        (
            ReleasePair(KEYSTONE, Running(1, "deployed", "old"), side("old"), None),
            Change.REMOVE,
            "not part of the application any more",
        ),
    ],
)
def test_each_release_has_its_change_and_its_reason(pair: ReleasePair, change: Change, reason: str) -> None:
    (release,) = planned(pair).releases

    assert (release.change, release.reason) == (change, reason)


def test_an_upgrade_shows_values_objects_restarts_and_jobs_that_are_replaced() -> None:
    before = side("old", deployment(image="keystone:1"), job("keystone:1"), values={"replicas": 2, "tag": "1"})
    after = side("new", deployment(image="keystone:2"), job("keystone:2"), values={"replicas": 2, "tag": "2"})

    (release,) = planned(ReleasePair(KEYSTONE, Running(1, "deployed", "old"), before, after)).releases

    assert release.values == (ValueChange("tag", "'1'", "'2'"),)
    assert [(str(each.name), each.change) for each in release.objects] == [
        ("Deployment/api", ObjectChange.CHANGE),
        ("Job/db-sync", ObjectChange.REPLACE),
    ]
    assert release.restarts == ["Deployment/api"]
    assert release.jobs_replaced == ["db-sync"]
    assert "-      - image: keystone:1" in release.objects[0].lines


def test_secrets_are_seen_to_change_and_never_shown() -> None:
    before = side("old", secret("first-password"), values={"auth": {"password": "first-password"}})
    told = deployment(image="registry/keystone?token=second-password")
    after = side("new", secret("second-password"), told, values={"auth": {"password": "second-password"}})

    plan = planned(
        ReleasePair(KEYSTONE, Running(1, "deployed", "old"), before, after),
        secrets=["first-password", "second-password"],
    )

    assert plan.releases[0].values == (ValueChange("auth.password", "•••", "•••"),)
    assert len(plan.releases[0].objects) == 2
    assert "-password" not in repr(plan)


def test_a_password_that_is_replaced_stays_secret_outside_of_secrets_too() -> None:
    told = deployment(image="registry/keystone?pin=first-password")
    before = side("old", told, values={"auth": {"password": "first-password"}})
    after = side("new", deployment(), values={"auth": {"password": "second-password"}})

    plan = planned(ReleasePair(KEYSTONE, Running(1, "deployed", "old"), before, after), secrets=["second-password"])

    assert len(plan.releases[0].objects) == 1
    assert "first-password" not in repr(plan)


def test_a_password_of_the_old_chart_itself_is_not_shown() -> None:
    told = deployment(image="registry/keystone?pin=chart-password")
    before = Side("keystone 0.1.0", "old", {}, [told], {"auth": {"password": "chart-password"}})

    plan = planned(ReleasePair(KEYSTONE, Running(1, "deployed", "old"), before, side("new", deployment())))

    assert len(plan.releases[0].objects) == 1
    assert "chart-password" not in repr(plan)


def config(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "etc"}, "data": data}


HIDDEN = [
    ("connection = mysql+pymysql://nova:N3wS3cret@db/nova", "N3wS3cret"),
    ("transport_url = rabbit://n:F1rstOne@h1:5672,n:S3condOne@h2:5672/", "S3condOne"),
    ("admin_password = N3wS3cret", "N3wS3cret"),
]


@pytest.mark.parametrize(("line", "hidden"), HIDDEN)
def test_a_password_that_no_value_is_known_by_is_not_shown_in_a_configuration_file(line: str, hidden: str) -> None:
    after = side("new", config(**{"nova.conf": f"[database]\n{line}\n[api]\nworkers = 2\n"}))

    (difference,) = planned(ReleasePair(KEYSTONE, None, None, after)).releases[0].objects

    assert "+    workers = 2" in difference.lines
    assert hidden not in repr(difference)


QUOTED = [
    "new#'pass: 2",
    "- dashes",
    'double "quotes" \\ and: so',
    "first line\nsecond line\n",
    "00123456",
    "ends in \n",
]


@pytest.mark.parametrize("password", QUOTED)
def test_a_secret_that_yaml_writes_otherwise_is_not_shown(password: str) -> None:
    told = config(
        plain=password,
        within=f"it is {password}, and else",
        indented="key:\n" + "".join(f"    {line}\n" for line in password.splitlines()),
        yaml=yaml.safe_dump({"a": password}),
        json=json.dumps({"a": password}),
        more="seen",
    )

    (difference,) = (
        planned(ReleasePair(KEYSTONE, None, None, side("new", told)), secrets=[password]).releases[0].objects
    )

    assert "+  more: seen" in difference.lines
    parts = [part for part in re.split(r"[^\w]+", password) if len(part) > 3]
    assert [line for line in difference.lines if any(part in line for part in parts)] == []


def test_a_secret_that_a_manifest_writes_as_a_number_is_not_shown() -> None:
    told = {**config(), "pin": 12345678}

    (difference,) = (
        planned(ReleasePair(KEYSTONE, None, None, side("new", told)), secrets=["12345678"]).releases[0].objects
    )

    assert "+pin: •••" in difference.lines


def test_a_secret_that_begins_with_another_one_is_hidden_whole() -> None:
    told = deployment(image="registry/keystone?pin=password-longer")

    for secrets in (["password", "password-longer"], ["password-longer", "password"]):
        plan = planned(ReleasePair(KEYSTONE, None, None, side("new", told)), secrets=secrets)

        assert "longer" not in repr(plan)


def test_a_password_within_a_list_of_values_is_not_shown() -> None:
    after = side("new", values={"users": [{"name": "nova", "password": "first-password"}]})

    plan = planned(ReleasePair(KEYSTONE, None, None, after))

    assert plan.releases[0].values == (ValueChange("users", None, "[{'name': 'nova', 'password': '•••'}]"),)


def test_a_selector_that_matches_no_host_is_an_obstacle_with_its_cure() -> None:
    wanted = side("new", deployment(selector={"openstack-control-plane": "enabled", "rack": "7"}))

    plan = planned(ReleasePair(KEYSTONE, None, None, wanted), hosts=[CONTROLLER])

    assert [(each.subject, each.problem, each.remedy) for each in plan.obstacles] == [
        (
            "Deployment/api",
            "no host has openstack-control-plane=enabled rack=7",
            "system host-label-assign HOST openstack-control-plane=enabled rack=7",
        )
    ]


def test_a_pod_that_is_larger_than_any_host_is_an_obstacle() -> None:
    plan = planned(ReleasePair(KEYSTONE, None, None, side("new", deployment(memory="16Gi"))), hosts=[CONTROLLER])

    assert [each.problem for each in plan.obstacles] == [
        "a pod asks for 0.1 CPUs and 16384 MiB, and controller-0 has 2 CPUs and 4096 MiB free at most",
        "the pods ask for 0.2 CPUs and 32768 MiB in all, and 2 CPUs and 4096 MiB is free",
    ]


def test_what_runs_already_asks_for_no_room_again() -> None:
    there = side("new", deployment(memory="16Gi"))

    plan = planned(ReleasePair(KEYSTONE, Running(1, "deployed", "new"), there, there), hosts=[CONTROLLER])

    assert plan.obstacles == ()
    assert plan.is_empty


def running(kind: str, owner: str, memory: str = "5Gi", namespace: str = "openstack") -> dict[str, Any]:
    """A pod on the only host."""
    return {
        "metadata": {
            "name": f"{owner}-x", "namespace": namespace,
            "ownerReferences": [{"kind": kind, "name": owner, "controller": True}],
        },
        "spec": {"nodeName": "host-0", "containers": [{"name": "api", "resources": {"requests": {"memory": memory}}}]},
    }  # fmt: skip


def workload(kind: str, replicas: int = 1, **labels: str) -> dict[str, Any]:
    made = deployment(memory="5Gi")
    made["kind"], made["spec"]["replicas"] = kind, replicas
    made["spec"]["template"]["metadata"] = {"labels": labels}
    return made


def problems_of(pair: ReleasePair, *pods: dict[str, Any]) -> list[str]:
    """What stands against a plan on one host of 8 GiB."""
    node = {"metadata": {"name": "host-0"}, "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}}}
    hosts = rooms([node], pods, replaced([pair]))
    return [each.problem for each in planned(pair, hosts=hosts).obstacles]


@pytest.mark.parametrize(
    ("kind", "owner"),
    [
        ("Deployment", ("ReplicaSet", "api-6d5f9c")), ("StatefulSet", ("StatefulSet", "api")),
        ("DaemonSet", ("DaemonSet", "api")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("found", [Running(1, "deployed", "old"), Running(1, "failed", "new")])
def test_pods_that_are_replaced_make_room_for_those_that_replace_them(
    kind: str, owner: tuple[str, str], found: Running
) -> None:
    pair = ReleasePair(KEYSTONE, found, side("old", workload(kind)), side("new", workload(kind, tier="new")))

    assert problems_of(pair, running(*owner)) == []


def test_pods_that_are_more_than_before_need_room() -> None:
    before, after = side("old", workload("Deployment")), side("new", workload("Deployment", 2))

    assert problems_of(
        ReleasePair(KEYSTONE, Running(1, "deployed", "old"), before, after), running("ReplicaSet", "api-6d5f9c")
    ) == ["the pods ask for 0.2 CPUs and 10240 MiB in all, and 4 CPUs and 8192 MiB is free"]


@pytest.mark.parametrize(
    "other", [running("ReplicaSet", "other-6d5f9c"), running("ReplicaSet", "api-6d5f9c", namespace="elsewhere")]
)
def test_pods_of_others_make_no_room(other: dict[str, Any]) -> None:
    before, after = side("old", workload("Deployment")), side("new", workload("Deployment", tier="new"))

    assert problems_of(ReleasePair(KEYSTONE, Running(1, "deployed", "old"), before, after), other) == [
        "a pod asks for 0.1 CPUs and 5120 MiB, and host-0 has 4 CPUs and 3072 MiB free at most",
        "the pods ask for 0.1 CPUs and 5120 MiB in all, and 4 CPUs and 3072 MiB is free",
    ]


def test_pods_of_a_release_that_stays_as_it_is_keep_their_room() -> None:
    there = side("new", workload("Deployment"))

    assert replaced([ReleasePair(KEYSTONE, Running(1, "deployed", "new"), there, there)]) == frozenset()


def test_kinds_that_the_cluster_does_not_serve_are_named_unless_the_application_brings_them() -> None:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "a.b"},
        "spec": {"group": "db.io", "names": {"kind": "Database"}, "versions": [{"name": "v1"}]},
    }  # fmt: skip
    brought = {"apiVersion": "db.io/v1", "kind": "Database", "metadata": {"name": "mine"}}
    unknown = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "old"}}
    served = ["apiextensions.k8s.io/v1/CustomResourceDefinition"]

    plan = planned(ReleasePair(KEYSTONE, None, None, side("new", definition, brought, unknown)), kinds=served)

    assert [(each.subject, each.problem) for each in plan.obstacles] == [
        ("keystone", "the cluster serves no policy/v1beta1/PodSecurityPolicy")
    ]


def test_a_plan_holds_until_the_world_moves_and_then_says_what_moved() -> None:
    running = Running(1, "deployed", "old")
    then = planned(ReleasePair(KEYSTONE, running, side("old"), side("new")))

    same = planned(ReleasePair(KEYSTONE, running, side("old"), side("new")))
    upgraded = planned(ReleasePair(KEYSTONE, Running(2, "deployed", "new"), side("new"), side("new")))
    other = planned(ReleasePair(KEYSTONE, running, side("old"), side("newer")))

    assert (moved(then, same), then.digest == same.digest) == ([], True)
    assert moved(then, upgraded) == ["keystone: unchanged, revision 2 is what is wanted, and was upgrade"]
    assert moved(then, other) == ["keystone: upgrade, chart, values or options changed"]
    assert moved(then, planned()) == ["keystone is not part of the application now"]
