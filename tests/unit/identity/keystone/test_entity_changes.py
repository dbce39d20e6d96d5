from collections.abc import Callable
from dataclasses import replace

import pytest

from sturnus.identity.keystone import entities as e
from sturnus.identity.keystone.entity_changes import decide
from sturnus.identity.keystone.entity_requests import Request, request_for
from sturnus.identity.keystone.settings import KeystoneSettings
from sturnus.identity.keystone.wanted import IMPLICATIONS, INTERFACES, PROJECTS, ROLES, SERVICES, USERS, catalog

CATALOG = catalog(KeystoneSettings(listen="192.0.2.1", internal_host="192.0.2.2", public_host="cloud.example"))
PASSWORDS = {user.name: f"{user.name}-secret" for user in USERS}

NOTHING = e.Entities({}, frozenset(), {}, {}, frozenset(), frozenset(), (), ())
COMPLETE = e.Entities(
    roles={name: f"r-{name}" for name in (*ROLES, "member")},
    implications=frozenset({*IMPLICATIONS, ("admin", "member")}),
    projects={name: e.FoundProject(f"p-{name}", enabled=True) for name in (*PROJECTS, "demo")},
    users={user.name: e.FoundUser(f"u-{user.name}", enabled=True, accepted=True) for user in USERS},
    grants=frozenset(e.Grant(user.name, user.project, role) for user in USERS for role in user.roles),
    regions=frozenset({"RegionOne"}),
    services=tuple(e.FoundService(f"s-{s.type}", s.type, s.name, enabled=True) for s in SERVICES),
    endpoints=tuple(
        e.FoundEndpoint(f"e-{s.type}-{i}", f"s-{s.type}", i, "RegionOne", CATALOG.urls[s.type, i], enabled=True)
        for s in SERVICES
        for i in INTERFACES
    ),
)


def with_user(name: str, user: e.FoundUser) -> e.Entities:
    return replace(COMPLETE, users={**COMPLETE.users, name: user})


def with_endpoints(change: Callable[[e.FoundEndpoint], e.FoundEndpoint | None]) -> e.Entities:
    changed = [change(end) if end.id == "e-nfv-public" else end for end in COMPLETE.endpoints]
    return replace(COMPLETE, endpoints=tuple(end for end in changed if end is not None))


def with_more_endpoints(*ends: e.FoundEndpoint) -> e.Entities:
    return replace(COMPLETE, endpoints=(*ends, *COMPLETE.endpoints))


NFV = e.FoundEndpoint("e2", "s-nfv", "public", "RegionOne", "http://old", enabled=True)
STRANGER = e.FoundService("s9", "compute", "nova", enabled=True)


def test_nothing_is_to_be_done_when_all_is_as_wanted() -> None:
    assert decide(COMPLETE, CATALOG) == ()


def test_from_nothing_things_come_before_what_refers_to_them() -> None:
    changes = decide(NOTHING, CATALOG)
    assert {type(change) for change in changes} == {e.AddRole, e.AddProject, e.AddUser, e.AddRegion, e.AddService}


@pytest.mark.parametrize(
    ("found", "change"),
    [
        (
            replace(COMPLETE, implications=COMPLETE.implications - {("operator", "reader")}),
            e.AddImplication("operator", "reader"),
        ),
        (
            replace(COMPLETE, projects={**COMPLETE.projects, "services": e.FoundProject("p", enabled=False)}),
            e.EnableProject("services"),
        ),
        (
            with_user("vim", e.FoundUser("u", enabled=False, accepted=False)),
            e.CorrectUser("vim", "it is disabled"),
        ),
        (
            with_user("vim", e.FoundUser("u", enabled=True, accepted=False)),
            e.CorrectUser("vim", "the password in its file is refused"),
        ),
        (
            replace(COMPLETE, grants=COMPLETE.grants - {e.Grant("vim", "services", "reader")}),
            e.AddGrant(e.Grant("vim", "services", "reader")),
        ),
        (
            replace(COMPLETE, grants=COMPLETE.grants | {e.Grant("vim", "demo", "admin")}),
            e.RemoveGrant(e.Grant("vim", "demo", "admin")),
        ),
        (
            replace(COMPLETE, services=(*COMPLETE.services[:-1], replace(COMPLETE.services[-1], name="alarms"))),
            e.CorrectService("s-faultmanagement", "faultmanagement", "fm", "name alarms, enabled"),
        ),
        (
            replace(COMPLETE, services=(e.FoundService("s0", "nfv", "other", enabled=True), *COMPLETE.services)),
            e.RemoveService("s0", "nfv"),
        ),
        (
            with_endpoints(lambda end: None),
            e.AddEndpoint("s-nfv", "nfv", "public", "RegionOne", "http://cloud.example:4545"),
        ),
        (
            with_endpoints(lambda end: replace(end, url="http://old:4545")),
            e.CorrectEndpoint("e-nfv-public", "nfv", "public", "http://cloud.example:4545", "http://old:4545"),
        ),
        (
            with_endpoints(lambda end: replace(end, enabled=False)),
            e.CorrectEndpoint("e-nfv-public", "nfv", "public", "http://cloud.example:4545", "disabled"),
        ),
        (with_more_endpoints(NFV), e.RemoveEndpoint("e2", "nfv", "public", "http://old")),
    ],
)
def test_one_thing_amiss_is_one_change(found: e.Entities, change: e.EntityChange) -> None:
    assert decide(found, CATALOG) == (change,)


@pytest.mark.parametrize(
    "found",
    [
        replace(COMPLETE, grants=COMPLETE.grants | {e.Grant("admin", "demo", "member")}),
        replace(COMPLETE, grants=COMPLETE.grants | {e.Grant("ann", "admin", "reader")}),
        replace(COMPLETE, services=(*COMPLETE.services, STRANGER)),
        with_more_endpoints(replace(NFV, region="RegionTwo")),
        with_more_endpoints(replace(NFV, service_id="s9")),
    ],
)
def test_what_the_platform_does_not_own_stays(found: e.Entities) -> None:
    assert decide(found, CATALOG) == ()


def test_users_come_through_the_public_address_and_hosts_through_the_internal_one() -> None:
    assert CATALOG.urls["platform", "public"] == "http://cloud.example:6385/v1"
    assert CATALOG.urls["platform", "internal"] == "http://192.0.2.2:6385/v1"
    assert CATALOG.urls["identity", "admin"] == "http://192.0.2.2:5000/v3"


def test_an_address_of_ipv6_is_bracketed() -> None:
    assert catalog(KeystoneSettings(listen="::1")).urls["nfv", "admin"] == "http://[::1]:4545"


@pytest.mark.parametrize(
    ("change", "request_"),
    [
        (e.AddRole("operator"), Request("POST", "/v3/roles", {"role": {"name": "operator"}})),
        (e.AddImplication("admin", "reader"), Request("PUT", "/v3/roles/r-admin/implies/r-reader")),
        (
            e.AddProject("services"),
            Request("POST", "/v3/projects", {"project": {"name": "services", "domain_id": "default"}}),
        ),
        (e.EnableProject("admin"), Request("PATCH", "/v3/projects/p-admin", {"project": {"enabled": True}})),
        (
            e.AddUser("vim"),
            Request("POST", "/v3/users", {"user": {"name": "vim", "domain_id": "default", "password": "vim-secret"}}),
        ),
        (
            e.CorrectUser("vim", "it is disabled"),
            Request("PATCH", "/v3/users/u-vim", {"user": {"enabled": True, "password": "vim-secret"}}),
        ),
        (
            e.AddGrant(e.Grant("vim", "services", "reader")),
            Request("PUT", "/v3/projects/p-services/users/u-vim/roles/r-reader"),
        ),
        (
            e.RemoveGrant(e.Grant("vim", "services", "reader")),
            Request("DELETE", "/v3/projects/p-services/users/u-vim/roles/r-reader"),
        ),
        (e.AddRegion("RegionOne"), Request("POST", "/v3/regions", {"region": {"id": "RegionOne"}})),
        (
            e.AddService("nfv", "vim"),
            Request("POST", "/v3/services", {"service": {"type": "nfv", "name": "vim"}}),
        ),
        (
            e.CorrectService("s1", "nfv", "vim", "other"),
            Request("PATCH", "/v3/services/s1", {"service": {"name": "vim", "enabled": True}}),
        ),
        (e.RemoveService("s1", "nfv"), Request("DELETE", "/v3/services/s1")),
        (
            e.AddEndpoint("s1", "nfv", "public", "RegionOne", "http://x"),
            Request(
                "POST",
                "/v3/endpoints",
                {
                    "endpoint": {
                        "service_id": "s1",
                        "interface": "public",
                        "region_id": "RegionOne",
                        "url": "http://x",
                    }
                },
            ),
        ),
        (
            e.CorrectEndpoint("e1", "nfv", "public", "http://x", "http://y"),
            Request("PATCH", "/v3/endpoints/e1", {"endpoint": {"url": "http://x", "enabled": True}}),
        ),
        (e.RemoveEndpoint("e1", "nfv", "public", "http://x"), Request("DELETE", "/v3/endpoints/e1")),
    ],
)
def test_a_change_is_one_request(change: e.EntityChange, request_: Request) -> None:
    assert request_for(change, COMPLETE, PASSWORDS) == request_


def test_a_request_does_not_print_its_password() -> None:
    assert "vim-secret" not in repr(request_for(e.AddUser("vim"), COMPLETE, PASSWORDS))
