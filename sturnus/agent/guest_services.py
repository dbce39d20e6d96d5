"""What this agent does for the servers that run on its host: a state that is kept across restarts and reboots.

The VIM creates, enables, disables and deletes it by way of the inventory (reference/vim.md §1.9). Heartbeats of the
guests themselves come with a later part, and will run while it is enabled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import structlog

from sturnus.core.files import replace_file
from sturnus.core.states import GuestServices

ACTION: Final = "guest-services"
FILE: Final = "guest-services"
"""In the state directory; none: absent."""

log = structlog.stdlib.get_logger(__name__)


def kept_in(state: Path) -> GuestServices:
    """The state of now. What cannot be read is absent, and the inventory orders again."""
    try:
        return GuestServices((state / FILE).read_text().strip())
    except (FileNotFoundError, ValueError):
        return GuestServices.ABSENT


def bring(state: Path, wanted: str) -> bool:
    """Be so, also after a power cut; whether that changed something. A word that is not known changes nothing."""
    before = kept_in(state)
    if wanted not in set(GuestServices):
        log.warning("unknown order", action=ACTION, wanted=wanted)
        return False
    if wanted == before:
        return False
    if wanted == GuestServices.ABSENT:
        (state / FILE).unlink(missing_ok=True)
    else:
        replace_file(state / FILE, f"{wanted}\n", 0o600)
    log.info("guest services", was=before, now=wanted)
    return True
