"""The inventory's only door: what other services, the API and the loops may ask of it.

Every change is one transaction: the rows, the revision, the event and the notices to others commit together. Nobody
else is called inside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sturnus.core.states import POWER_ACTIONS, GuestServices, HostAction, ServicesReport
from sturnus.inventory import (
    acting,
    adopting,
    agents,
    changing,
    failures,
    guest_services,
    labelling,
    membership,
    systems,
)  # fmt: skip
from sturnus.inventory.acting import Report
from sturnus.inventory.adopting import Adopted
from sturnus.inventory.adoption import FoundNode
from sturnus.inventory.agents import Order, SignOfLife, Speaker
from sturnus.inventory.announcement import Announcement
from sturnus.inventory.changing import Ground
from sturnus.inventory.guest_services import Guests
from sturnus.inventory.hearing import AgreedSession, Wish
from sturnus.inventory.host import LISTED, Host, Label, ListedHost, System, from_columns, from_row
from sturnus.inventory.host_parts import HostParts, parts_of
from sturnus.inventory.label_checks import Existing
from sturnus.inventory.lifecycle import Outcome
from sturnus.inventory.networking.service import Networking
from sturnus.inventory.parameters.service import Parameters
from sturnus.inventory.ports import HostActions, VimNotices
from sturnus.inventory.processors.service import Processors
from sturnus.inventory.sightings import Shown, Sightings
from sturnus.inventory.witnesses import Evidence
from sturnus.store import agents as agent_rows
from sturnus.store import events, hosts, labels, outbox
from sturnus.store import failures as failure_rows
from sturnus.store.events import Event
from sturnus.store.hosts import Page
from sturnus.store.outbox import Lag, Notice

__all__ = [
    "Adopted", "Announcement", "Existing", "FoundNode", "Ground", "Guests", "HostAction", "Inventory", "Page", "Report",
    "SignOfLife", "Speaker",
]  # fmt: skip

ALL = Page()
MOST_WAITING = 1000
"""Notices that are listed at once."""


@dataclass(frozen=True, slots=True)
class LifeAnswer:
    """What an agent hears when it has given a sign of life."""

    announce: bool  # the announcement is wanted
    heartbeats_arrive: bool  # where they do not, only such signs are heard
    has_orders: bool


@dataclass(frozen=True, slots=True)
class WitnessReport:
    """What is known of a host's life."""

    host: Host
    evidence: Evidence | None  # None: no agent speaks for it, so nobody is asked
    last_request: datetime | None  # that its agent signed
    shown: Shown | None
    since: datetime | None  # when it was missed; None: it is present
    is_safely_down: bool
    action_waits_for: str | None


class Inventory:
    """Hosts, labels and the system. Methods raise the closed set of `core.errors` and nothing else.

    `reference` is a host's number, uuid or name. `revision` is the one that the caller decided from (Stale if it is not
    the stored one any more); None: whatever there is.
    """

    def __init__(self, ground: Ground, sightings: Sightings) -> None:
        self._ground = ground
        self._database = ground.database
        self._sightings = sightings
        self.networking = Networking(ground)
        """Networks and interfaces: a door of their own."""
        self.processors = Processors(ground)
        """Processors, memory and devices: another one."""
        self.parameters = Parameters(ground)
        """Service parameters: the third."""

    @property
    def active_controller(self) -> str:
        """Hostname of the host that this process runs on."""
        return self._ground.active_controller

    # ── the system ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def system(self) -> System:
        """The system as it is."""
        async with self._database.read() as session:
            return await systems.the_system(session)

    async def update_system(self, uuid: str, changes: Mapping[str, object], revision: int | None) -> System:
        """Change the system's name, description, location, contact or time zone."""
        return await systems.update(self._ground, uuid, changes, revision)

    # ── hosts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def hosts(self, page: Page = ALL) -> list[ListedHost]:
        """Hosts in the order of their numbers: one query, however many there are."""
        async with self._database.read() as session:
            return [from_columns(columns) for columns in await hosts.page(session, page, LISTED)]

    async def host(self, reference: str) -> Host:
        """One host."""
        async with self._database.read() as session:
            row = await hosts.find(session, reference)
        if row is None:
            raise changing.no_such_host(reference)
        return from_row(row)

    async def parts(self, uuids: Collection[str]) -> list[HostParts]:
        """What these hosts are made of and connected to. Whatever changes of it, the host's revision grows."""
        async with self._database.read() as session:
            return await parts_of(session, uuids)

    async def add_host(self, fields: Mapping[str, object]) -> Host:
        """Add a host. Refused by `ADD_CHECKS`."""
        return await membership.add(self._ground, fields)

    async def update_host(self, reference: str, fields: Mapping[str, object], revision: int | None) -> Host:
        """Change fields of a host. Refused by `UPDATE_CHECKS`."""
        return await membership.update(self._ground, reference, fields, revision)

    async def delete_host(self, reference: str, revision: int | None) -> None:
        """Delete a host. Refused by `DELETE_CHECKS`."""
        await membership.delete(self._ground, reference, revision)

    async def request_action(self, reference: str, action: HostAction, revision: int | None) -> Host:
        """Ask something of a host: stored, and done afterwards. Refused by the action's own list of checks."""
        return await acting.request(self._ground, reference, action, revision)

    async def refusals(self, reference: str, action: HostAction) -> Sequence[str]:
        """Why `request_action` would refuse this now, all reasons; none: it would not. Changes nothing."""
        return await acting.refusals(self._ground, reference, action)

    async def action_finished(self, uuid: str, action: HostAction, outcome: Outcome) -> None:
        """Whoever carried out an action says how it ended."""
        await acting.finish(self._ground, uuid, action, outcome)

    async def report_host(self, reference: str, report: Report) -> Host:
        """Something was heard of a host."""
        return await acting.report(self._ground, reference, report)

    async def carry_out(self, notice: Notice, actions: HostActions) -> None:
        """Handle a notice to the VIM: have the action that waits on its host carried out, write down how it ended."""
        async with self._database.read() as session:
            row = await hosts.find(session, notice.subject)
        host = None if row is None else from_row(row)
        if host is None or host.ihost_action is None or host.ihost_action in POWER_ACTIONS:
            return  # nothing to do, or nothing that the VIM does: `power_actions` sees it in the row
        outcome = await actions.carry_out(host, host.ihost_action)
        await self.action_finished(host.uuid, host.ihost_action, outcome)

    async def vim_reports(self, reference: str, said: ServicesReport, reason: str | None) -> Host:
        """The VIM says how an action goes."""
        return await acting.vim_reports(self._ground, reference, said, reason)

    async def tell(self, notice: Notice, vim: VimNotices) -> None:
        """Handle a notice to the VIM: tell it where to look, and what is asked of the host now."""
        async with self._database.read() as session:
            row = await hosts.find(session, notice.subject)
        if row is None:
            await vim.host_gone(notice.subject, notice.payload.get("hostname"))
            return
        host = from_row(row)
        if (ended := acting.nobodys(host)) is not None:
            await self.action_finished(host.uuid, *ended)
            host = await self.host(host.uuid)
        await vim.host_changed(host)

    async def preview_adoption(self, nodes: Sequence[FoundNode]) -> list[Adopted]:
        """What would become of nodes of a cluster."""
        return await adopting.preview(self._ground, nodes)

    async def adopt_node(self, node: FoundNode) -> Adopted:
        """Take a node of a cluster over, with the labels that mean something to the platform."""
        return await adopting.adopt(self._ground, node)

    # ── agents ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def agent_key(self, key_id: str) -> bytes | None:
        """The public key of this name; None: it speaks for no host."""
        return await agents.public_key(self._ground, key_id)

    async def enrol_agent(self, key: bytes, stamp: int, announced: Announcement) -> Host:
        """Bind a key to the host that it speaks for. Conflict if that host, or its address, is somebody else's."""
        host = await agents.enrol(self._ground, key, stamp, announced)
        self._sightings.hearing.heard(host.uuid)
        return host

    async def agent_lives(self, speaker: Speaker, life: SignOfLife) -> LifeAnswer:
        """A sign of life. Heartbeats are the usual way; this is what is kept when the process ends."""
        lived = await agents.sign_of_life(self._ground, speaker, life)
        hearing = self._sightings.hearing
        arrive = hearing.heartbeats_arrive(lived.host)
        hearing.heard(lived.host)
        self._wish_guests(lived.host, differ=lived.guests_differ)
        return LifeAnswer(lived.announce, arrive, hearing.is_wanted(lived.host))

    async def agent_agrees(self, speaker: Speaker, public_key: bytes) -> AgreedSession:
        """Agree on a session for heartbeats, in place of the one before."""
        host = await agents.speaks(self._ground, speaker)
        return self._sightings.hearing.agree(host, public_key)

    async def agent_speaks(self, speaker: Speaker) -> str:
        """An agent wants something that changes no host: the uuid of its own. Its request is good once."""
        return await agents.speaks(self._ground, speaker)

    async def agent_orders(self, speaker: Speaker, boot: str | None) -> tuple[str, list[Order]]:
        """The uuid of the host, and what its agent shall do; the same again until its effect was seen."""
        return await agents.orders(self._ground, speaker, boot)

    async def guests(self, reference: str) -> Guests:
        """The guest service of a host's agent."""
        return await guest_services.of_host(self._ground, reference)

    async def want_guests(self, reference: str, wanted: GuestServices) -> Guests:
        """The VIM wants a host's guest service to be so. Its agent is told as soon as it is heard."""
        found = await guest_services.want(self._ground, reference, wanted)
        self._wish_guests(found.host, differ=found.has_agent and not found.is_reached)
        return found

    def _wish_guests(self, host: str, *, differ: bool) -> None:
        hearing = self._sightings.hearing
        if differ:
            hearing.want(host, Wish.GUESTS)
        else:
            hearing.want_no_more(host, Wish.GUESTS)

    async def agent_announces(self, speaker: Speaker, announced: Announcement, digest: str) -> Host:
        """What a host is made of, in its own words."""
        return await agents.announce(self._ground, speaker, announced, digest)

    # ── failures ────────────────────────────────────────────────────────────────────────────────────────────────────

    def shown(self, uuid: str) -> Shown | None:
        """What was decided last about a host from what its witnesses say; None: it has no agent, or we just began."""
        return self._sightings.shown.get(uuid)

    async def witnesses(self, reference: str) -> WitnessReport:
        """What each witness says of a host, and what follows."""
        async with self._database.read() as session:
            row = await hosts.find(session, reference)
            if row is None:
                raise changing.no_such_host(reference)
            failure = await failure_rows.find(session, row.id)
            seen = await agent_rows.last_seen(session, row.id)
        host = from_row(row)
        return WitnessReport(
            host=host,
            evidence=None if seen is None else self._sightings.evidence(host.uuid, host.hostname),
            last_request=seen,
            shown=self.shown(host.uuid),
            since=None if failure is None else failure.since,
            is_safely_down=failures.is_safely_down(host, failures.stored_in(failure)),
            action_waits_for=self._sightings.waits_for.get(host.uuid),
        )

    async def is_safely_down(self, reference: str) -> bool:
        """Whether nothing of a host can run: only then may what ran there run elsewhere. The VIM asks."""
        return (await self.witnesses(reference)).is_safely_down

    # ── labels ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def labels(self, page: Page = ALL) -> list[Label]:
        """Labels of all hosts, in the order in which they were assigned."""
        async with self._database.read() as session:
            return [Label(*columns) for columns in await labels.page(session, page)]

    async def labels_of(self, reference: str) -> list[Label]:
        """Labels of one host, by key."""
        async with self._database.read() as session:
            row = await hosts.find(session, reference)
            if row is None:
                raise changing.no_such_host(reference)
            return [labelling.label_of(label, row.uuid) for label in await labels.of_host(session, row.id)]

    async def label(self, uuid: str) -> Label:
        """One label."""
        async with self._database.read() as session:
            found = await labels.find(session, uuid)
        if found is None:
            raise labelling.no_such_label(uuid)
        return labelling.label_of(*found)

    async def assign_labels(
        self, reference: str, wanted: Mapping[str, str | None], existing: Existing, revision: int | None
    ) -> list[Label]:
        """Assign labels, all or none; None means `enabled`. Refused by `LABEL_CHECKS`."""
        return await labelling.assign(self._ground, reference, wanted, existing, revision)

    async def remove_label(self, uuid: str, revision: int | None) -> None:
        """Remove one label. Refused by `LABEL_REMOVAL_CHECKS`."""
        await labelling.remove(self._ground, uuid, revision)

    async def wanted_on_node(self, hostname: str) -> Mapping[str, str]:
        """The labels of the host with this name; none if there is no such host."""
        async with self._database.read() as session:
            return await labels.of_node(session, hostname)

    # ── what happened, and what waits ───────────────────────────────────────────────────────────────────────────────

    async def events_after(self, last: int, limit: int) -> list[Event]:
        """What happened after the event with this number."""
        async with self._database.read() as session:
            return await events.after(session, last, limit)

    async def newest_event(self) -> int:
        """The number of the latest event."""
        async with self._database.read() as session:
            return await events.newest(session)

    async def waiting(self) -> list[Notice]:
        """Notices that have not arrived yet, oldest first, each with why."""
        async with self._database.read() as session:
            return await outbox.waiting(session, MOST_WAITING)

    async def lag(self) -> list[Lag]:
        """How far each receiver of notices is behind."""
        async with self._database.read() as session:
            return await outbox.lag(session)
