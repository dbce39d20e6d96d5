"""The kubeconfigs of the platform's programs: whose they are, when their tokens end, and what makes one anew."""

from __future__ import annotations

import os
import pwd
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sturnus.cli.sturnus.doctor.facts import ClusterToken, KubeconfigFacts, Problem
from sturnus.configuration.bare import accounts, programs
from sturnus.core.errors import SturnusError
from sturnus.core.settings import Settings
from sturnus.kubernetes import account, kubeconfig


def of_inventory(settings: Settings) -> KubeconfigFacts:
    """The inventory's, whether it is there or not."""
    return _described("inventory", settings.kubeconfig or Path(programs.KUBECONFIG))


def tokens(settings: Settings) -> Iterator[ClusterToken]:
    """Those of this controller. What the user who asks may not read is left out: root, or its owner, is told."""
    for found in _configured(settings):
        if not found.file.exists() or os.access(found.file, os.R_OK):
            yield ClusterToken(found, _end(found))


def _configured(settings: Settings) -> Iterator[KubeconfigFacts]:
    named = {
        "inventory": settings.kubeconfig,
        "applications": settings.applications_kubeconfig,
        "nodes": settings.nodes_kubeconfig,
    }
    yield from (_described(name, file) for name, file in named.items() if file is not None)
    of_vim = Path(programs.VIM_KUBECONFIG)  # its settings are its own; this is where installations have it
    if of_vim not in named.values() and of_vim.exists():
        yield _described("vim", of_vim)


def _described(name: str, file: Path) -> KubeconfigFacts:
    if str(file) == programs.VIM_KUBECONFIG:  # whose settings may be the ones that are looked at
        return KubeconfigFacts("vim", file, _owner(file, accounts.VIM))
    return KubeconfigFacts(name, file, _owner(file, accounts.INVENTORY))


def _end(found: KubeconfigFacts) -> datetime | Problem | None:
    try:
        user = kubeconfig.read(found.file).user
        if user is None:
            return None
        token = Path(user.token_file).read_text() if user.token_file else user.token
    except SturnusError as error:
        return Problem(error.message, creating(found))
    except PermissionError:
        return None
    except OSError as error:
        return Problem(f"{error.filename}: {error.strerror}", creating(found))
    return account.end_of_token(token) if token else None


def creating(facts: KubeconfigFacts) -> str:
    """The whole command, its owner included: root types it, as the doctor advises. Pure."""
    return shlex.join(programs.account_command(facts.account, str(facts.file), facts.owner))


def _owner(file: Path, otherwise: str) -> str:
    try:
        return pwd.getpwuid(file.stat().st_uid).pw_name
    except (OSError, KeyError):
        return otherwise
