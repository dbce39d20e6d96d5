"""The process `sturnus serve inventory`: its parts, put together once, and its loops, which live and die together.

A loop that fails with a defect takes the process down: the supervisor starts a new one, which goes on from the tables.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
import uvicorn

from sturnus.api.agent_signature import EnrolmentFile
from sturnus.api.app import Parts, create_app
from sturnus.api.authentication import Authenticator
from sturnus.api.event_stream import Bell
from sturnus.api.listening import listening_socket
from sturnus.api.token_file import TokenFile
from sturnus.core.clock import SystemClock, random_id
from sturnus.core.errors import Invalid
from sturnus.core.settings import Settings
from sturnus.identity.credentials import credentials_in
from sturnus.identity.keystone_tokens import KeystoneTokens, client_for
from sturnus.identity.policy import Policy
from sturnus.identity.tokens import TokenValidator
from sturnus.inventory import systems
from sturnus.inventory.changing import Ground
from sturnus.inventory.direct_actions import DirectActions
from sturnus.inventory.node_sync import NodeSync
from sturnus.inventory.service import Inventory
from sturnus.inventory.silence import SilenceWatch
from sturnus.kubernetes.nodes import ClusterNodes
from sturnus.store import migrate
from sturnus.store.database import Database
from sturnus.store.dispatcher import Dispatcher, Handler
from sturnus.store.outbox import Notice, Topic

GRACE = 3
"""Seconds that requests under way get when the server stops."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Loops:
    """What runs beside the API."""

    dispatcher: Dispatcher
    silence: SilenceWatch
    node_sync: NodeSync | None  # None: no cluster is set

    def last_look(self) -> datetime | None:
        """When the outbox was last read."""
        return self.dispatcher.last_look

    def nodes_wait_for(self) -> str | None:
        """Why nodes are not followed; None while they are."""
        return "no kubeconfig is set" if self.node_sync is None else self.node_sync.waits_for


def authenticator_from(settings: Settings) -> Authenticator:
    """Who checks tokens: the platform's Keystone, or a file of digests where there is none."""
    if settings.token_file is not None:
        return TokenFile(settings.token_file)
    if settings.keystone_url is None:
        raise Invalid(
            "Nobody can check tokens.",
            expected="a Keystone, or a token file",
            remedy="set keystone_url, or token_file (sturnus/api/token_file.py describes it)",
        )
    password = credentials_in(settings.keystone_password_file, settings.keystone_user, "services")
    return TokenValidator(KeystoneTokens(client_for(settings.keystone_url), password), SystemClock())


async def serve_inventory(settings: Settings, authenticator: Authenticator) -> None:
    """Serve until told to stop. Raises the closed set when it cannot start."""
    database = Database(settings.database_url)
    nodes = ClusterNodes.from_kubeconfig(settings.kubeconfig) if settings.kubeconfig else None
    try:
        await _refuse_old_tables(database)
        await _serve(settings, authenticator, database, nodes)
    finally:
        await database.close()
        if nodes is not None:
            await nodes.close()


async def _refuse_old_tables(database: Database) -> None:
    if await migrate.pending(database):
        raise Invalid(
            "The database has other tables than this version.",
            expected="a database that is up to date",
            remedy="sturnus db upgrade",
        )


async def _serve(
    settings: Settings, authenticator: Authenticator, database: Database, nodes: ClusterNodes | None
) -> None:
    clock, bell = SystemClock(), Bell()
    ground = Ground(database, clock, random_id, settings.hostname)
    await systems.ensure(ground, settings)
    inventory = Inventory(ground)
    await inventory.networking.prepare()
    node_sync = None if nodes is None else NodeSync(nodes, inventory.wanted_on_node)
    silence = SilenceWatch(ground, timedelta(seconds=settings.agent_silence))
    loops = Loops(Dispatcher(database, handlers(inventory, node_sync), clock), silence, node_sync)
    database.on_commit(bell.ring)
    app = create_app(
        Parts(
            inventory=inventory,
            authenticator=authenticator,
            policy=Policy(settings.policy_file),
            enrolment=EnrolmentFile(settings.enrolment_file),
            progress=loops,
            bell=bell,
            clock=clock,
            new_id=random_id,
            body_limit=settings.body_limit,
        )
    )
    config = uvicorn.Config(
        app,
        log_config=None,  # ours is set up already
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )
    await _run(_Server(config, bell), settings, loops)


class _Server(uvicorn.Server):
    """Lets those who follow the events go first: a stream that never ends would use up the grace of all."""

    def __init__(self, config: uvicorn.Config, bell: Bell) -> None:
        super().__init__(config)
        self._bell = bell

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._bell.stop()
        await super().shutdown(sockets)  # type: ignore[arg-type]


async def _run(server: _Server, settings: Settings, loops: Loops) -> None:
    opened = listening_socket(settings)
    address, port = opened.getsockname()[:2]
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(loops.dispatcher.run(), name="dispatcher"),
            group.create_task(loops.silence.run(), name="silence"),
        ]
        if loops.node_sync is not None:
            running.append(group.create_task(loops.node_sync.run(), name="node sync"))
        # What was imported lives as long as the process: looking through it again and again costs 50 ms a time.
        gc.collect()
        gc.freeze()
        log.info("serving", address=address, port=port)
        await server.serve(sockets=[opened])
        for task in running:
            task.cancel()
    log.info("stopped")


def handlers(inventory: Inventory, node_sync: NodeSync | None) -> Mapping[Topic, Handler]:
    """Who gets which notices. Without a cluster, notices for nodes wait until there is one."""
    actions = DirectActions()

    async def to_vim(notice: Notice) -> None:
        # The VIM takes this over (issue 7). Until then nobody has to hear of labels, and actions are done in words.
        await inventory.carry_out(notice, actions)

    return {Topic.VIM: to_vim} | ({} if node_sync is None else {Topic.NODE: node_sync.deliver})
