"""What every application of the platform has: who may do what, errors in the clients' words, limits, a log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI

from sturnus import __version__
from sturnus.api import errors
from sturnus.api.authentication import Authenticator
from sturnus.api.body_limit import BodyLimit
from sturnus.api.request_log import RequestLog
from sturnus.core.clock import NewId, random_id
from sturnus.core.settings import Settings
from sturnus.identity.policy import Policy


@dataclass(frozen=True, slots=True)
class Guards:
    """What stands before all that is served."""

    authenticator: Authenticator
    policy: Policy
    body_limit: int  # bytes
    larger: Mapping[str, int] = field(default_factory=dict)  # limits of some paths, for whoever is known
    new_id: NewId = random_id


def guards_from(settings: Settings, authenticator: Authenticator) -> Guards:
    """As the settings say."""
    return Guards(authenticator, Policy(settings.policy_file), settings.body_limit)


def guarded(title: str, routers: Iterable[APIRouter], guards: Guards) -> FastAPI:
    """Put an application together."""
    app = FastAPI(title=title, version=__version__)
    app.state.authenticator = guards.authenticator
    app.state.policy = guards.policy
    errors.install(app)
    for router in routers:
        app.include_router(router)
    app.add_middleware(BodyLimit, limit=guards.body_limit, authenticator=guards.authenticator, larger=guards.larger)
    app.add_middleware(RequestLog, new_id=guards.new_id)
    return app
