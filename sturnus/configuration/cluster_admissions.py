"""Lets hosts into the cluster: a token for each, made when it asks, that ends by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from sturnus.configuration.facts import Admission
from sturnus.configuration.ports import Admissions, NoAdmissions
from sturnus.core.settings import Settings
from sturnus.kubernetes import kubeconfig
from sturnus.kubernetes.asking import asked, client_for
from sturnus.kubernetes.bootstrap_token import ca_hash, new_token, secret_of
from sturnus.kubernetes.joined_nodes import ClusterJoinedNodes
from sturnus.kubernetes.nodes_account import NAME


def admissions_from(settings: Settings) -> Admissions:
    """What the settings say."""
    return NoAdmissions() if settings.nodes_kubeconfig is None else ClusterAdmissions(settings.nodes_kubeconfig)


@dataclass(frozen=True, slots=True)
class ClusterAdmissions:
    """Implements `configuration.ports.Admissions`."""

    file: Path

    async def admission(self, host: str, hostname: str) -> Admission | None:
        """Make a token, unless the host is a node. Asked seldom, so nothing is kept: a new kubeconfig is taken over."""
        address = await asyncio.to_thread(lambda: kubeconfig.address_in(kubeconfig.read(self.file)))
        if await ClusterJoinedNodes(self.file).get(hostname) is not None:
            return None
        token = new_token()
        made = secret_of(token, f"Sturnus: {hostname} joins", datetime.now(UTC))
        client = client_for(self.file, NAME)
        try:
            await asked("a bootstrap token be made", client.create(made))
        finally:
            await client.close()
        return Admission(host, hostname, urlsplit(address.server).netloc, ca_hash(address.authority), token.text)
