"""What Keystone holds, as found, and what changes it. Names of the domain `default`; ids as Keystone made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundUser:
    """A user that exists. `accepted`: Keystone issues a token for the password in the user's file."""

    id: str
    enabled: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class FoundProject:
    """A project that exists."""

    id: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class FoundService:
    """An entry of the catalog. Keystone allows several of one type, and clients take any of them."""

    id: str
    type: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class FoundEndpoint:
    """One URL of a service."""

    id: str
    service_id: str
    interface: str
    region: str
    url: str
    enabled: bool


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A user has a role in a project, all by name."""

    user: str
    project: str
    role: str


@dataclass(frozen=True, slots=True)
class Entities:
    """All that the bootstrap looks at."""

    roles: Mapping[str, str]  # name → id
    implications: frozenset[tuple[str, str]]  # names
    projects: Mapping[str, FoundProject]
    users: Mapping[str, FoundUser]
    grants: frozenset[Grant]
    regions: frozenset[str]
    services: tuple[FoundService, ...]
    endpoints: tuple[FoundEndpoint, ...]


@dataclass(frozen=True, slots=True)
class AddRole:
    """A role is missing."""

    name: str

    def __str__(self) -> str:
        return f"add role {self.name}"


@dataclass(frozen=True, slots=True)
class AddImplication:
    """A role should bring another with it."""

    prior: str
    implied: str

    def __str__(self) -> str:
        return f"let role {self.prior} imply {self.implied}"


@dataclass(frozen=True, slots=True)
class AddProject:
    """A project is missing."""

    name: str

    def __str__(self) -> str:
        return f"add project {self.name}"


@dataclass(frozen=True, slots=True)
class EnableProject:
    """A project is disabled, and with it everybody's tokens for it."""

    name: str

    def __str__(self) -> str:
        return f"enable project {self.name}"


@dataclass(frozen=True, slots=True)
class AddUser:
    """A user is missing."""

    name: str

    def __str__(self) -> str:
        return f"add user {self.name}"


@dataclass(frozen=True, slots=True)
class CorrectUser:
    """A user is disabled, or has another password than the one in its file."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"correct user {self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class AddGrant:
    """A user lacks a role."""

    grant: Grant

    def __str__(self) -> str:
        return f"grant {self.grant.role} in {self.grant.project} to {self.grant.user}"


@dataclass(frozen=True, slots=True)
class RemoveGrant:
    """One of the platform's programs may do more than it needs."""

    grant: Grant

    def __str__(self) -> str:
        return f"revoke {self.grant.role} in {self.grant.project} from {self.grant.user}"


@dataclass(frozen=True, slots=True)
class AddRegion:
    """The region is missing."""

    name: str

    def __str__(self) -> str:
        return f"add region {self.name}"


@dataclass(frozen=True, slots=True)
class AddService:
    """The catalog has no entry of a type."""

    type: str
    name: str

    def __str__(self) -> str:
        return f"add service {self.type} ({self.name})"


@dataclass(frozen=True, slots=True)
class CorrectService:
    """An entry has another name, or is disabled."""

    id: str
    type: str
    name: str
    found: str

    def __str__(self) -> str:
        return f"correct service {self.type}: name {self.name}, enabled; it is {self.found}"


@dataclass(frozen=True, slots=True)
class RemoveService:
    """There is a second entry of one of our types."""

    id: str
    type: str

    def __str__(self) -> str:
        return f"remove the second service {self.type} ({self.id})"


@dataclass(frozen=True, slots=True)
class AddEndpoint:
    """A service has no URL on an interface."""

    service_id: str
    type: str
    interface: str
    region: str
    url: str

    def __str__(self) -> str:
        return f"add {self.interface} endpoint of {self.type}: {self.url}"


@dataclass(frozen=True, slots=True)
class CorrectEndpoint:
    """An endpoint leads elsewhere, or is disabled."""

    id: str
    type: str
    interface: str
    url: str
    found: str

    def __str__(self) -> str:
        return f"correct {self.interface} endpoint of {self.type}: {self.url}; it is {self.found}"


@dataclass(frozen=True, slots=True)
class RemoveEndpoint:
    """A service has a URL too many."""

    id: str
    type: str
    interface: str
    url: str

    def __str__(self) -> str:
        return f"remove {self.interface} endpoint of {self.type}: {self.url}"


EntityChange = (
    AddRole
    | AddImplication
    | AddProject
    | EnableProject
    | AddUser
    | CorrectUser
    | AddGrant
    | RemoveGrant
    | AddRegion
    | AddService
    | CorrectService
    | RemoveService
    | AddEndpoint
    | CorrectEndpoint
    | RemoveEndpoint
)
