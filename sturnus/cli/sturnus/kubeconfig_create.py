"""`sturnus kubeconfig-create`: the inventory's own account in a cluster, and the kubeconfig for it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import pwd
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx2
from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError

from sturnus.core.errors import Invalid, SturnusError, Unavailable
from sturnus.core.files import replace_file
from sturnus.kubernetes import account, applications_account, kubeconfig, nodes_account, vim_account
from sturnus.kubernetes.access_review import allowed

DEADLINE: Final = 15.0
"""Seconds for one request."""
KEEP: Final = 2 / 3
"""A token is kept while more of its time than this is left. Renewing too often does no harm."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account that can be made."""

    name: str
    make: Callable[[AsyncClient], Awaitable[None]]
    needed: Sequence[account.Permission]
    output: Path  # unless told otherwise


ACCOUNTS: Final = {
    "inventory": Account(account.NAME, account.make, account.NEEDED, Path("/etc/sturnus/kubeconfig")),
    "applications": Account(
        applications_account.NAME,
        applications_account.make,
        applications_account.NEEDED,
        Path("/etc/sturnus/applications-kubeconfig"),
    ),
    "nodes": Account(
        nodes_account.NAME, nodes_account.make, nodes_account.NEEDED, Path("/etc/sturnus/nodes-kubeconfig")
    ),
    "vim": Account(vim_account.NAME, vim_account.make, vim_account.NEEDED, Path("/etc/sturnus/vim-kubeconfig")),
}


@dataclass(frozen=True, slots=True)
class Token:
    """One that is there already."""

    ends: datetime | None
    accepted: bool  # by the API server, now


def renewal(found: Token | None, lifetime: timedelta, now: datetime) -> str | None:
    """Why a new token is needed; None: the one that is there will do."""
    if found is None:
        return "there is none"
    if not found.accepted:
        return "the cluster refuses it"
    if found.ends is not None and found.ends - now < lifetime * KEEP:
        return f"it ends on {found.ends:%Y-%m-%d}"
    return None


async def run(given: argparse.Namespace) -> None:
    """Do it. Raises the closed set."""
    of = ACCOUNTS[given.account]
    output = (given.output or of.output).absolute()
    owner = owner_of(given.owner, output)
    admin = kubeconfig.read(given.admin_kubeconfig)
    address = kubeconfig.address_in(admin)
    if given.server:
        address = kubeconfig.ClusterAddress(given.server, address.authority)
    token_file = kubeconfig.token_file_of(output)
    client = AsyncClient(
        admin, timeout=httpx2.Timeout(DEADLINE), field_manager="sturnus-kubeconfig-create", trust_env=False
    )
    try:
        await of.make(client)
        lifetime = timedelta(days=given.lifetime)
        if reason := renewal(await _found(output, token_file, of.needed), lifetime, datetime.now(UTC)):
            token = await account.new_token(client, lifetime, of.name)
            _write(token_file, token, owner)
            _say(f"new token in {token_file} ({reason})", account.end_of_token(token))
        else:
            _say(f"the token in {token_file} will do", account.end_of_token(token_file.read_text()))
        # Last: who finds it wants the token that it names.
        _write(output, kubeconfig.render(address, token_file), owner)
    except ApiError as error:
        raise Unavailable(
            f"Kubernetes refuses: {error.status.message}",
            expected="an administrator's kubeconfig",
            remedy="correct --admin-kubeconfig",
        ) from error
    except (httpx2.HTTPError, TimeoutError) as error:
        raise Unavailable(
            f"{address.server} does not answer: {str(error) or type(error).__name__}",
            expected=f"an answer within {DEADLINE:.0f} s",
            remedy=f"kubectl --kubeconfig {given.admin_kubeconfig} version",
        ) from error
    finally:
        await client.close()


async def _found(output: Path, token_file: Path, needed: Sequence[account.Permission]) -> Token | None:
    """The token that is there, and whether the cluster takes it."""
    try:
        text = await asyncio.to_thread(token_file.read_text)
    except OSError:
        return None
    try:
        accepted = await allowed(output, needed)
    except SturnusError:
        return Token(account.end_of_token(text), accepted=False)
    return Token(account.end_of_token(text), accepted=all(accepted.values()))


def owner_of(name: str | None, output: Path) -> tuple[int, int]:
    """User and group that read the kubeconfig: named, or whose it is already, or who runs this. Invalid: no user."""
    if name is None:
        try:
            there = output.stat()
        except OSError:
            return os.geteuid(), os.getegid()
        return there.st_uid, there.st_gid
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise Invalid(
            f"There is no user {name}.", expected="a user of this host", remedy=f"useradd --system {name}"
        ) from None
    return found.pw_uid, found.pw_gid


def _write(path: Path, text: str, owner: tuple[int, int]) -> None:
    try:
        with contextlib.suppress(FileNotFoundError):
            found = path.stat()
            if path.read_text() == text and (found.st_uid, found.st_mode & 0o7777) == (owner[0], 0o600):
                return
        replace_file(path, text, 0o600, user=owner[0], group=owner[1])
    except OSError as error:
        raise Invalid(
            f"{path} cannot be written: {error.strerror}.",
            expected="a directory that exists, and the right to write there",
            remedy="correct --output, or run it as root",
        ) from error


def _say(what: str, ends: datetime | None) -> None:
    sys.stdout.write(f"{what}" + (f"; it ends on {ends:%Y-%m-%d}\n" if ends else "\n"))
