"""Uses OpenStack as a user would, once all pods are ready: a token, an image, a network, a server that is ACTIVE.

Everything is made in a project of its own and taken away again. Its names are fixed, so what an attempt left that was
cut off is found and taken away by the next one. The server's disk is a mebibyte of zeros: the machine starts, finds
nothing to boot, and runs; what is tested is that OpenStack places, wires and starts it. (Whether guests of real systems
speak TCP is the tests' matter, not that of each installation.)
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

import structlog

from sturnus.cloud.session import GLANCE, KEYSTONE, NEUTRON, NOVA, Login, Services, Session, administrator, session
from sturnus.core.errors import Conflict, Invalid, SturnusError, Unavailable
from sturnus.kubernetes.service_proxy import Address
from sturnus.openstack.check_leftovers import NAME, PAUSE, clear_away, gone
from sturnus.openstack.passwords import NewPassword

DEADLINE: Final = timedelta(seconds=300)
CLEARING: Final = timedelta(seconds=30)
NEEDED: Final = ("identity", "image", "placement", "compute", "network")
"""Types of services that a token has to list."""
DISK: Final = bytes(1024 * 1024)

log = structlog.stdlib.get_logger(__name__)


class Step(StrEnum):
    """What the check does at the moment, as the operator reads it."""

    KEYSTONE = "get a token from Keystone"
    USER = "make a user and a project"
    HOSTS = "find a compute host that is up"
    IMAGE = "upload an image"
    NETWORK = "make a network and a subnet"
    SERVER = "start a server"
    AWAY = "take the server away"


class NotUsable(Exception):
    """The cloud answers, and does not do what a user wants of it."""


@dataclass(slots=True)
class Verification:
    """One check. `password` is that of the administrator of the Keystone in the pods."""

    services: Services
    password: str
    region: str
    new_password: NewPassword  # for the user that it makes
    step: Step = Step.KEYSTONE
    last: str = ""  # what kept it from going on when it was looked at last, in parentheses

    async def problem(self, deadline: timedelta = DEADLINE) -> str | None:
        """Why a user could not use it, with the step at which that showed; None: he can.

        Services that do not answer yet are asked again until the deadline: a Service follows its pods with a delay.
        """
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                return await self._persistently()
        except TimeoutError:
            return f"{self._doing}: not done within {deadline.total_seconds():.0f} s{self.last}"

    @property
    def _doing(self) -> str:
        return f"cannot {self.step.value}"

    async def _persistently(self) -> str | None:
        while True:
            try:
                await self._use()
            except (Unavailable, Conflict, Invalid) as error:
                self.last = f" ({error.message})"
                log.info("openstack not usable yet", step=self.step.name, reason=error.message)
                await asyncio.sleep(PAUSE * 3)
            except (NotUsable, SturnusError) as error:
                return f"{self._doing}: {error}"
            else:
                return None

    async def _use(self) -> None:
        self.step = Step.KEYSTONE
        admin = await session(self.services, administrator(self.password))
        _refuse_if_incomplete(admin, self.region)
        await clear_away(admin)
        try:
            await self._as_user(admin)
        finally:
            await _leave_nothing(admin)  # also when it failed or was cut off

    async def _as_user(self, admin: Session) -> None:
        self.step = Step.HOSTS
        await self._compute_hosts(admin)
        self.step = Step.USER
        user = await self._user(admin)
        flavor = await _made(admin, NOVA, "/v2.1/flavors", "flavor", {"ram": 64, "vcpus": 1, "disk": 1})
        self.step = Step.IMAGE
        image = await self._image(user)
        self.step = Step.NETWORK
        network = await _made(user, NEUTRON, "/v2.0/networks", "network", {})
        subnet = {"network_id": network["id"], "ip_version": 4, "cidr": "192.0.2.0/28", "gateway_ip": None}
        await _made(user, NEUTRON, "/v2.0/subnets", "subnet", subnet)
        self.step = Step.SERVER
        wanted = {"imageRef": image["id"], "flavorRef": flavor["id"], "networks": [{"uuid": network["id"]}]}
        server = await _made(user, NOVA, "/v2.1/servers", "server", wanted)
        await _active(user, server["id"])
        self.step = Step.AWAY
        await gone(user, server["id"])

    async def _compute_hosts(self, admin: Session) -> None:
        """Wait for them: nova-compute is ready a moment before the scheduler hears of it, and before a cell has it."""
        while True:
            services = (await admin.get(NOVA, "/v2.1/os-services?binary=nova-compute"))["services"]
            mapped = (await admin.get(NOVA, "/v2.1/os-hypervisors/detail"))["hypervisors"]
            hosts = {each["service"]["host"]: f"{each['status']} and {each['state']}" for each in mapped}
            # Nova's list of hypervisors leaves out those without a cell; the scheduler does not.
            homeless = {
                each["host"]: "up and in no cell yet"
                for each in services
                if (each["status"], each["state"]) == ("enabled", "up") and each["host"] not in hosts
            }
            if "enabled and up" in hosts.values() and not homeless:
                return
            shown = ", ".join(f"{name} is {state}" for name, state in sorted({**hosts, **homeless}.items()))
            self.last = f" (compute hosts: {shown or 'none'})"
            await asyncio.sleep(PAUSE)

    async def _user(self, admin: Session) -> Session:
        password = self.new_password()
        domain = {"domain_id": "default"}
        project = await _made(admin, KEYSTONE, "/v3/projects", "project", domain)
        user = await _made(admin, KEYSTONE, "/v3/users", "user", {**domain, "password": password})
        roles = (await admin.get(KEYSTONE, "/v3/roles?name=member"))["roles"]
        if not roles:
            raise NotUsable("Keystone has no role `member`: keystone-manage bootstrap did not run")
        role = f"/v3/projects/{project['id']}/users/{user['id']}/roles/{roles[0]['id']}"
        await admin.send("PUT", KEYSTONE, role)
        return await session(self.services, Login(NAME, password, NAME))

    async def _image(self, user: Session) -> dict[str, Any]:
        body = {"name": NAME, "disk_format": "raw", "container_format": "bare"}
        image: dict[str, Any] = await user.post(GLANCE, "/v2/images", body)
        kind = {"Content-Type": "application/octet-stream"}
        await user.send("PUT", GLANCE, f"/v2/images/{image['id']}/file", DISK, kind)
        return image


async def _leave_nothing(admin: Session) -> None:
    """Clear away; what cannot be taken away now, the next check finds."""
    try:
        async with asyncio.timeout(CLEARING.total_seconds()):
            await clear_away(admin)
    except (SturnusError, TimeoutError) as error:
        log.warning("what a check made is still there", reason=str(error))


async def _made(by: Session, where: Address, path: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = (await by.post(where, path, {kind: {"name": NAME, **body}}))[kind]
    return made


async def _active(user: Session, server: str) -> None:
    while True:
        found = (await user.get(NOVA, f"/v2.1/servers/{server}"))["server"]
        if found["status"] == "ACTIVE":
            return
        if found["status"] == "ERROR":
            why = (found.get("fault") or {}).get("message", "Nova does not say why")
            raise NotUsable(f"the server is in status ERROR: {why}")
        await asyncio.sleep(PAUSE)


def _refuse_if_incomplete(admin: Session, region: str) -> None:
    kinds = {kind for kind, where in admin.catalogue if where == region}
    lacking = [kind for kind in NEEDED if kind not in kinds]
    if lacking:
        raise NotUsable(f"Keystone's catalogue has no {', '.join(lacking)} in region {region}")
