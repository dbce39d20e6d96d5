"""How often servers that move are looked at."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sturnus.vim.servers.leaving import Way
from sturnus.vim.servers.orders import Order
from sturnus.vim.servers.pacing import pause_for
from tests.builders import NOW

OPEN = Order(1, "uuid-of-web", "web", "compute-1", Way.LIVE, "compute-2", 1024, NOW, NOW, None, None, None)


@pytest.mark.parametrize(
    ("seconds", "pause"),
    [(0, 0.1), (10, 0.1), (20, 0.2), (50, 0.5), (100, 1.0), (800, 1.0)],
)
def test_the_longer_a_move_takes_the_less_often_it_is_looked_at(seconds: int, pause: float) -> None:
    assert pause_for([OPEN], NOW + timedelta(seconds=seconds)) == pytest.approx(pause)


def test_the_youngest_says_how_often() -> None:
    younger = replace(OPEN, ordered=NOW + timedelta(seconds=300))

    assert pause_for([OPEN, younger], NOW + timedelta(seconds=320)) == pytest.approx(0.2)


def test_where_nothing_moves_a_look_a_second_is_enough() -> None:
    assert pause_for([], NOW) == 1.0
