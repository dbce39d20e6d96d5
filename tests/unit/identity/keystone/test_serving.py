import configparser
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sturnus.core.certificates import CertificateFiles
from sturnus.core.errors import Conflict, Invalid
from sturnus.identity.keystone import configuration, database, locks, uwsgi
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.run import PlainHttp, check_exposure
from sturnus.identity.keystone.settings import KeystoneSettings, netloc
from sturnus.identity.keystone.wanted import catalog

INSTALLATION = Installation(Path("/cache/keystone"))


def test_keystone_is_served_by_one_worker_that_ends_on_sigterm() -> None:
    command = uwsgi.serving(INSTALLATION, "127.0.0.1:5000")
    assert command[:2] == ("/cache/keystone/bin/uwsgi", "--http-socket=127.0.0.1:5000")
    assert {"--need-app", "--die-on-term", "--master", "--processes=1", "--add-header=Connection:close"} <= {*command}


def test_the_configuration_says_what_differs_from_keystones_defaults() -> None:
    settings = KeystoneSettings(state=Path("/a$b"), hash_rounds=4, token_lifetime=timedelta(minutes=5))
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(configuration.render(settings))
    assert {section: dict(parser[section]) for section in parser.sections()} == {
        "database": {"connection": "sqlite:////a$$b/keystone.db"},
        "token": {"provider": "fernet", "expiration": "300"},
        "fernet_tokens": {"key_repository": "/a$$b/fernet-keys"},
        "fernet_receipts": {"key_repository": "/a$$b/fernet-keys"},
        "credential": {"key_repository": "/a$$b/credential-keys"},
        "identity": {"password_hash_rounds": "4", "max_password_length": "72"},
    }


@pytest.mark.parametrize("listen", ["127.0.0.1", "127.0.77.1", "::1", "localhost"])
def test_loopback_needs_no_word(listen: str) -> None:
    check_exposure(KeystoneSettings(listen=listen), PlainHttp.LOOPBACK_ONLY)


@pytest.mark.parametrize("listen", ["0.0.0.0", "192.0.2.1", "::", "controller-0"])  # noqa: S104 -- refused
def test_the_network_needs_an_explicit_word(listen: str) -> None:
    with pytest.raises(Invalid, match="passwords would travel in the open"):
        check_exposure(KeystoneSettings(listen=listen), PlainHttp.LOOPBACK_ONLY)
    check_exposure(KeystoneSettings(listen=listen), PlainHttp.ANYWHERE)


def test_tls_goes_anywhere_and_half_of_it_nowhere() -> None:
    certificate, key = Path("/tls.crt"), Path("/tls.key")
    whole = KeystoneSettings(listen="192.0.2.1", tls_certificate=certificate, tls_key=key)
    assert check_exposure(whole, PlainHttp.LOOPBACK_ONLY) == CertificateFiles(certificate, key)
    with pytest.raises(Invalid, match="TLS needs a certificate and a key"):
        check_exposure(KeystoneSettings(tls_certificate=certificate), PlainHttp.ANYWHERE)


def test_with_tls_the_whole_catalog_says_https() -> None:
    settings = KeystoneSettings(tls_certificate=Path("/tls.crt"), public_host="cloud.example")
    urls = catalog(settings).urls
    assert urls["platform", "public"] == "https://cloud.example:6385/v1"
    assert {url.partition(":")[0] for url in urls.values()} == {"https"}


def test_an_address_of_ipv6_is_bracketed() -> None:
    assert netloc("fd00::1", 5000) == "[fd00::1]:5000"


def test_a_database_that_is_missing_or_empty_has_no_version(tmp_path: Path) -> None:
    file = tmp_path / "keystone.db"
    assert database.found_version(file) == frozenset()
    file.touch()
    assert database.found_version(file) == frozenset()


def test_a_databases_version_is_what_the_last_migrations_wrote(tmp_path: Path) -> None:
    file = tmp_path / "keystone.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.executemany("INSERT INTO alembic_version VALUES (?)", [("aa",), ("bb",)])
    assert database.found_version(file) == {"aa", "bb"}


def test_a_database_of_another_version_is_migrated() -> None:
    new, old = frozenset({"aa", "bb"}), frozenset({"aa"})
    assert database.decide(new, new) is None
    assert str(database.decide(old, new)) == "bring the database to aa, bb: it is at aa"
    assert str(database.decide(frozenset(), new)) == "bring the database to aa, bb: there is none"


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with (
        locks.alone(file, doing="first", remedy="wait"),
        pytest.raises(Conflict, match=r"second: .* is held by another process"),
        locks.alone(file, doing="second", remedy="wait"),
    ):
        pass
    with locks.alone(file, doing="third", remedy="wait"):
        pass
