"""Orders are carried out once, whatever dies in between."""

import asyncio
from pathlib import Path

import pytest

from sturnus.agent.orders import Order, carry_out, is_done

REBOOT = Order("order-1", "reboot")


def carried_out(state: Path, boot: str, order: Order = REBOOT) -> int:
    """Have an order carried out by a command that only counts; how often it ran so far."""
    asyncio.run(carry_out(order, boot, state, f"sh -c 'echo ran >>{state}/runs'"))
    runs = state / "runs"
    return len(runs.read_text().split()) if runs.exists() else 0


def test_an_order_is_carried_out_and_not_again_in_the_next_boot(tmp_path: Path) -> None:
    assert carried_out(tmp_path, "boot-1") == 1
    assert carried_out(tmp_path, "boot-2") == 1


def test_an_order_that_was_begun_in_this_boot_is_begun_again(tmp_path: Path) -> None:
    assert carried_out(tmp_path, "boot-1") == 1
    assert carried_out(tmp_path, "boot-1") == 2


def test_another_order_is_carried_out(tmp_path: Path) -> None:
    carried_out(tmp_path, "boot-1")

    assert carried_out(tmp_path, "boot-2", Order("order-2", "reboot")) == 2


def test_what_is_not_known_is_not_done(tmp_path: Path) -> None:
    assert carried_out(tmp_path, "boot-1", Order("order-1", "explode")) == 0


@pytest.mark.parametrize("written", [None, "", "{", "[]", '{"id": "order-1"', '{"id": "order-2", "boot": "boot-1"}'])
def test_what_was_written_of_another_order_or_cut_off_says_nothing(written: str | None) -> None:
    assert not is_done(REBOOT, "boot-2", written)
