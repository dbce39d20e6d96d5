"""The process `sturnus serve inventory`: its parts, put together once, and its loops."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import uvicorn

from sturnus.api.agent_signature import EnrolmentFile
from sturnus.api.app import Parts, create_app
from sturnus.api.application_parts import ApplicationParts, application_parts
from sturnus.api.authentication import Authenticator
from sturnus.api.event_stream import Bell
from sturnus.api.heartbeat_listener import HeartbeatListener, heartbeat_socket
from sturnus.api.serving import Loop, certificate_from, refuse_old_tables, serve_beside, server_config, service_calls
from sturnus.configuration.cluster_admissions import admissions_from
from sturnus.configuration.following import Following
from sturnus.configuration.gathering import site_from
from sturnus.configuration.ports import NoSecrets
from sturnus.configuration.service import Configuration
from sturnus.core.clock import SystemClock, random_id
from sturnus.core.errors import NotFound, Unavailable
from sturnus.core.followed import Followed
from sturnus.core.settings import Settings
from sturnus.core.states import Verdict
from sturnus.core.vault import Vault
from sturnus.faults.service import FaultManagement
from sturnus.faults.watching import AlarmWatch, Site
from sturnus.identity import openstack_login
from sturnus.identity.openstack_login import InventoryLogin
from sturnus.identity.policy import Policy
from sturnus.inventory import systems, vim_client
from sturnus.inventory.changing import Ground
from sturnus.inventory.departures import Departures
from sturnus.inventory.direct_actions import DirectActions
from sturnus.inventory.failure_watch import FailureWatch
from sturnus.inventory.fencing import Fence
from sturnus.inventory.hearing import Hearing
from sturnus.inventory.lease_watch import LeaseBoard, LeaseWatch
from sturnus.inventory.news import News
from sturnus.inventory.node_sync import NodeSync, WantedLabels
from sturnus.inventory.ports import VimNotices
from sturnus.inventory.power_actions import PowerActions
from sturnus.inventory.service import Inventory
from sturnus.inventory.sightings import Sightings
from sturnus.inventory.vim_client import VimClient
from sturnus.kubernetes.joined_nodes import ClusterJoinedNodes
from sturnus.kubernetes.leases import ClusterLeases
from sturnus.kubernetes.nodes import ClusterNodes
from sturnus.redfish.client import RedfishPower
from sturnus.store.database import Database
from sturnus.store.dispatcher import Dispatcher, Handler
from sturnus.store.outbox import Notice, Topic


@dataclass(frozen=True, slots=True)
class Cluster:
    """The Kubernetes cluster, as far as the inventory looks at it."""

    nodes: ClusterNodes
    leases: ClusterLeases


@dataclass(frozen=True, slots=True)
class Loops:
    """What runs beside the API."""

    dispatcher: Dispatcher
    heartbeats: HeartbeatListener
    failures: FailureWatch
    power: PowerActions
    configuration: Following
    openstack_keystone: Followed[InventoryLogin]
    node_sync: NodeSync | None  # None: no cluster is set
    applications: ApplicationParts | None  # None: none are installed from here
    leases: LeaseWatch | None
    alarms: AlarmWatch

    def by_name(self) -> Mapping[str, Loop]:
        """Those that run here."""
        loops: dict[str, Loop] = {
            "dispatcher": self.dispatcher.run,
            "heartbeats": self.heartbeats.run,
            "failures": self.failures.run,
            "power": self.power.run,
            "configuration": self.configuration.run,
            "alarms": self.alarms.run,
        }
        if self.node_sync is not None:
            loops["node sync"] = self.node_sync.run
        if self.applications is not None:
            loops["applications"] = self.applications.run
            loops["re-apply"] = self.applications.reapplying.run
        if self.node_sync is not None and self.applications is not None:
            loops["host classes"] = partial(self.applications.class_labels.run, self.node_sync.sync)
        if self.leases is not None:
            loops["leases"] = self.leases.run
        return loops

    def last_look(self) -> datetime | None:
        """When the outbox was last read."""
        return self.dispatcher.last_look

    def nodes_wait_for(self) -> str | None:
        """Why nodes are not followed; None while they are."""
        return "no kubeconfig is set" if self.node_sync is None else self.node_sync.waits_for

    def openstack(self) -> str:
        """Where OpenStack is reached, in words."""
        try:
            login = self.openstack_keystone.value().login
        except Unavailable as error:
            return error.message
        return "not installed" if login is None else login.auth_url


def vim_from(settings: Settings) -> VimClient | None:
    """The VIM that is told of hosts; None: there is none."""
    if settings.vim_url is None:
        return None
    return VimClient(service_calls(settings, "the VIM", settings.vim_url, vim_client.USER_AGENT))


async def serve_inventory(settings: Settings, authenticator: Authenticator) -> None:
    """Serve until told to stop. Raises the closed set when it cannot start."""
    database = Database(settings.database_url)
    cluster = None
    try:
        if settings.kubeconfig is not None:
            cluster = Cluster(
                ClusterNodes.from_kubeconfig(settings.kubeconfig), ClusterLeases.from_kubeconfig(settings.kubeconfig)
            )
        await refuse_old_tables(database)
        await _serve(settings, authenticator, database, cluster)
    finally:
        await database.close()
        if cluster is not None:
            await cluster.nodes.close()
            await cluster.leases.close()


async def _serve(settings: Settings, authenticator: Authenticator, database: Database, cluster: Cluster | None) -> None:
    clock, bell = SystemClock(), Bell()
    ground = Ground(database, clock, random_id, settings.hostname, Vault(settings.secrets_key_file))
    await systems.ensure(ground, settings)
    board, hearing = LeaseBoard(time.monotonic), Hearing(time.monotonic)
    if cluster is None:
        board.nobody_watches("no kubeconfig is set")
    sightings = Sightings(hearing, board, settings.agent_silence)
    inventory = Inventory(ground, sightings)
    await inventory.networking.prepare()
    parts = application_parts(settings, database, clock, random_id, inventory)
    departures = departures_from(settings, inventory)
    others = None if departures is None else departures.seen
    node_sync = None if cluster is None else NodeSync(cluster.nodes, wanted_labels(inventory, parts), others)
    leases = None if cluster is None else LeaseWatch(cluster.leases, board)
    power = RedfishPower(settings.bmc_ca_file)
    fence = Fence(ground, power, hearing)
    heartbeats = heartbeat_socket(settings)
    certificate = await asyncio.to_thread(certificate_from, settings)
    if parts is None:
        configuration = Configuration(database, clock, site_from(settings), NoSecrets(), admissions_from(settings))
    else:
        configuration = parts.configuration
    following = Following(configuration, hearing, time.monotonic, News(inventory).is_there)
    vim = vim_from(settings)
    receivers = handlers(inventory, node_sync, fence, vim, departures)
    delivered = {**receivers, Topic.CONFIGURATION: following.deliver}
    site = alarm_site(settings, frozenset(delivered), sightings)
    alarms = AlarmWatch(FaultManagement(database, clock, random_id), site, time.monotonic, News(inventory).is_there)
    loops = Loops(
        alarms=alarms,
        dispatcher=Dispatcher(database, delivered, clock),
        configuration=following,
        openstack_keystone=openstack_login.followed(settings.openstack_keystone_file),
        heartbeats=HeartbeatListener(heartbeats, hearing),
        failures=FailureWatch(ground, sightings, leases, settings.failure_share),
        power=PowerActions(ground, power, sightings),
        node_sync=node_sync,
        leases=leases,
        applications=parts,
    )
    database.on_commit(bell.ring)
    database.on_commit(following.ring)
    database.on_commit(alarms.ring)
    if parts is not None:
        database.on_commit(parts.engine.ring)
        database.on_commit(parts.class_labels.ring)
        database.on_commit(parts.reapplying.ring)
    app = create_app(
        Parts(
            inventory=inventory,
            authenticator=authenticator,
            policy=Policy(settings.policy_file),
            enrolment=EnrolmentFile(settings.enrolment_file),
            progress=loops,
            bell=bell,
            following=following,
            clock=clock,
            new_id=random_id,
            body_limit=settings.body_limit,
            tarball_limit=settings.tarball_limit,
            applications=None if parts is None else parts.applications,
            overriding=None if parts is None else parts.overriding,
            heartbeat_port=heartbeats.getsockname()[1],
            lock_previews=vim,
        )
    )
    await serve_beside(loops.by_name(), _Server(server_config(app, certificate), bell), settings, certificate)


def alarm_site(settings: Settings, topics: frozenset[Topic], sightings: Sightings) -> Site:
    """What alarms follow from, besides the tables."""
    return Site(
        system=settings.system_name,
        controller=settings.hostname,
        certificate=settings.tls_certificate,
        topics=frozenset(topic.value for topic in topics),
        network_suspected=lambda: any(shown.verdict is Verdict.NETWORK_SUSPECTED for shown in sightings.shown.values()),
    )


def wanted_labels(inventory: Inventory, parts: ApplicationParts | None) -> WantedLabels:
    """What node sync keeps on a node: the host's labels, and those of the classes that it is in."""
    if parts is None:
        return inventory.wanted_on_node
    classes = parts.class_labels

    async def both(name: str) -> Mapping[str, str]:
        return {**await inventory.wanted_on_node(name), **await classes.of_node(name)}

    return both


def departures_from(settings: Settings, inventory: Inventory) -> Departures | None:
    """Who removes the nodes of deleted hosts; None: others made them."""
    if settings.nodes_kubeconfig is None:
        return None

    async def is_known(host: str) -> bool:
        try:
            await inventory.host(host)
        except NotFound:
            return False
        return True

    return Departures(ClusterJoinedNodes(settings.nodes_kubeconfig), is_known)


class _Server(uvicorn.Server):
    """Lets those who follow the events go first: a stream that never ends would use up the grace of all."""

    def __init__(self, config: uvicorn.Config, bell: Bell) -> None:
        super().__init__(config)
        self._bell = bell

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._bell.stop()
        await super().shutdown(sockets)


def handlers(
    inventory: Inventory,
    node_sync: NodeSync | None,
    fence: Fence,
    vim: VimNotices | None = None,
    departures: Departures | None = None,  # None: others make nodes, and remove them
) -> Mapping[Topic, Handler]:
    """Who gets which notices. Without a cluster, notices for nodes wait until there is one."""
    actions = DirectActions()

    async def to_vim(notice: Notice) -> None:
        if vim is None:
            # Nobody has to hear of labels, and actions are done in words.
            await inventory.carry_out(notice, actions)
        else:
            await inventory.tell(notice, vim)

    async def to_node(notice: Notice) -> None:
        if departures is not None:
            await departures.deliver(notice)
        if node_sync is not None:
            await node_sync.deliver(notice)

    return {Topic.VIM: to_vim, Topic.FENCE: fence.deliver} | ({} if node_sync is None else {Topic.NODE: to_node})
