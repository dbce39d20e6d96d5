"""The kubeconfigs that the platform's programs have in the cluster: whose they are, and what makes one anew."""

from __future__ import annotations

import pwd
import shlex
from pathlib import Path

from sturnus.cli.sturnus.doctor.facts import KubeconfigFacts
from sturnus.configuration.bare import accounts, programs
from sturnus.core.settings import Settings


def gather(settings: Settings) -> KubeconfigFacts:
    """That of the inventory, whether it is there or not."""
    file = settings.kubeconfig or Path(programs.KUBECONFIG)
    return KubeconfigFacts("inventory", file, _owner(file, accounts.INVENTORY))


def creating(facts: KubeconfigFacts) -> str:
    """The whole command, its owner included: root types it, as the doctor advises. Pure."""
    return shlex.join(programs.account_command(facts.account, str(facts.file), facts.owner))


def _owner(file: Path, otherwise: str) -> str:
    try:
        return pwd.getpwuid(file.stat().st_uid).pw_name
    except (OSError, KeyError):
        return otherwise
