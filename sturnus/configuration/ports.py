"""What configuration needs of others, in its own words."""

from __future__ import annotations

from typing import Protocol


class SecretSource(Protocol):
    """Where secrets are kept. Asked each time: nothing keeps a copy that could be out of date."""

    async def openstack_admin_password(self) -> str | None:
        """Password of the administrator of the Keystone in the pods; None: there is none. Unavailable: no answer."""
        ...


class NoSecrets:
    """There is no cluster, so there are no secrets in it."""

    async def openstack_admin_password(self) -> str | None:
        """None."""
        return None
