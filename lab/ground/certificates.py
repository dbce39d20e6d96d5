"""The lab's own certificate authority, for what listens with TLS: the registry and the baseboard controllers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.ground.records import replace_file

VALID: Final = timedelta(days=3650)
RENEW: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key, as PEM files; the key has mode 0600."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates. Its key never leaves its directory."""

    def __init__(self, certificate: Path, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self._key = key
        self._own = x509.load_pem_x509_certificate(certificate.read_bytes())

    @classmethod
    def load_or_create(cls, directory: Path) -> Self:
        """The authority kept in this directory; made at the first call."""
        certificate, key_file = directory / "ca.crt", directory / "ca.key"
        if not certificate.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sturnus lab")])
            signed = (
                _certificate(name, name, key.public_key())
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .add_extension(_usage(signs_certificates=True), critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
                .sign(key, hashes.SHA256())
            )
            replace_file(key_file, _key_text(key), 0o600)
            replace_file(certificate, signed.public_bytes(serialization.Encoding.PEM).decode())
        loaded = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key_file} is not an elliptic curve key")
        return cls(certificate, loaded)

    def issue(self, directory: Path, common_name: str, names: Iterable[str]) -> Issued:
        """A certificate for these DNS names and addresses: the one that is there, if it will do for a month more."""
        issued = Issued(directory / "tls.crt", directory / "tls.key")
        wanted = _alternative_names(names)
        if not self._will_do(issued, wanted):
            key = ec.generate_private_key(ec.SECP256R1())
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
            authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
            signed = (
                _certificate(subject, self._own.subject, key.public_key())
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(wanted, critical=False)
                .add_extension(_usage(signs_certificates=False), critical=True)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                .add_extension(authority_key, critical=False)
                .sign(self._key, hashes.SHA256())
            )
            replace_file(issued.key, _key_text(key), 0o600)
            replace_file(issued.certificate, signed.public_bytes(serialization.Encoding.PEM).decode())
        return issued

    def _will_do(self, issued: Issued, wanted: x509.SubjectAlternativeName) -> bool:
        try:
            known = x509.load_pem_x509_certificate(issued.certificate.read_bytes())
            key = serialization.load_pem_private_key(issued.key.read_bytes(), None)
            known.verify_directly_issued_by(self._own)
            names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except Exception:  # noqa: BLE001 -- whatever is wrong with the files, a fresh pair mends it
            return False
        fresh = known.not_valid_after_utc - datetime.now(UTC) > RENEW
        return fresh and names == wanted and key.public_key() == known.public_key()


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks of hosts may lag
        .not_valid_after(now + VALID)
    )


def _alternative_names(names: Iterable[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general_name(name) for name in names])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_text(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
