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

from sturnus.core.child_process import output_of

JOINED_AS: Final = Path("etc/kubernetes/sturnus-joined-as")
"""Below the host's root: uuid of the host that joined. `sturnus node-join` writes it."""
COMMAND: Final = (sys.executable, "-m", "sturnus.cli.sturnus.main", "node-leave")
DEADLINE: Final = 240.0

log = structlog.stdlib.get_logger(__name__)


def has_to_leave(joined_as: str | None, host: str | None) -> bool:
    """Whether what lies here belongs to another host than we are. Not while we do not know who we are. No I/O."""
    return joined_as is not None and host is not None and joined_as.strip() != host.strip()


async def leave_if_deleted(root: Path, host_file: Path) -> None:
    """Look, and do it. Cut off, it is begun again: the mark goes last."""
    joined_as, host = await asyncio.gather(
        asyncio.to_thread(_read, root / JOINED_AS), asyncio.to_thread(_read, host_file)
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
