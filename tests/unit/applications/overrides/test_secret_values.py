from typing import Any

import pytest

from sturnus.applications.overrides.secret_values import MASK, is_secret_by_name, masked, masked_text, secret_paths

PATHS = [
    ("endpoints.identity.auth.admin.password", True),
    ("endpoints.oslo_cache.auth.memcache_secret_key", True),
    ("conf.horizon.local_settings.config.horizon_secret_key", True),
    ("conf.nova.neutron.metadata_proxy_shared_secret", True),
    ("admin_password", True),
    ("adminPassword", True),
    ("auth.existingToken", True),
    ("ssh.private_key", True),
    ("network.ssh.privateKey", True),
    ("endpoints.identity.tls.key", True),
    ("conf.ceph.admin.keyring", True),
    ("conf.rgw_ks.auth.swift_account.credentials.user", True),
    ("secret.stringData.anything", True),
    ("passwords.of.everybody", True),
    ("endpoints.identity.auth.admin.username", False),
    ("secrets.identity.admin", False),  # the name of a Kubernetes Secret
    ("manifests.secret_db", False),
    ("conf.keystone.token.provider", False),
    ("conf.keystone.security_compliance.password_regex", False),
    ("conf.policy.identity:change_password", False),
    ("labels.api.node_selector_key", False),
    ("tls.secretName", False),
    ("label.key", False),
    ("public_key", False),
    ("monkey", False),
    ("keys", False),
]


@pytest.mark.parametrize(("path", "secret"), PATHS, ids=[path for path, _ in PATHS])
def test_names_tell_secrets(path: str, secret: object) -> None:
    assert is_secret_by_name(tuple(path.split("."))) is secret


def test_what_was_generated_is_secret_whatever_its_name() -> None:
    is_secret = secret_paths([("a", "b")])

    assert is_secret(("a", "b"))
    assert is_secret(("a", "b", "c"))
    assert not is_secret(("a",))


MASKED: list[tuple[Any, Any]] = [
    ({"password": "x"}, {"password": MASK}),
    ({"password": None, "use_token": True}, {"password": None, "use_token": True}),
    ({"password": ["x", "y"]}, {"password": MASK}),
    ({"token": {"value": "x"}}, {"token": MASK}),
    ({"connection": "mysql+pymysql://nova:pw@db/nova"}, {"connection": f"mysql+pymysql://nova:{MASK}@db/nova"}),
    ({"url": "rabbit://n:pw1@h1:5672,n:pw2@h2:5672/"}, {"url": f"rabbit://n:{MASK}@h1:5672,n:{MASK}@h2:5672/"}),
    ({"hosts": "etcd0:2379,etcd1:2379"}, {"hosts": "etcd0:2379,etcd1:2379"}),
    ({"ini": "[a]\nb = 1\nadmin_password = x y\n"}, {"ini": f"[a]\nb = 1\nadmin_password = {MASK}\n"}),
    ({"env": [{"name": "DB_PASSWORD", "value": "x"}]}, {"env": [{"name": "DB_PASSWORD", "value": MASK}]}),
    ({"env": [{"name": "COLOUR", "value": "x"}]}, {"env": [{"name": "COLOUR", "value": "x"}]}),
    ({"users": [{"name": "a", "password": "x"}]}, {"users": [{"name": "a", "password": MASK}]}),
    ({"replicas": 2}, {"replicas": 2}),
]


@pytest.mark.parametrize(("values", "shown"), MASKED)
def test_secrets_are_masked_wherever_they_stand(values: Any, shown: Any) -> None:
    assert masked(values, secret_paths()) == shown


def test_a_private_key_inside_of_a_text_is_masked() -> None:
    text = "before\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nafter"

    assert masked_text(text) == (f"before\n-----BEGIN RSA PRIVATE KEY-----{MASK}-----END RSA PRIVATE KEY-----\nafter")
