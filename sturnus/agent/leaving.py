"""Leaves the cluster when the host that joined it is no host of the platform any more.

Who joined is written down beside the cluster's credentials, and goes with them. A host that was deleted enrols anew and
has another uuid then: what it holds of the cluster belongs to a host that is gone. A node that others made stays.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import structlog

from sturnus.agent import own_host
from sturnus.core.child_process import output_of

JOINED_AS: Final = Path("etc/kubernetes/sturnus-joined-as")
"""Below the host's root: uuid of the host that joined. `sturnus node-join` writes it."""
COMMAND: Final = (sys.executable, "-m", "sturnus.cli.sturnus.main", "node-leave")
DEADLINE: Final = 240.0

log = structlog.stdlib.get_logger(__name__)


def has_to_leave(joined_as: str | None, host: str | None) -> bool:
    """Whether what lies here belongs to another host than we are. Not while either does not say who. No I/O."""
    joined, own = (joined_as or "").strip(), (host or "").strip()
    return bool(joined and own) and joined != own


async def leave_if_deleted(root: Path, state: Path) -> None:
    """Look, and do it. Cut off, it is begun again: the mark goes last."""
    joined_as, host = await asyncio.gather(
        asyncio.to_thread(_read, root / JOINED_AS), asyncio.to_thread(own_host.kept_in, state)
    )
    if not has_to_leave(joined_as, host):
        return
    log.warning("leaving the cluster: the host that joined it was deleted", host=(joined_as or "").strip())
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = await output_of(process, DEADLINE)
    if process.returncode != 0:
        log.warning("not left", reason=said.decode(errors="replace").strip()[-500:])


def _read(file: Path) -> str | None:
    try:
        return file.read_text()
    except OSError:
        return None
