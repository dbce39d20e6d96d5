"""Who is calling. The API owns the question; `sturnus.identity` answers it with Keystone, tests with a script."""

from __future__ import annotations

from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from sturnus.core.identity import Identity, Role, Unauthorized

__all__ = ["Authenticator", "Caller", "Identity", "Role", "Unauthorized", "caller"]

TOKEN_HEADER = "X-Auth-Token"  # noqa: S105 -- the name of the header
LONGEST_TOKEN = 8192
"""Characters; Keystone's own are far shorter."""


class Authenticator(Protocol):
    """Turns a token into an identity."""

    async def authenticate(self, token: str) -> Identity:
        """Say whose token this is.

        Raises:
            Unauthorized: it is unknown or expired.
            Unavailable: nobody can say at the moment.

        """
        ...


async def caller(request: Request) -> Identity:
    """Dependency of every route that is not public."""
    token = request.headers.get(TOKEN_HEADER, "")
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise Unauthorized
    authenticator = cast("Authenticator", request.app.state.authenticator)
    return await authenticator.authenticate(token)


Caller = Annotated[Identity, Depends(caller)]
