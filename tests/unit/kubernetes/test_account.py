import base64
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from sturnus.cli.sturnus.kubeconfig_create import Token, owner_of, renewal
from sturnus.cloud.session import KEYSTONE, NEUTRON, NOVA, PLACEMENT
from sturnus.core.errors import Unavailable
from sturnus.kubernetes import account, kubeconfig, vim_account
from sturnus.kubernetes.kubeconfig import ClusterAddress
from tests.kubernetes_objects import metadata_of

NOW = datetime(2026, 11, 25, tzinfo=UTC)
YEAR = timedelta(days=365)


def test_the_account_may_do_what_the_inventory_does_and_nothing_else() -> None:
    granted = {
        (type(made).__name__, metadata_of(made).namespace, *rule.apiGroups, *rule.resources): rule.verbs
        for made in account.objects()
        for rule in getattr(made, "rules", None) or []
    }

    assert granted == {
        ("ClusterRole", None, "", "nodes"): ["get", "list", "watch", "patch"],
        ("Role", "kube-node-lease", "coordination.k8s.io", "leases"): ["get", "list", "watch"],
    }


def test_the_vims_account_reaches_the_services_that_it_speaks_to_by_name_and_no_others() -> None:
    rules = [
        (metadata_of(made).namespace, rule.resourceNames)
        for made in account.objects(vim_account.NAME, vim_account.NEEDED)
        for rule in getattr(made, "rules", None) or []
        if rule.resources == ["services/proxy"]
    ]

    named = [f"http:{each.service}:{each.port}" for each in (KEYSTONE, NOVA, NEUTRON, PLACEMENT)]
    assert rules == [(None, named)]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "there is none"),
        (Token(NOW + YEAR, accepted=False), "the cluster refuses it"),
        (Token(NOW + timedelta(days=243), accepted=True), "it ends on 2027-07-26"),
        (Token(NOW + timedelta(days=245), accepted=True), None),
        (Token(None, accepted=True), None),
    ],
)
def test_when_a_token_is_renewed(found: Token | None, reason: str | None) -> None:
    assert renewal(found, YEAR, NOW) == reason


def test_a_token_says_when_it_ends() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": int(NOW.timestamp())}).encode()).decode().rstrip("=")

    assert account.end_of_token(f"header.{claims}.signature") == NOW
    assert account.end_of_token("opaque") is None
    assert account.end_of_token("a.b.c") is None


def test_a_kubeconfig_names_the_cluster_and_where_the_token_is_and_holds_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig.render(ClusterAddress("https://api:6443", "PEM"), kubeconfig.token_file_of(file)))

    assert yaml.safe_load(file.read_text())["users"][0]["user"] == {"tokenFile": f"{tmp_path}/kubeconfig.token"}
    assert kubeconfig.address_in(kubeconfig.read(file)) == ClusterAddress("https://api:6443", "PEM")


@pytest.mark.parametrize("text", ["", "nothing", "{}", "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\n"])
def test_a_file_that_names_no_cluster_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(text)
    with pytest.raises(Unavailable, match=r"kubeconfig (is no kubeconfig|names no cluster)"):
        kubeconfig.read(file)
    with pytest.raises(Unavailable, match="is no kubeconfig"):
        kubeconfig.read(tmp_path / "missing")


def test_a_kubeconfig_stays_whose_it_is_unless_somebody_else_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Used to become root's when root renewed it, and the inventory lost the cluster."""
    file = tmp_path / "kubeconfig"
    file.touch()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    assert owner_of(None, file) == (file.stat().st_uid, file.stat().st_gid)
    assert owner_of(None, tmp_path / "none")[0] == 12345
    assert owner_of("root", file) == (0, 0)
