"""Asks a real cluster by lightkube: with a deadline, and what goes wrong in Kubernetes' own words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import httpx2
from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError, ConfigError

from sturnus.core.errors import Unavailable
from sturnus.kubernetes import kubeconfig

DEADLINE: Final = 5.0
"""Seconds for one request, connection included."""

T = TypeVar("T")


def client_for(file: Path, field_manager: str) -> AsyncClient:
    """Make a client for the cluster of a kubeconfig file. Unavailable: there is none, or it says nothing."""
    config = kubeconfig.read(file)
    return AsyncClient(config, timeout=httpx2.Timeout(DEADLINE), field_manager=field_manager, trust_env=False)


async def asked(what: str, request: Awaitable[T]) -> T | None:
    """Await a request; None if there is no such object. `what`: "node x be read", after "Kubernetes does not let".

    Raises:
        Unavailable: there is no answer in time, or a refusal.

    """
    with explained(what):
        async with asyncio.timeout(DEADLINE):
            try:
                return await request
            except ApiError as error:
                if error.status.code == httpx2.codes.NOT_FOUND:
                    return None
                raise


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what the client library raises into Unavailable, with Kubernetes' own words."""
    try:
        yield
    except ApiError as error:
        raise _unavailable(f"Kubernetes does not let {what}: {error.status.message}") from error
    except (httpx2.HTTPError, TimeoutError, OSError, json.JSONDecodeError) as error:
        raise _unavailable(f"Kubernetes does not answer: {str(error) or type(error).__name__}") from error
    except ConfigError as error:  # the token that the kubeconfig names is not there
        raise _unavailable(f"Kubernetes cannot be asked: {error}") from error


def _unavailable(message: str) -> Unavailable:
    return Unavailable(message, expected=f"an answer within {DEADLINE:.0f} s", remedy="kubectl get nodes")
