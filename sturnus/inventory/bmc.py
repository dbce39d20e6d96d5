"""A host's baseboard controller: where it is, and who we are there. The password is encrypted, and never shown."""

from __future__ import annotations

import re
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import Invalid
from sturnus.core.states import Fencing
from sturnus.inventory.changing import Ground
from sturnus.redfish.power import Controller
from sturnus.store import bmc_secrets, failures
from sturnus.store.models import HostRow

PASSWORD: Final = "bm_password"  # noqa: S105 -- the field's name
FIELDS: Final = frozenset({"bm_type", "bm_ip", "bm_username", PASSWORD})
TYPES: Final = ("redfish", "dynamic")
"""Kinds of controllers, as StarlingX spells them; `dynamic` lets the platform choose, and it chooses Redfish."""

_ADDRESS: Final = re.compile(
    r"(\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Fa-f:]{2,45}|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)"
)
_PORT: Final = re.compile(r":([0-9]{1,5})$")


class Described(Protocol):
    """What of a host tells of its controller."""

    @property
    def hostname(self) -> str | None:
        """None: it has no name yet."""

    @property
    def bm_type(self) -> str | None:
        """One of `TYPES`; None: it has no controller."""

    @property
    def bm_ip(self) -> str | None:
        """Where the controller answers, as `parse_address` reads it."""

    @property
    def bm_username(self) -> str | None:
        """Whom the controller lets in."""


def parse_type(given: object) -> str | None:
    """Read a kind of controller; None for `none`."""
    if given == "none":
        return None
    if given not in TYPES:
        raise ValueError("redfish, or none")
    return str(given)


def parse_address(given: object) -> str:
    """Read an address or a name, with or without a port."""
    expected = "an address or a name, with a port if it is not 443: 10.10.10.7, [fd00::7]:8443"
    if not isinstance(given, str):
        raise ValueError(expected)  # noqa: TRY004 -- what parsers raise here is always what they expect
    port = _PORT.search(given) if given.count(":") == 1 or "]:" in given else None
    place = given[: port.start()] if port else given
    if not _ADDRESS.fullmatch(place) or (port and not 0 < int(port[1]) < 65536):
        raise ValueError(expected)
    return given


def lacking(host: Described, *, has_password: bool) -> str | None:
    """What is missing before a controller can be asked for anything; None: nothing."""
    given = {"bm_type": host.bm_type, "bm_ip": host.bm_ip, "bm_username": host.bm_username, PASSWORD: has_password}
    missing = [name for name, value in given.items() if not value]
    if not missing:
        return None
    what = "it has no baseboard controller" if len(missing) == len(given) else "its baseboard controller is unknown"
    return f"{what}: system host-update {host.hostname or 'HOST'} " + " ".join(f"{name}=..." for name in missing)


async def controller_of(session: AsyncSession, ground: Ground, row: HostRow) -> Controller:
    """The controller of a host, with the password in clear. Invalid: something is missing. Unavailable: wrong key."""
    secret = await bmc_secrets.find(session, row.id)
    missing = lacking(row, has_password=secret is not None)
    if missing is not None or secret is None:
        raise Invalid(str(missing), expected="bm_type, bm_ip, bm_username and bm_password", remedy="")
    address = str(row.bm_ip)
    if address.count(":") > 1 and not address.startswith("["):
        address = f"[{address}]"
    return Controller(address, str(row.bm_username), ground.vault.open(secret.sealed, row.uuid))


async def keep_password(session: AsyncSession, ground: Ground, row: HostRow, password: str | None) -> None:
    """Store a password, or forget the one that there is."""
    if password is None:
        await bmc_secrets.forget(session, row.id)
    else:
        await bmc_secrets.put(session, row.id, ground.vault.seal(password, row.uuid), ground.clock.now())


async def try_again(session: AsyncSession, row: HostRow) -> None:
    """A controller was described anew: what was impossible may be possible now."""
    failure = await failures.find(session, row.id)
    if failure is not None and failure.fencing is Fencing.IMPOSSIBLE:
        failure.fencing = Fencing.NOT_WANTED
