from __future__ import annotations

import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from lab.ground import certificates
from lab.ground.certificates import Authority


def names_in(certificate: Path) -> list[str]:
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    extension = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [str(name.value) for name in extension.value]


def test_a_certificate_holds_for_its_names_and_addresses_and_its_key_is_private(tmp_path: Path) -> None:
    issued = Authority.load_or_create(tmp_path / "ca").issue(tmp_path / "web", "web", ["web.local", "172.31.77.10"])

    assert names_in(issued.certificate) == ["web.local", "172.31.77.10"]
    assert stat.S_IMODE(issued.key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ca" / "ca.key").stat().st_mode) == 0o600


def test_a_certificate_that_will_do_is_kept(tmp_path: Path) -> None:
    first = Authority.load_or_create(tmp_path / "ca").issue(tmp_path / "web", "web", ["web.local"])
    before = first.certificate.read_bytes()

    again = Authority.load_or_create(tmp_path / "ca").issue(tmp_path / "web", "web", ["web.local"])

    assert again.certificate.read_bytes() == before


def test_other_names_another_authority_or_a_damaged_file_make_a_fresh_one(tmp_path: Path) -> None:
    authority = Authority.load_or_create(tmp_path / "ca")
    issued = authority.issue(tmp_path / "web", "web", ["web.local"])
    seen = {issued.certificate.read_bytes()}

    for renew in (
        lambda: authority.issue(tmp_path / "web", "web", ["web.local", "other.local"]),
        lambda: Authority.load_or_create(tmp_path / "ca2").issue(tmp_path / "web", "web", ["web.local", "other.local"]),
        lambda: (
            issued.key.write_text("no key"),
            authority.issue(tmp_path / "web", "web", ["web.local", "other.local"]),
        ),
    ):
        renew()
        assert issued.certificate.read_bytes() not in seen
        seen.add(issued.certificate.read_bytes())


def test_the_pair_is_one_that_a_tls_server_takes(tmp_path: Path) -> None:
    issued = Authority.load_or_create(tmp_path / "ca").issue(tmp_path / "web", "web", ["web.local"])

    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(issued.certificate, issued.key)


@pytest.mark.parametrize(("days_left", "different"), [(29, 2), (32, 1)])
def test_a_certificate_is_renewed_a_month_before_its_end(
    days_left: int, different: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.load_or_create(tmp_path / "ca")
    monkeypatch.setattr(certificates, "VALID", timedelta(days=days_left))

    seen = {authority.issue(tmp_path / "web", "web", ["web.local"]).certificate.read_bytes() for _ in range(2)}

    assert len(seen) == different
