"""What can be done with hosts where no VIM is set (`vim_url`): lock and unlock, as words only.

A VIM drains and taints the node, and only then says that a host is locked. An inventory without one touches nothing
that runs, so the states change at once. What needs hands fails,
and says whose hands are missing: an action must never look as if it had been done. Power and
reboots are not done here but by `power_actions`.
"""

from __future__ import annotations

from typing import Final

from sturnus.core.states import LOCKS, UNLOCKS, HostAction
from sturnus.inventory.host import Host
from sturnus.inventory.lifecycle import Done, Failed, Outcome

WORDS_ONLY: Final = LOCKS | UNLOCKS


class DirectActions:
    """Completes lock and unlock, refuses the rest."""

    async def carry_out(self, host: Host, action: HostAction) -> Outcome:
        """Say at once how it ended."""
        if action in WORDS_ONLY:
            return Done()
        return Failed(f"{action.value} of {host.name} was not done: no VIM is connected")
