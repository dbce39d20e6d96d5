"""What configuration needs of others, in its own words."""

from __future__ import annotations

from typing import Protocol

from sturnus.configuration.facts import Admission


class SecretSource(Protocol):
    """Where secrets are kept. Asked each time: nothing keeps a copy that could be out of date."""

    async def openstack_admin_password(self) -> str | None:
        """Password of the administrator of the Keystone in the pods; None: there is none. Unavailable: no answer."""
        ...


class Admissions(Protocol):
    """Who lets hosts into the cluster."""

    async def admission(self, host: str, hostname: str) -> Admission | None:
        """A new admission of one host; None: it is a node already. Unavailable: no answer."""
        ...


class NoAdmissions:
    """Nodes are made by others."""

    async def admission(self, host: str, hostname: str) -> Admission | None:
        """None."""
        return None


class NoSecrets:
    """There is no cluster, so there are no secrets in it."""

    async def openstack_admin_password(self) -> str | None:
        """None."""
        return None
