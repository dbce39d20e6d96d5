"""Looks at a controller: settings, files, database, Keystone, cluster. Changes nothing; each look has a deadline."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sturnus import tls
from sturnus.cli.sturnus.doctor import kubeconfigs
from sturnus.cli.sturnus.doctor.facts import (
    KEYSTONE_AGAIN,
    CertificateFacts,
    ClusterFacts,
    DatabaseFacts,
    DiskFacts,
    KeystoneFacts,
    PlatformFacts,
    Problem,
    ServerFacts,
    SettingsFacts,
    TokenFileFacts,
    VimFacts,
    Waiting,
)
from sturnus.core.certificates import CertificateFiles, ServedCertificate, end_of
from sturnus.core.errors import SturnusError
from sturnus.core.settings import Settings, settings_file
from sturnus.identity.credentials import credentials_in
from sturnus.identity.keystone.administration import token_for
from sturnus.identity.keystone.settings import is_loopback, netloc
from sturnus.identity.keystone_tokens import KeystoneTokens, Verdict, client_for, unreachable
from sturnus.kubernetes import account, kubeconfig
from sturnus.kubernetes.access_review import allowed
from sturnus.kubernetes.account import Permission
from sturnus.store import migrate, outbox
from sturnus.store.database import Database

T = TypeVar("T")

DEADLINE: Final = timedelta(seconds=15)
"""For each look."""

EXCESS: Final = (
    Permission("", "secrets", ("list",), None),
    Permission("", "nodes", ("delete",), None),
    Permission("", "pods", ("create",), "kube-system"),
    Permission("*", "*", ("*",), None),
)
"""Marks of an administrator's kubeconfig."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}\s*")


async def gather(settings: Settings) -> PlatformFacts:
    """Look at everything, at once."""
    database, tokens, cluster, server, vim = await asyncio.gather(
        _in_time(_database(settings)),
        _in_time(_tokens(settings)),
        _in_time(_cluster(settings)),
        _in_time(_server(settings)),
        _in_time(_vim(settings)),
    )
    return PlatformFacts(
        now=datetime.now(UTC),
        settings=_settings(settings),
        certificate=_certificate(settings),
        database=database,
        disk=_disk(settings),
        tokens=tokens,
        kubeconfig=kubeconfigs.of_inventory(settings),
        cluster_tokens=tuple(kubeconfigs.tokens(settings)),
        cluster=cluster,
        enrolment=_enrolment(settings),
        server=server,
        vim=vim,
    )


async def _in_time(look: Coroutine[Any, Any, T]) -> T | Problem:
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            return await look
    except TimeoutError:
        return Problem(
            f"no answer within {DEADLINE.total_seconds():.0f} s", "see whether it runs, and is not overloaded"
        )
    except SturnusError as error:
        return Problem(error.message, error.remedy)


def _settings(settings: Settings) -> SettingsFacts:
    return SettingsFacts(
        file=settings_file(),
        listen=netloc(settings.listen_address, settings.listen_port),
        open_to_network=not is_loopback(settings.listen_address),
        tls=settings.tls_certificate is not None,
    )


def _certificate(settings: Settings) -> CertificateFacts | Problem | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    try:
        ServedCertificate(CertificateFiles(settings.tls_certificate, settings.tls_key))
        return CertificateFacts(settings.tls_certificate, end_of(settings.tls_certificate))
    except SturnusError as error:
        return Problem(error.message, error.remedy)


def _database_file(settings: Settings) -> Path | None:
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return None
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


async def _database(settings: Settings) -> DatabaseFacts | Problem:
    try:
        name = make_url(settings.database_url).render_as_string(hide_password=True)
    except ArgumentError:
        return Problem("database_url is no URL of a database", "correct database_url")
    file = _database_file(settings)
    if file is not None and not await asyncio.to_thread(file.exists):
        return Problem(f"{file} does not exist", "sturnus db upgrade, as the user who runs the inventory")
    database = Database(settings.database_url)
    try:
        if await migrate.pending(database):
            return DatabaseFacts(name, up_to_date=False, waiting=())
        async with database.read() as session:
            lags = await outbox.lag(session)
            first = {notice.topic: notice for notice in reversed(await outbox.waiting(session, 1000))}
    except (SQLAlchemyError, OSError) as error:
        return Problem(f"{name} does not answer: {type(error).__name__}", "correct database_url, or start the database")
    finally:
        await database.close()
    waiting = (Waiting(lag.topic, lag.waiting, lag.oldest, _reason(first.get(lag.topic))) for lag in lags)
    return DatabaseFacts(name, up_to_date=True, waiting=tuple(waiting))


def _reason(notice: outbox.Notice | None) -> str:
    return (notice and notice.last_error) or "not tried yet"


def _disk(settings: Settings) -> DiskFacts | None:
    file = _database_file(settings)
    if file is None:
        return None
    directory = next((each for each in file.parents if each.is_dir()), Path("/"))
    usage = shutil.disk_usage(directory)
    return DiskFacts(directory, usage.free // 1024**2, usage.total // 1024**2)


async def _tokens(settings: Settings) -> KeystoneFacts | TokenFileFacts | Problem:
    if settings.token_file is not None:
        return _readable(settings.token_file, TokenFileFacts, "correct token_file")
    if settings.keystone_url is None:
        return Problem("nobody checks tokens", "set keystone_url, or token_file")
    try:
        read = credentials_in(settings.keystone_password_file, settings.keystone_user, "services")
        credentials = await asyncio.to_thread(read)
    except OSError as error:
        return Problem(
            f"{settings.keystone_password_file}: {error.strerror}",
            f"{KEYSTONE_AGAIN}; see who may read it",
        )
    ca_file = settings.keystone_ca_file
    async with client_for(settings.keystone_url, ca_file) as client:
        try:
            token = await token_for(client, credentials)
        except httpx2.HTTPError as error:
            raise unreachable(error, settings.keystone_url, ca_file) from None
        if token is None:
            return Problem(
                f"{settings.keystone_url} refuses user {settings.keystone_user} with the password in "
                f"{settings.keystone_password_file}",
                KEYSTONE_AGAIN,
            )
        whose = await KeystoneTokens(client, read, ca_file=ca_file).ask(token)
    if isinstance(whose, Verdict):
        return Problem(f"{settings.keystone_url} does not know a token that it just gave", "see Keystone's log")
    return KeystoneFacts(settings.keystone_url, whose.user, whose.roles)


async def _cluster(settings: Settings) -> ClusterFacts | Problem | None:
    if settings.kubeconfig is None:
        return None
    address = kubeconfig.address_in(await asyncio.to_thread(kubeconfig.read, settings.kubeconfig))
    try:
        answers = await allowed(settings.kubeconfig, (*account.NEEDED, *EXCESS))
    except SturnusError as error:
        return Problem(error.message, kubeconfigs.creating(kubeconfigs.of_inventory(settings)))
    return ClusterFacts(
        server=address.server,
        needed={asked: answer for asked, answer in answers.items() if asked[0] in account.NEEDED},
        excess={asked: answer for asked, answer in answers.items() if asked[0] in EXCESS},
        ahead=await _cluster_clock(address),
    )


async def _cluster_clock(address: kubeconfig.ClusterAddress) -> timedelta | None:
    verify = ssl.create_default_context(cadata=address.authority or None)
    async with httpx2.AsyncClient(verify=verify, trust_env=False, timeout=5) as client:
        try:
            return await clock_ahead(lambda: client.get(f"{address.server}/version"))
        except httpx2.HTTPError:
            return None  # the access review has said more


async def clock_ahead(ask: Callable[[], Coroutine[Any, Any, httpx2.Response]]) -> timedelta | None:
    """By how much our clock is ahead of a server's, to a second; None: it does not say its time (RFC 9110, `Date`)."""
    before = datetime.now(UTC)
    answer = await ask()
    after = datetime.now(UTC)
    try:
        said = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return None
    # The server's clock was somewhere within this second, and ours somewhere in between the two looks.
    if before - timedelta(seconds=1) <= said <= after:
        return timedelta()
    return before - timedelta(seconds=1) - said if said < before else after - said


def _enrolment(settings: Settings) -> Path | Problem | None:
    if settings.enrolment_file is None:
        return None
    found = _readable(settings.enrolment_file, lambda file: file, "correct enrolment_file")
    if isinstance(found, Path) and not _DIGEST.fullmatch(found.read_text(errors="replace")):
        return Problem(f"{found} holds no SHA-256", "printf %s SECRET | sha256sum, and write the 64 digits there")
    return found


def _readable(file: Path, then: Callable[[Path], T], remedy: str) -> T | Problem:
    try:
        file.read_bytes()
    except OSError as error:
        return Problem(f"{file}: {error.strerror}", remedy)
    return then(file)


async def _server(settings: Settings) -> ServerFacts | Problem:
    secure = settings.tls_certificate is not None
    everywhere = {"0.0.0.0", "::"}  # noqa: S104 -- compared with, not listened on
    host = settings.hostname if settings.listen_address in everywhere else settings.listen_address
    url = f"{'https' if secure else 'http'}://{netloc(host, settings.listen_port)}"
    remedy = "sturnus serve inventory, or see its log"
    said = await _health(settings, url, remedy)
    try:
        return said if isinstance(said, Problem) else ServerFacts(url, bool(said["healthy"]), str(said["nodes"]))
    except KeyError:
        return Problem(f"{url} is not the inventory", remedy)


async def _vim(settings: Settings) -> VimFacts | Problem | None:
    url, remedy = settings.vim_url, "sturnus serve vim, or see its log"
    if url is None:
        return None
    said = await _health(settings, url, remedy)
    try:
        return said if isinstance(said, Problem) else VimFacts(url, bool(said["healthy"]), str(said["inventory"]))
    except KeyError:
        return Problem(f"{url} is not the VIM", remedy)


async def _health(settings: Settings, url: str, remedy: str) -> Mapping[str, Any] | Problem:
    async with client_for(url, settings.keystone_ca_file) as client:
        try:
            said = (await client.get("/healthz")).json()
        except httpx2.HTTPError as error:
            why = tls.failure(error, settings.keystone_ca_file) or type(error).__name__
            return Problem(f"{url} does not answer: {why}", remedy)
        except ValueError:
            said = None
        return said if isinstance(said, dict) else Problem(f"{url} does not speak as we do", remedy)
