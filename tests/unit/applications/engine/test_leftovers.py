"""What a removed release leaves behind."""

from __future__ import annotations

from typing import Any

from sturnus.applications.engine.leftovers import Leftovers, leftovers_of
from sturnus.applications.plan.survey import Found
from sturnus.helm.operations import HookName
from sturnus.helm.records import Revision, Status

KEEP = "helm.sh/resource-policy"


def left_of(*manifest: dict[str, Any]) -> Leftovers:
    revision = Revision("openstack", "db", 1, Status.DEPLOYED, {}, None)
    return leftovers_of(Found((revision,), None, manifest))


def claim(name: str, **annotations: str) -> dict[str, Any]:
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": name, "annotations": annotations}}


def test_claims_are_those_of_the_stateful_set_and_no_others() -> None:
    manifest = [
        {
            "kind": "StatefulSet",
            "metadata": {"name": "mariadb"},
            "spec": {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
        },
        {"kind": "Deployment", "metadata": {"name": "api"}},
    ]
    claims = ["data-mariadb-0", "data-mariadb-1", "data-mariadb-backup", "data-mariadb-x-0", "other-mariadb-0", "api-0"]

    assert left_of(*manifest).among(claims) == ["data-mariadb-0", "data-mariadb-1"]


def test_without_stateful_sets_no_claim_is_touched() -> None:
    assert left_of().among(["data-mariadb-0", ""]) == []


def test_a_claim_that_helm_is_told_to_keep_is_left_and_known_by_its_name() -> None:
    kept, gone = claim("glance-images", **{KEEP: "Keep "}), claim("cache")
    elsewhere = claim("other", **{KEEP: "keep"})
    elsewhere["metadata"]["namespace"] = "elsewhere"

    left = left_of(kept, gone, elsewhere)

    assert left.among(["glance-images", "glance-images-0", "cache", "other"]) == ["glance-images"]


def test_a_row_of_before_claims_were_kept_by_name_is_read_too() -> None:
    assert Leftovers.from_stored({"hooks": [], "claims": ["data-db-"]}) == Leftovers((), ("data-db-",))


def test_what_an_earlier_version_left_is_remembered_too() -> None:
    old = Leftovers((HookName("Job", "db-sync"), HookName("Job", "db-drop")), ("data-db-",), ("images",))
    new = Leftovers((HookName("Job", "db-sync"),), ("data-db-", "log-db-"), ("backups",))

    both = old.and_also(new)

    assert both == Leftovers(
        (HookName("Job", "db-sync"), HookName("Job", "db-drop")), ("data-db-", "log-db-"), ("images", "backups")
    )
    assert Leftovers.from_stored(both.to_stored()) == both
