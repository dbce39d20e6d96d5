"""Keystone behind TLS, as `run` serves it with a certificate."""

import asyncio
import shutil
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import httpx2
import pytest

from lab.ground import certificates
from lab.ground.certificates import Authority, Issued
from sturnus import tls
from sturnus.identity.credentials import credentials_in
from sturnus.identity.keystone_tokens import KeystoneTokens, KeystoneUnavailable, client_for
from tests.integration.lab.waiting import eventually

from .conftest import Keystone, another


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.load_or_create(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def issued(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return authority.issue(tmp_path_factory.mktemp("tls"), "first", ["127.0.0.1"])


@pytest.fixture(scope="module")
def secured(template: Keystone, authority: Authority, issued: Issued) -> Iterator[Keystone]:
    settings = {"tls_certificate": issued.certificate, "tls_key": issued.key, "ca_file": authority.certificate}
    with another(template, **settings) as keystone, keystone.serving():
        yield keystone


def shown(keystone: Keystone, authority: Authority) -> str:
    """The name in the certificate that a new connection is shown."""
    context = tls.client_context(authority.certificate)
    with (
        socket.create_connection(("127.0.0.1", keystone.settings.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        certificate = secure.getpeercert()
    assert certificate is not None
    subject = cast("tuple[tuple[tuple[str, str], ...], ...]", certificate["subject"])  # of all that a field may be
    return dict(pair for (pair,) in subject)["commonName"]


def test_tokens_are_issued_and_addresses_say_https(secured: Keystone) -> None:
    answer = secured.login()

    assert answer.status_code == 201
    urls = {e["url"].partition(":")[0] for s in answer.json()["token"]["catalog"] for e in s["endpoints"]}
    assert urls == {"https"}
    with secured.client() as client:
        links = client.get("/v3").json()["version"]["links"]
    assert links == [{"rel": "self", "href": f"{secured.settings.url}/v3/"}]


def test_keystones_log_names_the_caller(secured: Keystone) -> None:
    assert secured.login(password="wrong").status_code == 401

    log = secured.settings.state.with_name("serving.log")
    refused = eventually(
        lambda: [line for line in log.read_text(errors="replace").splitlines() if "Authorization failed" in line],
        bool,
        20,
    )
    assert "from 127.0.0.1" in refused[-1]


def test_plain_http_gets_no_answer(secured: Keystone) -> None:
    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"http://127.0.0.1:{secured.settings.port}/v3", trust_env=False, timeout=20)


def test_who_trusts_another_authority_is_told_so(secured: Keystone, tmp_path: Path) -> None:
    other = Authority.load_or_create(tmp_path).certificate

    assert said(secured, other) == (
        f"its certificate is not signed by an authority that {other} names at 127.0.0.1:{secured.settings.port}"
    )


def test_a_renewed_certificate_is_shown_to_new_connections_and_an_expired_one_is_named(
    secured: Keystone, authority: Authority, issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = socket.create_connection(("127.0.0.1", secured.settings.port), timeout=30)
    open_one = tls.client_context(authority.certificate).wrap_socket(kept, server_hostname="127.0.0.1")
    with open_one:
        put(authority.issue(tmp_path / "second", "second", ["127.0.0.1"]), issued)
        eventually(lambda: shown(secured, authority), lambda name: name == "second", 30)

    monkeypatch.setattr(certificates, "VALID", timedelta(minutes=-1))
    put(authority.issue(tmp_path / "expired", "expired", ["127.0.0.1"]), issued)
    eventually(lambda: said(secured, authority.certificate), lambda words: "its certificate has expired" in words, 30)

    monkeypatch.undo()
    put(authority.issue(tmp_path / "third", "third", ["127.0.0.1"]), issued)
    eventually(lambda: said(secured, authority.certificate), lambda words: words == "", 30)


def put(new: Issued, old: Issued) -> None:
    for source, target in ((new.certificate, old.certificate), (new.key, old.key)):
        shutil.copy(source, target.with_suffix(".new"))
        target.with_suffix(".new").rename(target)


def said(keystone: Keystone, ca_file: Path) -> str:
    """What the inventory would say when it cannot ask about tokens; nothing if it can."""

    async def ask() -> str:
        async with client_for(keystone.settings.url, ca_file) as client:
            password = credentials_in(keystone.settings.password_file("sturnus"), "sturnus", "services")
            try:
                await KeystoneTokens(client, password, ca_file=ca_file, deadline=timedelta(seconds=20)).ask("a token")
            except KeystoneUnavailable as error:
                return error.reason
            return ""

    return asyncio.run(ask())
