"""The application: routes around an inventory, an authenticator and the loops' progress."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI

from sturnus.api import (
    adoptions,
    agents,
    applications,
    configuration,
    event_stream,
    guest_services,
    health,
    helm_charts,
    host_parts,
    hosts,
    interfaces,
    labels,
    lock_previews,
    networks,
    service_parameters,
    systems,
)
from sturnus.api.agent_signature import EnrolmentFile
from sturnus.api.authentication import Authenticator
from sturnus.api.event_stream import Bell
from sturnus.api.guarded import Guards, guarded
from sturnus.api.health import Progress
from sturnus.api.lock_previews import LockPreviews
from sturnus.applications.overrides.overriding import Overriding
from sturnus.applications.service import Applications
from sturnus.configuration.following import Following
from sturnus.core.clock import Clock, NewId
from sturnus.identity.policy import Policy
from sturnus.inventory.service import Inventory


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is made of."""

    inventory: Inventory
    authenticator: Authenticator
    policy: Policy
    enrolment: EnrolmentFile
    progress: Progress
    bell: Bell
    clock: Clock
    new_id: NewId
    body_limit: int  # bytes
    tarball_limit: int  # bytes of a request that brings a tarball
    following: Following
    applications: Applications | None  # None: none are installed from here
    overriding: Overriding | None
    heartbeat_port: int  # UDP
    lock_previews: LockPreviews | None  # None: no VIM is set


def create_app(parts: Parts) -> FastAPI:
    """Put the application together."""
    inventory = (systems, hosts, adoptions, agents, labels, networks, interfaces, host_parts, service_parameters)
    of_hosts = (*inventory, guest_services, lock_previews, configuration)
    routers = [module.router for module in (*of_hosts, applications, helm_charts, event_stream, health)]
    tarballs = dict.fromkeys(applications.WITH_TARBALLS, parts.tarball_limit)
    guards = Guards(parts.authenticator, parts.policy, parts.body_limit, tarballs, parts.new_id)
    app = guarded("Sturnus inventory", routers, guards)
    app.state.inventory = parts.inventory
    app.state.enrolment = parts.enrolment
    app.state.progress = parts.progress
    app.state.bell = parts.bell
    app.state.following = parts.following
    app.state.clock = parts.clock
    app.state.applications = parts.applications
    app.state.overriding = parts.overriding
    app.state.heartbeat_port = parts.heartbeat_port
    app.state.lock_previews = parts.lock_previews
    return app
