"""Bootstrap tokens, as kubeadm and the API server know them."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from sturnus.kubernetes.bootstrap_token import BootstrapToken, ca_hash, new_token, secret_of

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def test_a_token_has_kubernetes_form_and_is_not_shown() -> None:
    one, other = new_token(), new_token()

    assert re.fullmatch(r"[a-z0-9]{6}\.[a-z0-9]{16}", one.text)
    assert one != other
    assert one.secret not in repr(one)


def test_it_ends_after_a_quarter_of_an_hour_and_lets_in_nodes_only() -> None:
    made = secret_of(BootstrapToken("abcdef", "0123456789abcdef"), "compute-0 joins", NOW)

    assert made.metadata is not None
    assert (made.metadata.name, made.metadata.namespace) == ("bootstrap-token-abcdef", "kube-system")
    data = made.stringData or {}
    assert data["expiration"] == "2026-11-28T12:15:00Z"
    assert data["auth-extra-groups"] == "system:bootstrappers:kubeadm:default-node-token"


def test_a_clusters_authority_is_named_as_kubeadm_does(tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
         "/CN=kubernetes", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "ca")],
        check=True, capture_output=True,
    )  # fmt: skip
    hashed = subprocess.run(
        ["sh", "-c", f"openssl x509 -pubkey -noout -in {tmp_path}/ca | openssl pkey -pubin -outform der | sha256sum"],
        check=True, capture_output=True, text=True,
    ).stdout.split()[0]  # fmt: skip

    assert ca_hash((tmp_path / "ca").read_text()) == f"sha256:{hashed}"
