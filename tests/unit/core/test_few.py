from __future__ import annotations

import pytest

from sturnus.core.few import few, few_in_words


@pytest.mark.parametrize(
    ("names", "listed", "said"),
    [
        ([], [], ""),
        (["a"], ["a"], "a"),
        (["a", "b"], ["a", "b"], "a, b"),
        (["a", "b", "c"], ["a", "b", "1 more"], "a, b and 1 more"),
        (["a", "b", "c", "d"], ["a", "b", "2 more"], "a, b and 2 more"),
    ],
)
def test_the_first_two_are_named_and_the_others_counted(names: list[str], listed: list[str], said: str) -> None:
    assert (few(names, 2), few_in_words(names, 2)) == (listed, said)
