from datetime import timedelta

import pytest

from sturnus.store.dispatcher import delay_after


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 0.2), (2, 0.4), (3, 0.8), (8, 25.6), (9, 30), (10, 30), (10_000, 30)]
)
def test_failures_are_retried_ever_more_slowly_and_for_ever(attempts: int, seconds: float) -> None:
    assert delay_after(attempts) == timedelta(seconds=seconds)
