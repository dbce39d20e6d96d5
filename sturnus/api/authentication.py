"""Who is calling. The API owns the question; `sturnus.identity` answers it with Keystone, tests with a script."""

from __future__ import annotations

from typing import Annotated, Protocol, cast

from fastapi import Depends, Request
from starlette.datastructures import Headers

from sturnus.core.identity import Identity, Role, Unauthorized

__all__ = ["Authenticator", "Caller", "Identity", "Role", "Unauthorized", "caller", "whose"]

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


async def whose(headers: Headers, authenticator: Authenticator) -> Identity:
    """Say whose request has these headers. Raises what `authenticate` does."""
    token = headers.get(TOKEN_HEADER, "")
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise Unauthorized
    return await authenticator.authenticate(token)


async def caller(request: Request) -> Identity:
    """Dependency of every route that is not public."""
    return await whose(request.headers, cast("Authenticator", request.app.state.authenticator))


Caller = Annotated[Identity, Depends(caller)]
