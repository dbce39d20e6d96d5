"""How often servers that move are looked at: often while it may soon be over, ever less while it takes long. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sturnus.vim.servers.orders import Order

OFTEN: Final = 0.1
SELDOM: Final = 1.0
"""Seconds between two looks, at the least and at the most."""
SHARE: Final = 1 / 100
"""Of the time that a move has taken already: so much later at most is its end seen."""


def pause_for(orders: Iterable[Order], now: datetime) -> float:
    """Seconds until the next look at those that are under way: by the youngest of them."""
    begun = max((order.ended or order.ordered for order in orders), default=None)
    if begun is None:
        return SELDOM
    return min(SELDOM, max(OFTEN, SHARE * (now - begun).total_seconds()))
