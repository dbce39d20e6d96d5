"""Hands out what others need of Keystone: the openrc, and three passwords to those who may read them. Root's work.

Keystone's own user owns its state directory, and nobody else may look into it. So root copies:

    /etc/platform/openrc            0640 root:sys_protected   reads the next when it is sourced
    /etc/platform/admin-password    0640 root:sys_protected
    /etc/sturnus/keystone-password  0640 root:sturnus         the inventory's, which asks about tokens
    /etc/sturnus/vim-password       0640 root:sturnus-vim     the VIM's

Groups are StarlingX's (reference/inventory.md §7.5). Doing it again changes what differs.
"""

from __future__ import annotations

import contextlib
import grp
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sturnus.core.errors import Invalid, NotFound
from sturnus.core.files import replace_file
from sturnus.identity.keystone.settings import KeystoneSettings
from sturnus.identity.keystone.wanted import ADMIN, INVENTORY, VIM
from sturnus.identity.openrc import ClientFacts, render_openrc

ADMINISTRATORS: Final = "sys_protected"
PLATFORM: Final = "sturnus"
VIM_GROUP: Final = "sturnus-vim"
MODE: Final = 0o640


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file, and which group reads it."""

    path: Path
    group: str
    text: str


def deliveries(settings: KeystoneSettings, etc: Path, passwords: dict[str, str]) -> tuple[Delivery, ...]:
    """All that is handed out. No I/O."""
    password_file = etc / "platform/admin-password"
    return (
        Delivery(password_file, ADMINISTRATORS, passwords[ADMIN]),
        Delivery(etc / "platform/openrc", ADMINISTRATORS, render_openrc(client_facts(settings, password_file))),
        Delivery(etc / "sturnus/keystone-password", PLATFORM, passwords[INVENTORY]),
        Delivery(etc / "sturnus/vim-password", VIM_GROUP, passwords[VIM]),
    )


def client_facts(settings: KeystoneSettings, password_file: Path) -> ClientFacts:
    """What clients on the platform's hosts are told."""
    return ClientFacts(
        auth_url=f"{settings.internal_url}/v3",
        password_file=password_file,
        region=settings.region,
        ca_file=settings.ca_file,
    )


def deliver(settings: KeystoneSettings, etc: Path) -> Iterator[Path]:
    """Write what differs; yield what was written.

    Raises:
        Invalid: not root, or a group is missing.
        NotFound: the bootstrap has not made the passwords yet.

    """
    if os.geteuid() != 0:
        raise Invalid("files for others are handed out by root", expected="root", remedy="run it as root")
    for delivery in deliveries(settings, etc, _passwords(settings)):
        group = _group(delivery.group)
        if not _holds(delivery, group):
            delivery.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            replace_file(delivery.path, delivery.text, MODE, user=0, group=group)
            yield delivery.path


def _passwords(settings: KeystoneSettings) -> dict[str, str]:
    try:
        return {user: settings.password_file(user).read_text() for user in (ADMIN, INVENTORY, VIM)}
    except FileNotFoundError as error:
        raise NotFound(
            f"there is no {error.filename}",
            expected="all that a bootstrap makes",
            remedy="python -m sturnus.identity.keystone bootstrap, with the same options, as Keystone's user",
        ) from None


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise Invalid(f"there is no group {name}", expected="the group", remedy=f"groupadd --system {name}") from None


def _holds(delivery: Delivery, group: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        found = delivery.path.stat()
        owned = (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (0, group, MODE)
        return owned and delivery.path.read_text() == delivery.text
    return False
