"""What OpenStack's services list, as far as it makes sense: a page of a proxy that says 200 is no list."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from sturnus.cloud.access import unavailable
from sturnus.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from sturnus.kubernetes.service_proxy import Address

T = TypeVar("T")


async def sensible(of: Address, asked: Awaitable[T]) -> T:
    """Await a look at a service. Whatever makes it impossible is Unavailable."""
    try:
        return await asked
    except (Conflict, Forbidden, Invalid, NotFound) as error:  # a page's last server is gone, or the like
        raise unavailable(error) from error
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(
            f"{of.service} gave a list that makes no sense ({type(error).__name__}: {error})",
            expected="lists as its API describes them (Nova's as of microversion 2.90)",
            remedy=f"kubectl -n openstack get pods -l application={of.service.partition('-')[0]}",
        ) from error
