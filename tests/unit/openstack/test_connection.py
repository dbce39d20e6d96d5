"""What is told of a held connection: whether its server said nothing, or what it said came late."""

from __future__ import annotations

import pytest

from tests.integration.openstack.connection import Held

START = 100.0
"""The server's clock, when the listener's is zero."""


def words(*delays: float, stopped_at: int = 10_000, stopped: float = 0.0) -> list[tuple[float, float]]:
    """One word each tenth of a second, with its delay; at one of them the server's clock stops for a while."""
    return [
        (number / 10 + delay + (stopped if number >= stopped_at else 0.0), START + number / 10)
        for number, delay in enumerate(delays)
    ]


def test_words_that_come_as_soon_as_they_are_said_are_not_late() -> None:
    held = Held(words(*[0.01] * 100))

    assert (held.longest_silence, held.stood_still, held.most_late) == pytest.approx((0.1, 0.0, 0.0))


def test_a_server_that_has_to_wait_for_its_processor_is_silent_and_not_late() -> None:
    said = words(*[0.01] * 100)
    held = Held([*said[:40], *said[90:]])

    assert (held.longest_silence, held.most_late) == pytest.approx((5.1, 0.0))


def test_what_was_on_its_way_while_the_network_was_away_is_late() -> None:
    away = [2.0 - number / 10 for number in range(20)]
    held = Held(words(*[0.01] * 50, *away, *[0.01] * 50))

    assert (held.stood_still, held.most_late) == pytest.approx((0.0, 1.99))


def test_the_time_for_which_a_clock_stopped_is_no_delay() -> None:
    held = Held(words(*[0.01] * 100, stopped_at=50, stopped=0.8))

    assert (held.stood_still, held.most_late) == pytest.approx((0.8, 0.0))
