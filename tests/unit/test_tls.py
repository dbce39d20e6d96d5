"""Real handshakes, in memory: a server with some certificate, a client that trusts somebody."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from lab.ground import certificates
from lab.ground.certificates import Authority, Issued
from sturnus import tls


def handshake(issued: Issued, ca_file: Path, name: str) -> None:
    """Raises what the client raises."""
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.load_cert_chain(issued.certificate, issued.key)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = tls.client_context(ca_file).wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    waiting = {client, server}
    while waiting:
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.discard(side)


def why(issued: Issued, ca_file: Path, name: str = "controller-0") -> str | None:
    try:
        handshake(issued, ca_file, name)
    except ssl.SSLError as error:
        wrapped = ConnectionError("as libraries wrap it")
        wrapped.__cause__ = error
        return tls.failure(wrapped, ca_file)
    return "nothing"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.load_or_create(tmp_path / "ca")


def test_a_certificate_of_a_trusted_authority_is_accepted(authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue(tmp_path / "web", "web", ["controller-0"])

    assert why(issued, authority.certificate) == "nothing"


def test_another_authority_is_named(authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue(tmp_path / "web", "web", ["controller-0"])
    other = Authority.load_or_create(tmp_path / "other").certificate

    assert why(issued, other) == f"its certificate is not signed by an authority that {other} names"


def test_the_wrong_name_is_named(authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue(tmp_path / "web", "web", ["controller-1"])

    assert why(issued, authority.certificate) == (
        "its certificate is for another name (Hostname mismatch, certificate is not valid for 'controller-0')"
    )


@pytest.mark.parametrize(
    ("valid", "sentence"),
    [(timedelta(minutes=-5), "its certificate has expired"), (timedelta(minutes=5), "nothing")],
)
def test_an_expired_certificate_is_named(
    valid: timedelta, sentence: str, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "VALID", valid)
    issued = authority.issue(tmp_path / "web", "web", ["controller-0"])

    assert why(issued, authority.certificate) == sentence


def test_plain_http_is_named() -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(to_client, to_server, server_hostname="x")
    to_client.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ssl.SSLError) as raised:
        client.do_handshake()

    assert tls.failure(raised.value, None) == "it does not speak TLS"


def test_what_is_not_tls_is_left_to_others() -> None:
    unfinished = TimeoutError()
    unfinished.__context__ = ssl.SSLWantReadError()

    assert tls.failure(ConnectionRefusedError(), None) is None
    assert tls.failure(unfinished, None) is None


def test_a_file_of_authorities_that_is_none_is_explained(tmp_path: Path) -> None:
    empty = tmp_path / "ca.crt"
    empty.write_text("nothing")
    said = []
    for file in (empty, tmp_path / "missing"):
        with pytest.raises(OSError, match=r".*") as raised:
            tls.client_context(file)
        said.append(tls.unreadable(file, raised.value))

    assert said == [
        f"{empty} holds no certificate of an authority",
        f"{tmp_path / 'missing'}: No such file or directory",
    ]
