"""What a container wrote last."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sturnus.core.errors import Invalid, NotFound
from sturnus.kubernetes.connection import Connection

MOST_BYTES: Final = 65536
"""However long its lines are."""

_GONE: Final = "unable to retrieve container logs for "


class Run(StrEnum):
    """Which run of a container."""

    CURRENT = "current"
    """The one that runs, or the last if none does."""
    PREVIOUS = "previous"
    """The one before a restart: the one that failed, in a crash loop."""


async def log_tail(  # noqa: PLR0913 -- which lines of which run of which container
    connection: Connection, namespace: str, pod: str, container: str, *, lines: int, run: Run = Run.CURRENT
) -> tuple[str, ...]:
    """The last lines of a container's log, oldest first; none if it has not run, or is gone.

    Raises:
        Unavailable: Kubernetes, or the kubelet of that host, does not answer.

    """
    parameters = {"container": container, "tailLines": str(lines), "limitBytes": str(MOST_BYTES)}
    if run is Run.PREVIOUS:
        parameters["previous"] = "true"
    try:
        text = await connection.text(f"api/v1/namespaces/{namespace}/pods/{pod}/log", parameters)
    except (NotFound, Invalid):  # 400: "container … is waiting to start", "previous terminated container not found"
        return ()
    # The kubelet says this with status 200 when the runtime has deleted the container meanwhile.
    return () if text.startswith(_GONE) else tuple(text.splitlines())
