"""Bootstrap tokens, by which kubeadm lets a host into a cluster: a Secret that ends by itself.

Source: Kubernetes, "Authenticating with Bootstrap Tokens" (kube-controller-manager's tokencleaner removes what ended).
"""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret

NAMESPACE: Final = "kube-system"
TYPE: Final = "bootstrap.kubernetes.io/token"
GROUP: Final = "system:bootstrappers:kubeadm:default-node-token"
"""Whose requests for a kubelet's certificate kubeadm's clusters approve by themselves."""
LIFETIME: Final = timedelta(minutes=15)
_ALPHABET: Final = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class BootstrapToken:
    """One token."""

    id: str  # public
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """As kubeadm takes it."""
        return f"{self.id}.{self.secret}"


def new_token() -> BootstrapToken:
    """Nobody else has this one: 41 and 83 random bits."""
    return BootstrapToken(_random(6), _random(16))


def secret_of(token: BootstrapToken, description: str, now: datetime) -> Secret:
    """Make the object by which the API server knows a token, for a quarter of an hour. No I/O."""
    return Secret(
        metadata=ObjectMeta(name=f"bootstrap-token-{token.id}", namespace=NAMESPACE),
        type=TYPE,
        stringData={
            "description": description,
            "token-id": token.id,
            "token-secret": token.secret,
            "expiration": (now + LIFETIME).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "usage-bootstrap-authentication": "true",
            "usage-bootstrap-signing": "true",
            "auth-extra-groups": GROUP,
        },
    )


def ca_hash(authority: str) -> str:
    """Name a cluster's authority (PEM) as kubeadm's `caCertHashes` do: the SHA-256 of its public key."""
    key = x509.load_pem_x509_certificate(authority.encode()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256:{hashlib.sha256(spki).hexdigest()}"


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
