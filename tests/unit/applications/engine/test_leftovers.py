"""What a removed release leaves behind."""

from __future__ import annotations

from sturnus.applications.engine.leftovers import Leftovers, among, claims_made_for
from sturnus.helm.operations import HookName


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

    assert among(claims, claims_made_for(manifest)) == ["data-mariadb-0", "data-mariadb-1"]


def test_without_stateful_sets_no_claim_is_touched() -> None:
    assert among(["data-mariadb-0", ""], claims_made_for([])) == []


def test_what_an_earlier_version_left_is_remembered_too() -> None:
    old = Leftovers((HookName("Job", "db-sync"), HookName("Job", "db-drop")), ("data-db-",))
    new = Leftovers((HookName("Job", "db-sync"),), ("data-db-", "log-db-"))

    both = old.and_also(new)

    assert both == Leftovers((HookName("Job", "db-sync"), HookName("Job", "db-drop")), ("data-db-", "log-db-"))
    assert Leftovers.from_stored(both.to_stored()) == both
