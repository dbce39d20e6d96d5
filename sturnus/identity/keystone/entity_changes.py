"""Decides what has to change in Keystone: the wanted tables against what was found. No I/O.

A change whose own needs are not there yet (a grant to a user to be added) is left for the next look, so every change
can be carried out with the ids that were found.
"""

from __future__ import annotations

from collections.abc import Iterator

from sturnus.identity.keystone.entities import (
    AddEndpoint,
    AddGrant,
    AddImplication,
    AddProject,
    AddRegion,
    AddRole,
    AddService,
    AddUser,
    CorrectEndpoint,
    CorrectService,
    CorrectUser,
    EnableProject,
    Entities,
    EntityChange,
    FoundEndpoint,
    FoundService,
    Grant,
    RemoveEndpoint,
    RemoveGrant,
    RemoveService,
)
from sturnus.identity.keystone.wanted import (
    ADMIN,
    IMPLICATIONS,
    INTERFACES,
    PROJECTS,
    ROLES,
    SERVICES,
    USERS,
    Catalog,
    Service,
)


def decide(found: Entities, catalog: Catalog) -> tuple[EntityChange, ...]:
    """Everything that can be put right with what is there now. Nothing when all is as wanted."""
    return (*_roles(found), *_projects(found), *_users(found), *_grants(found), *_services(found, catalog))


def _roles(found: Entities) -> Iterator[EntityChange]:
    for name in ROLES:
        if name not in found.roles:
            yield AddRole(name)
    for prior, implied in IMPLICATIONS:
        if (prior, implied) not in found.implications and {prior, implied} <= found.roles.keys():
            yield AddImplication(prior, implied)


def _projects(found: Entities) -> Iterator[EntityChange]:
    for name in PROJECTS:
        project = found.projects.get(name)
        if project is None:
            yield AddProject(name)
        elif not project.enabled:
            yield EnableProject(name)


def _users(found: Entities) -> Iterator[EntityChange]:
    for wanted in USERS:
        user = found.users.get(wanted.name)
        if user is None:
            yield AddUser(wanted.name)
        elif not user.enabled:
            yield CorrectUser(wanted.name, "it is disabled")
        elif not user.accepted:
            yield CorrectUser(wanted.name, "the password in its file is refused")


def _grants(found: Entities) -> Iterator[EntityChange]:
    for user in USERS:
        wanted = {Grant(user.name, user.project, role) for role in user.roles}
        has = {grant for grant in found.grants if grant.user == user.name}
        for grant in sorted(wanted - has):
            if user.name in found.users and user.project in found.projects and grant.role in found.roles:
                yield AddGrant(grant)
        if user.name != ADMIN:  # an operator may give the administrator more, a program gets what is in the table
            yield from map(RemoveGrant, sorted(has - wanted))


def _services(found: Entities, catalog: Catalog) -> Iterator[EntityChange]:
    if catalog.region not in found.regions:
        yield AddRegion(catalog.region)
    for wanted in SERVICES:
        # The name that fits, else any: which one stays does not depend on the order of Keystone's answer.
        entries = sorted(
            (service for service in found.services if service.type == wanted.type),
            key=lambda service: (service.name != wanted.name, service.id),
        )
        if not entries:
            yield AddService(wanted.type, wanted.name)
            continue
        kept, *others = entries
        if kept.name != wanted.name or not kept.enabled:
            found_as = f"name {kept.name}, {'enabled' if kept.enabled else 'disabled'}"
            yield CorrectService(kept.id, wanted.type, wanted.name, found_as)
        for service in others:
            yield RemoveService(service.id, service.type)
        if catalog.region in found.regions:
            yield from _endpoints(found, catalog, wanted, kept)


def _endpoints(found: Entities, catalog: Catalog, wanted: Service, service: FoundService) -> Iterator[EntityChange]:
    endpoints = [endpoint for endpoint in found.endpoints if endpoint.service_id == service.id]
    for interface in INTERFACES:
        url = catalog.urls[wanted.type, interface]
        here = sorted(
            (end for end in endpoints if end.interface == interface and end.region == catalog.region),
            key=lambda end: (end.url != url, end.id),
        )
        if not here:
            yield AddEndpoint(service.id, wanted.type, interface, catalog.region, url)
            continue
        kept, *others = here
        if kept.url != url or not kept.enabled:
            found_as = kept.url if kept.enabled else "disabled"
            yield CorrectEndpoint(kept.id, wanted.type, interface, url, found_as)
        yield from (_removal(wanted, endpoint) for endpoint in others)


def _removal(wanted: Service, endpoint: FoundEndpoint) -> RemoveEndpoint:
    return RemoveEndpoint(endpoint.id, wanted.type, endpoint.interface, endpoint.url)
