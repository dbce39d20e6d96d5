from __future__ import annotations

import shutil
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from lab.ground.certificates import Authority
from sturnus.core.certificates import CertificateFiles, ServedCertificate
from sturnus.core.errors import Invalid


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.load_or_create(tmp_path / "ca")


@pytest.fixture
def files(authority: Authority, tmp_path: Path) -> CertificateFiles:
    issued = authority.issue(tmp_path / "served", "first", ["localhost"])
    return CertificateFiles(issued.certificate, issued.key)


def served_name(served: ServedCertificate, authority: Authority) -> str:
    """What a client that connects now is shown."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=authority.certificate)
    client = trusting.wrap_bio(to_client, to_server, server_hostname="localhost")
    server = served.context.wrap_bio(to_server, to_client, server_side=True)
    waiting = {client, server}
    while waiting:
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.discard(side)
    shown = client.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown).subject.rfc4514_string()


def renew(authority: Authority, files: CertificateFiles, tmp_path: Path) -> None:
    issued = authority.issue(tmp_path / "renewed", "second", ["localhost"])
    for new, old in ((issued.certificate, files.certificate), (issued.key, files.key)):
        shutil.copy(new, old.with_suffix(".new"))
        old.with_suffix(".new").rename(old)


def test_a_pair_that_is_replaced_is_served_without_a_restart(
    authority: Authority, files: CertificateFiles, tmp_path: Path
) -> None:
    served = ServedCertificate(files)
    assert served_name(served, authority) == "CN=first"
    assert served.refresh() is False

    renew(authority, files, tmp_path)

    assert served.refresh() is True
    assert served_name(served, authority) == "CN=second"


def test_half_a_pair_is_left_alone_until_it_is_whole(
    authority: Authority, files: CertificateFiles, tmp_path: Path
) -> None:
    served = ServedCertificate(files)
    key = files.key.read_bytes()
    renew(authority, files, tmp_path)
    new_key = files.key.read_bytes()
    files.key.write_bytes(key)

    assert served.refresh() is False
    assert served_name(served, authority) == "CN=first"

    files.key.write_bytes(new_key)
    assert served.refresh() is True
    assert served_name(served, authority) == "CN=second"


def test_a_pair_that_cannot_be_used_says_which_file(files: CertificateFiles, tmp_path: Path) -> None:
    files.certificate.write_text("nothing")
    with pytest.raises(Invalid, match=r"served/tls.key is not the key of the certificate in .*served/tls.crt"):
        ServedCertificate(files)
    with pytest.raises(Invalid, match=r"missing: No such file or directory"):
        ServedCertificate(CertificateFiles(tmp_path / "missing", files.key))
