"""How the Keystone in the pods is reached, as Puppet wrote it for the inventory and for the VIM.

Two files, two forms (reference/inventory.md §1.2, reference/vim.md §6.2), one meaning. Neither holds the password:
it is in a file beside, which is read for each new token.
"""

from __future__ import annotations

from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sturnus.core.followed import Followed, Texts

KEYSTONE_SECTION: Final = "openstack_keystone_authtoken"
VIM_SECTION: Final = "openstack"


@dataclass(frozen=True, slots=True)
class OpenStackLogin:
    """Enough to get a token, but for the password."""

    auth_url: str  # with /v3
    username: str
    project: str
    user_domain: str
    project_domain: str
    region: str
    password_file: Path


def sections_of(text: str) -> ConfigParser:
    """Read an INI text. ValueError if it is none."""
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except Error as error:
        raise ValueError(str(error).replace("\n", " ")) from error
    return parser


def from_keystone_section(parser: ConfigParser) -> OpenStackLogin | None:
    """The inventory's form; None: OpenStack is not installed. ValueError if a key is missing."""
    if not parser.has_section(KEYSTONE_SECTION):
        return None
    section = parser[KEYSTONE_SECTION]
    try:
        return OpenStackLogin(
            auth_url=section["auth_url"],
            username=section["username"],
            project=section["project_name"],
            user_domain=section["user_domain_name"],
            project_domain=section["project_domain_name"],
            region=section["region_name"],
            password_file=Path(section["password_file"]),
        )
    except KeyError as error:
        raise ValueError(f"[{KEYSTONE_SECTION}] has no {error.args[0]}") from None


def from_vim_sections(parser: ConfigParser) -> OpenStackLogin | None:
    """The VIM's form; None: OpenStack is not installed. ValueError if a key is missing."""
    if not parser.has_section(VIM_SECTION):
        return None
    section = parser[VIM_SECTION]
    try:
        address = f"{section['authorization_ip']}:{section['authorization_port']}"
        return OpenStackLogin(
            auth_url=f"{section['authorization_protocol']}://{address}/v3",
            username=section["username"],
            project=section["tenant"],
            user_domain=section["user_domain_name"],
            project_domain=section["project_domain_name"],
            region=parser.get("nova", "region_name", fallback="RegionOne"),
            password_file=Path(section["password_file"]),
        )
    except KeyError as error:
        raise ValueError(f"[{VIM_SECTION}] has no {error.args[0]}") from None


@dataclass(frozen=True, slots=True)
class InventoryLogin:
    """What the inventory's file says."""

    login: OpenStackLogin | None  # None: OpenStack is not installed


def followed(file: Path) -> Followed[InventoryLogin]:
    """The inventory's file, followed."""

    def parse(texts: Texts) -> InventoryLogin:
        return InventoryLogin(from_keystone_section(sections_of(texts.get(file, ""))))

    return Followed([file], parse)
