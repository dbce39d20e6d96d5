"""What a removed release leaves behind."""

from __future__ import annotations

from sturnus.applications.engine.cleaning import claims_of


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

    assert claims_of(manifest, claims) == ["data-mariadb-0", "data-mariadb-1"]


def test_without_stateful_sets_no_claim_is_touched() -> None:
    assert claims_of([], ["data-mariadb-0", ""]) == []
