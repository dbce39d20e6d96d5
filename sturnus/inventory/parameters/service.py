"""The door to service parameters: `Inventory.parameters`. Methods raise the closed set of `core.errors`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import NotFound, Stale
from sturnus.inventory import forms
from sturnus.inventory.changing import Ground
from sturnus.inventory.forms import Form
from sturnus.inventory.parameters import catalogue
from sturnus.inventory.parameters.checks import ADD_CHECKS, MODIFY_CHECKS, ParameterFacts, Place
from sturnus.inventory.violations import Reason, Violation, refusal, refuse_if
from sturnus.store import events, networks, parameters
from sturnus.store.hosts import Page
from sturnus.store.parameters import ServiceParameterRow

ALL = Page()
NOTHING: Final[Mapping[str, str]] = {}

CHANGE_FORM: Final = Form(
    "a service parameter",
    {
        "name": forms.text(255),
        "value": forms.text(catalogue.LONGEST_VALUE),
        "personality": forms.text(32),
        "resource": forms.text(255),
    },
    "system help service-parameter-modify",
)


@dataclass(frozen=True, slots=True)
class ServiceParameter:
    """One setting of a service."""

    id: int
    uuid: str
    service: str
    section: str
    name: str
    value: str
    personality: str | None
    resource: str | None
    created_at: datetime
    updated_at: datetime | None
    revision: int


class Parameters:
    """Settings of services. Who reads them looks at every start of what it does; `apply` tells those who follow."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._database = ground.database

    async def parameters(self, filters: Mapping[str, str] = NOTHING, page: Page = ALL) -> list[ServiceParameter]:
        """Parameters that match (`service`, `section`, `name`), in the order in which they were added."""
        async with self._database.read() as session:
            return [_parameter(row) for row in await parameters.page(session, page, filters)]

    async def parameter(self, uuid: str) -> ServiceParameter:
        """One parameter."""
        async with self._database.read() as session:
            return _parameter(await self._found(session, uuid))

    async def add(self, place: Place, values: Mapping[str, str]) -> list[ServiceParameter]:
        """Add parameters, all or none. Refused by `ADD_CHECKS`."""
        named = {catalogue.spelled(place.service, place.section, name): value for name, value in values.items()}
        async with self._database.write() as session:
            await networks.hold_still(session)
            refuse_if(ADD_CHECKS, ParameterFacts(place, named, await _present(session, place)))
            rows = [
                ServiceParameterRow(
                    uuid=self._ground.new_id(),
                    service=place.service,
                    section=place.section,
                    name=name,
                    value=value,
                    personality=place.personality or "",
                    resource=place.resource or "",
                    created_at=self._ground.clock.now(),
                )
                for name, value in named.items()
            ]
            session.add_all(rows)
            await session.flush()
            await self._tell(session, "service-parameters.changed", rows[0].uuid, place.service, place.section)
            return [_parameter(row) for row in rows]

    async def modify(self, uuid: str, raw: Mapping[str, object], revision: int | None) -> ServiceParameter:
        """Change a parameter's value, or whom it is for. Refused by `MODIFY_CHECKS`."""
        changes = forms.changes(CHANGE_FORM, raw)
        async with self._database.write() as session:
            await networks.hold_still(session)
            row = await self._found(session, uuid, revision)
            name = catalogue.spelled(row.service, row.section, changes.get("name") or row.name)
            if name != row.name:
                raise refusal((_renamed(row, name),))
            value = row.value if changes.get("value") is None else changes["value"]
            personality = changes.get("personality") or row.personality
            resource = changes.get("resource") or row.resource
            place = Place(row.service, row.section, personality or None, resource or None)
            refuse_if(MODIFY_CHECKS, ParameterFacts(place, {row.name: value}, frozenset()))
            if (value, personality, resource) == (row.value, row.personality, row.resource):
                return _parameter(row)
            row.value, row.personality, row.resource = value, personality, resource
            row.updated_at = self._ground.clock.now()
            await self._tell(session, "service-parameters.changed", row.uuid, row.service, row.section)
            return _parameter(row)

    async def remove(self, uuid: str, revision: int | None) -> None:
        """Remove a parameter: its default applies again."""
        async with self._database.write() as session:
            await networks.hold_still(session)
            row = await self._found(session, uuid, revision)
            await session.delete(row)
            await self._tell(session, "service-parameters.changed", row.uuid, row.service, row.section)

    async def apply(self, service: str, section: str | None) -> None:
        """Tell those who follow the events that the parameters of a service are to be used now."""
        sections = catalogue.CATALOGUE.get(service)
        custom = () if sections is not None else await self.parameters({"service": service})
        if sections is None and not custom:
            raise refusal((_unknown(service, None),))
        if section is not None and sections is not None and section not in sections:
            raise refusal((_unknown(service, section),))
        async with self._database.write() as session:
            await self._tell(session, "service-parameters.applied", service[:36], service, section)

    async def _found(self, session: AsyncSession, uuid: str, revision: int | None = None) -> ServiceParameterRow:
        row = await parameters.find(session, uuid)
        if row is None:
            raise NotFound(
                f"service parameter not found: {uuid[:80]}",
                expected="the uuid of a service parameter",
                remedy="system service-parameter-list",
            )
        if revision is not None and row.revision != revision:
            raise Stale(
                f"Parameter {row.name} of {row.service} {row.section} was changed by somebody else.",
                expected=f"revision {revision}, and it is {row.revision} now",
                remedy=f"system service-parameter-show {row.uuid}, then repeat the command",
            )
        return row

    async def _tell(self, session: AsyncSession, kind: str, subject: str, service: str, section: str | None) -> None:
        """No value: events are read by more people than parameters."""
        await session.flush()
        await events.append(session, kind, subject, {"service": service, "section": section}, self._ground.clock.now())


async def _present(session: AsyncSession, place: Place) -> frozenset[str]:
    rows = await parameters.at(session, place.service, place.section)
    beside = (place.personality or "", place.resource or "")
    return frozenset(row.name for row in rows if (row.personality, row.resource) == beside)


def _parameter(row: ServiceParameterRow) -> ServiceParameter:
    return ServiceParameter(
        id=row.id,
        uuid=row.uuid,
        service=row.service,
        section=row.section,
        name=row.name,
        value=row.value,
        personality=row.personality or None,
        resource=row.resource or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )


def _renamed(row: ServiceParameterRow, name: str) -> Violation:
    return Violation(
        Reason.FIELD_FIXED,
        f"Parameter {row.name} of {row.service} {row.section} cannot be renamed to {name[:64]!r}.",
        f"name {row.name}",
        f"system service-parameter-delete {row.uuid}, then add the other one",
    )


def _unknown(service: str, section: str | None) -> Violation:
    fault = catalogue.unknown(service, section or "", "")
    message = fault if fault is not None else f"There is no service {service[:64]!r}."
    return Violation(
        Reason.NOT_THERE,
        message,
        catalogue.known(service, section or ""),
        "system service-parameter-list",
    )
