"""The agent's guest service is what was ordered last, whatever the agent died of."""

from pathlib import Path

import pytest

from sturnus.agent.guest_services import FILE, bring, kept_in
from sturnus.core.states import GuestServices

G = GuestServices


def test_there_is_none_before_it_was_ordered(tmp_path: Path) -> None:
    assert kept_in(tmp_path) is G.ABSENT


@pytest.mark.parametrize("wanted", [G.DISABLED, G.ENABLED])
def test_it_is_kept_and_the_same_order_changes_nothing(tmp_path: Path, wanted: GuestServices) -> None:
    assert bring(tmp_path, wanted)
    assert kept_in(tmp_path) is wanted
    assert not bring(tmp_path, wanted)


def test_it_is_deleted_without_a_trace(tmp_path: Path) -> None:
    bring(tmp_path, G.ENABLED)

    assert bring(tmp_path, G.ABSENT)
    assert list(tmp_path.iterdir()) == []
    assert not bring(tmp_path, G.ABSENT)


def test_a_word_that_is_not_known_changes_nothing(tmp_path: Path) -> None:
    bring(tmp_path, G.ENABLED)

    assert not bring(tmp_path, "exploded")
    assert kept_in(tmp_path) is G.ENABLED


@pytest.mark.parametrize("content", ["", "exploded\n"])
def test_what_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)

    assert kept_in(tmp_path) is G.ABSENT
