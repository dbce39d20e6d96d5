"""As much of OpenStack as a check of it meets, in memory. Each kind of thing is kept by its id."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sturnus.core.errors import NotFound, Unavailable
from sturnus.kubernetes.service_proxy import Address, Answer

KINDS = {
    "/v3/projects": "project",
    "/v3/users": "user",
    "/v2.1/flavors": "flavor",
    "/v2.1/servers": "server",
    "/v2.0/networks": "network",
    "/v2.0/subnets": "subnet",
    "/v2.0/ports": "port",
    "/v2/images": "image",
}
SERVICES = ("identity", "image", "placement", "compute", "network")


@dataclass
class ScriptedCloud:
    """Answers as OpenStack does when all is well; a test says what is not."""

    things: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in KINDS.values()})
    password: str = "right"
    catalogue: tuple[str, ...] = SERVICES
    hypervisors: list[dict[str, Any]] = field(default_factory=lambda: [hypervisor("compute-0")])
    homeless: tuple[str, ...] = ()  # hosts that are up and that no cell has yet
    becomes: str = "ACTIVE"  # what a new server becomes
    silent: dict[str, int] = field(default_factory=dict)  # Service → requests that it does not answer yet
    absent: frozenset[str] = frozenset()  # Services that are not there
    asked: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)

    async def ask(self, method: str, to: Address, path: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        self.asked.append(f"{method} {to.service} {path}")
        if to.service in self.absent:
            raise NotFound(f"there is no Service {to.service}", expected="", remedy="")
        if self.silent.get(to.service, 0) > 0:
            self.silent[to.service] -= 1
            raise Unavailable(f"{to.service} does not answer: no endpoints available", expected="", remedy="")
        if path == "/v3/auth/tokens":
            return self._token(body)
        assert headers["X-Auth-Token"]
        status, answer = self._answer(method, path, headers["X-Auth-Token"], body)
        return Answer(status, {}, answer)

    def named(self) -> list[str]:
        """All that is there, whatever it is."""
        return [each["name"] for kind in self.things.values() for each in kind.values()]

    def _token(self, body: Any) -> Answer:
        user = body["auth"]["identity"]["password"]["user"]
        known = {"admin": self.password} | {each["name"]: each["password"] for each in self.things["user"].values()}
        if known.get(user["name"]) != user["password"]:
            return Answer(401, {}, {"error": {"message": "The request you have made requires authentication."}})
        project = body["auth"]["scope"]["project"]["name"]
        ids = [key for key, each in self.things["project"].items() if each["name"] == project] or ["admins"]
        catalogue = [
            {"type": kind, "endpoints": [{"interface": "public", "region_id": "RegionOne"}]} for kind in self.catalogue
        ]
        token = {"user": {"id": user["name"]}, "project": {"id": ids[0]}, "catalog": catalogue}
        return Answer(201, {"x-subject-token": f"of {ids[0]}"}, {"token": token})

    def _answer(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:
        place = urlsplit(path)
        if place.path == "/v2.1/os-hypervisors/detail":
            return 200, {"hypervisors": self.hypervisors}
        if place.path == "/v2.1/os-services":
            known = [{"host": each["hypervisor_hostname"], **each} for each in self.hypervisors]
            new = [{"host": name, "status": "enabled", "state": "up"} for name in self.homeless]
            return 200, {"services": known + new}
        if place.path == "/v3/roles":
            return 200, {"roles": [{"id": "member"}]}
        if "/roles/" in place.path or place.path.endswith("/file"):
            return 204, None
        collection, _, number = place.path.rpartition("/") if place.path not in KINDS else (place.path, "", "")
        kind = KINDS[collection]
        if method == "POST":
            return 201, self._made(kind, token, body)
        return self._one(kind, number, method) if number else (200, self._listed(kind, parse_qs(place.query)))

    def _one(self, kind: str, number: str, method: str) -> tuple[int, Any]:
        if number not in self.things[kind]:
            return 404, {"itemNotFound": {"message": f"{kind} could not be found"}}
        if method != "DELETE":
            return 200, {kind: self.things[kind][number]}
        del self.things[kind][number]
        if kind == "network":  # its subnets go with it
            subnets = self.things["subnet"].items()
            self.things["subnet"] = {key: each for key, each in subnets if each["network_id"] != number}
        return 204, None

    def _made(self, kind: str, token: str, body: Any) -> dict[str, Any]:
        number = f"{kind}{next(self.numbers)}"
        thing = {**body.get(kind, body), "id": number, "owner": token.removeprefix("of "), "status": self.becomes}
        if self.becomes == "ERROR":
            thing["fault"] = {"message": "No valid host was found."}
        self.things[kind][number] = thing
        return {kind: thing} if kind in body else thing

    def _listed(self, kind: str, query: Mapping[str, list[str]]) -> dict[str, Any]:
        owner = query.get("project_id") or query.get("owner")
        name = query.get("name")
        found = [
            each
            for each in self.things[kind].values()
            if (owner is None or each["owner"] == owner[0]) and (name is None or each["name"] == name[0])
        ]
        return {f"{kind}s": found}


def hypervisor(name: str, status: str = "enabled", state: str = "up") -> dict[str, Any]:
    return {"hypervisor_hostname": name, "service": {"host": name}, "status": status, "state": state}
