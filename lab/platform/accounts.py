"""The platform's accounts on a lab's controller."""

from __future__ import annotations

from lab.ground.description import Host, Lab
from lab.machine import inside
from sturnus.configuration.bare.accounts import MAKE


def make_accounts(lab: Lab, host: Host) -> None:
    """Have them. What is there stays."""
    inside.run(lab, host, ["sh", "-c", MAKE])
