"""Configuration's only door.

    a fact changes -> target of each host computed anew -> row + outbox, in the transaction of the change
                   -> the agent is asked to ask -> hieradata -> Puppet -> outcome -> row: applied, or why not

Targets are names of values (`hieradata.target`), so this can be repeated at any time: what is so is left alone. The
loop (`following`) repeats it after every change in the inventory, and finds hosts that did not come to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.configuration import hieradata
from sturnus.configuration.facts import PlatformFacts, Secrets, SiteFacts
from sturnus.configuration.gathering import host_facts, platform_facts
from sturnus.configuration.hieradata import HieraFile
from sturnus.configuration.ports import Admissions, NoAdmissions, SecretSource
from sturnus.core.clock import Clock
from sturnus.core.errors import Unavailable
from sturnus.inventory import changing
from sturnus.inventory.changing import no_such_host
from sturnus.store import configuration, events, hosts, outbox
from sturnus.store.configuration import ONLY, HostWithRole, OpenStackRow, Unapplied
from sturnus.store.database import Database
from sturnus.store.outbox import Topic

LONGEST_FAILURE = 2000

log = structlog.stdlib.get_logger(__name__)


class Presence(StrEnum):
    """What became of OpenStack."""

    INSTALLED = "installed"
    """Everything runs, and it was used as a user would."""
    REMOVED = "removed"
    """It is being taken out of the cluster: from now on nobody speaks to it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an agent gets."""

    target: str
    hostname: str
    files: tuple[HieraFile, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an agent says of a run."""

    target: str
    changed: int
    failures: tuple[tuple[str, str], ...]  # resource and reason; none: applied


class Configuration:
    """Methods raise the closed set of `core.errors` and nothing else."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        site: SiteFacts,
        secrets: SecretSource,
        admissions: Admissions | None = None,  # None: nodes are made by others
    ) -> None:
        self._database = database
        self._clock = clock
        self._site = site
        self._secrets = secrets
        self._admissions = admissions or NoAdmissions()

    # ── the switch ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def openstack_changed(self, session: AsyncSession, application: str, presence: Presence) -> None:
        """Flip the fact, set the hosts' targets and write the outbox: all in the caller's transaction. Calls nobody.

        Doing it again changes nothing.
        """
        row = await configuration.openstack(session)
        match presence:
            case Presence.INSTALLED if row is None:
                session.add(OpenStackRow(id=ONLY, application=application, since=self._clock.now()))
            case Presence.INSTALLED if row is not None:
                row.application = application
            case Presence.REMOVED if row is not None and row.application == application:
                await session.delete(row)
        await session.flush()
        await self.retarget(session)

    async def openstack_installed(self, session: AsyncSession, application: str) -> None:
        """The application engine's hook `installed`."""
        await self.openstack_changed(session, application, Presence.INSTALLED)

    async def openstack_removing(self, session: AsyncSession, application: str) -> None:
        """The application engine's hook `removing`."""
        await self.openstack_changed(session, application, Presence.REMOVED)

    # ── targets ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def retarget(self, session: AsyncSession) -> None:
        """Compute what every host has to be; write, and tell of, those that have to be something else than before."""
        rows = await configuration.hosts_with_roles(session)
        facts = await platform_facts(session, self._site, rows)
        if facts is None:
            return
        moved = self._moved(facts, rows)
        for host, target in moved:
            await configuration.set_target(session, host.id, target)
            outbox.enqueue(session, Topic.CONFIGURATION, host.uuid, {"hostname": host.hostname}, self._clock.now())
        for row in await hosts.with_uuids(session, [host.uuid for host, _ in moved]):
            await events.append(session, "host.changed", row.uuid, changing.summary(row), self._clock.now())

    async def has_moved(self) -> bool:
        """Whether `retarget` would write anything: looks only, so it may be asked often."""
        async with self._database.read() as session:
            rows = await configuration.hosts_with_roles(session)
            facts = await platform_facts(session, self._site, rows)
            return facts is not None and bool(self._moved(facts, rows))

    async def follow(self) -> None:
        """Write whatever has moved."""
        if await self.has_moved():
            async with self._database.write() as session:
                await self.retarget(session)

    async def unapplied(self) -> list[Unapplied]:
        """Hosts that are not what they have to be."""
        async with self._database.read() as session:
            return await configuration.unapplied(session)

    # ── agents ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def wanted(self, host: str) -> str | None:
        """The target that a host has not reached; None: it has nothing to do."""
        async with self._database.read() as session:
            row = await hosts.find(session, host)
        return None if row is None or row.config_target == row.config_applied else row.config_target

    async def delivery(self, host: str) -> Delivery | None:
        """What a host needs to become what it has to be; None: it has no role yet.

        Unavailable: a secret cannot be had now. Half a configuration is none.
        """
        async with self._database.read() as session:
            if await hosts.find(session, host) is None:
                raise no_such_host(host)
            rows = await configuration.hosts_with_roles(session)
            facts = await platform_facts(session, self._site, rows)
        row = next((each for each in rows if each.uuid == host), None)
        if facts is None or row is None:
            return None
        wanted = host_facts(row, self._site)
        secrets = await self._secrets_for(facts) if wanted.is_controller else Secrets()
        if wanted.joins:
            secrets = replace(secrets, admission=await self._admissions.admission(host, wanted.hostname))
        files = (*hieradata.public_files(facts, wanted), *hieradata.secure_files(facts, wanted, secrets))
        return Delivery(hieradata.target(facts, wanted), wanted.hostname, files)

    async def attempted(self, host: str, attempt: Attempt) -> None:
        """Write down what came of a run. One that was overtaken by another target says nothing about that one."""
        failure = "; ".join(f"{resource}: {reason}" for resource, reason in attempt.failures)[:LONGEST_FAILURE]
        async with self._database.write() as session:
            row = await hosts.lock(session, host)
            if row is None:
                return
            if failure and row.config_target != attempt.target:
                return
            await configuration.set_outcome(session, row.id, None if failure else attempt.target, failure or None)
            await events.append(session, "host.changed", row.uuid, changing.summary(row), self._clock.now())
        log.info("configuration", host=host, target=attempt.target, changed=attempt.changed, failure=failure or None)

    def _moved(self, facts: PlatformFacts, rows: Sequence[HostWithRole]) -> list[tuple[HostWithRole, str]]:
        targets = ((row, hieradata.target(facts, host_facts(row, self._site))) for row in rows)
        return [(row, target) for row, target in targets if target != row.config_target]

    async def _secrets_for(self, facts: PlatformFacts) -> Secrets:
        if facts.openstack is None:
            return Secrets()
        password = await self._secrets.openstack_admin_password()
        if password is None:
            raise Unavailable(
                "the password of OpenStack's administrator is not in the cluster",
                expected="Secret openstack/openstack-passwords with the key keystone-admin",
                remedy="system application-install openstack makes it again",
            )
        return Secrets(password)
