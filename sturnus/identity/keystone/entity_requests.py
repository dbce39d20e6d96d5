"""The request that carries out a change: a value, built without sending (Keystone API v3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from sturnus.identity.keystone import entities as e

DOMAIN = "default"


@dataclass(frozen=True, slots=True)
class Request:
    """One call. The body may hold a password, so it is not printed."""

    method: str
    path: str
    body: dict[str, Any] | None = field(default=None, repr=False)


def request_for(change: e.EntityChange, found: e.Entities, passwords: Mapping[str, str]) -> Request:
    """Build the call for a change that was decided from `found`."""
    match change:
        case e.AddUser() | e.CorrectUser():
            return _for_user(change, found, passwords)
        case e.AddRegion() | e.AddService() | e.CorrectService() | e.RemoveService():
            return _for_service(change)
        case e.AddEndpoint() | e.CorrectEndpoint() | e.RemoveEndpoint():
            return _for_endpoint(change)
        case e.AddProject() | e.EnableProject():
            return _for_project(change, found)
        case e.AddRole() | e.AddImplication() | e.AddGrant() | e.RemoveGrant():
            return _for_role(change, found)
        case _:
            assert_never(change)


def _for_user(change: e.AddUser | e.CorrectUser, found: e.Entities, passwords: Mapping[str, str]) -> Request:
    password = {"password": passwords[change.name]}
    match change:
        case e.AddUser(name):
            return Request("POST", "/v3/users", {"user": {"name": name, "domain_id": DOMAIN, **password}})
        case e.CorrectUser(name):
            return Request("PATCH", f"/v3/users/{found.users[name].id}", {"user": {"enabled": True, **password}})


def _for_project(change: e.AddProject | e.EnableProject, found: e.Entities) -> Request:
    match change:
        case e.AddProject(name):
            return Request("POST", "/v3/projects", {"project": {"name": name, "domain_id": DOMAIN}})
        case e.EnableProject(name):
            return Request("PATCH", f"/v3/projects/{found.projects[name].id}", {"project": {"enabled": True}})


def _for_role(change: e.AddRole | e.AddImplication | e.AddGrant | e.RemoveGrant, found: e.Entities) -> Request:
    match change:
        case e.AddRole(name):
            return Request("POST", "/v3/roles", {"role": {"name": name}})
        case e.AddImplication(prior, implied):
            return Request("PUT", f"/v3/roles/{found.roles[prior]}/implies/{found.roles[implied]}")
        case e.AddGrant(grant):
            return Request("PUT", _grant(grant, found))
        case e.RemoveGrant(grant):
            return Request("DELETE", _grant(grant, found))


def _for_service(change: e.AddRegion | e.AddService | e.CorrectService | e.RemoveService) -> Request:
    match change:
        case e.AddRegion(name):
            return Request("POST", "/v3/regions", {"region": {"id": name}})
        case e.AddService(kind, name):
            return Request("POST", "/v3/services", {"service": {"type": kind, "name": name}})
        case e.CorrectService(identifier, _, name):
            return Request("PATCH", f"/v3/services/{identifier}", {"service": {"name": name, "enabled": True}})
        case e.RemoveService(identifier):
            return Request("DELETE", f"/v3/services/{identifier}")


def _for_endpoint(change: e.AddEndpoint | e.CorrectEndpoint | e.RemoveEndpoint) -> Request:
    match change:
        case e.AddEndpoint(service_id, _, interface, region, url):
            body = {"service_id": service_id, "interface": interface, "region_id": region, "url": url}
            return Request("POST", "/v3/endpoints", {"endpoint": body})
        case e.CorrectEndpoint(identifier, _, _, url):
            return Request("PATCH", f"/v3/endpoints/{identifier}", {"endpoint": {"url": url, "enabled": True}})
        case e.RemoveEndpoint(identifier):
            return Request("DELETE", f"/v3/endpoints/{identifier}")


def _grant(grant: e.Grant, found: e.Entities) -> str:
    project, user = found.projects[grant.project].id, found.users[grant.user].id
    return f"/v3/projects/{project}/users/{user}/roles/{found.roles[grant.role]}"
