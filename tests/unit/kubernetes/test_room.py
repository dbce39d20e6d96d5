"""Quantities, what pods ask for, and what is left."""

from decimal import Decimal
from typing import Any

import pytest

from sturnus.kubernetes.quantities import bytes_in_words, quantity
from sturnus.kubernetes.room import Room, left, requests


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", "1"), ("500m", "0.5"), ("1Ki", "1024"), ("1.5Gi", str(3 * 2**29)), ("2k", "2000"), ("2e3", "2000"),
     ("100n", "1e-7"), ("1E", "1e18"), ("", "0"), ("abc", "0"), (None, "0")],
)  # fmt: skip
def test_a_quantity_is_a_number(text: str | None, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 B"), (512, "512 B"), (128 * 2**20, "128 MiB"), (int(3.21 * 2**30), "3.21 GiB")]
)
def test_bytes_are_told_in_the_unit_that_fits(number: int, words: str) -> None:
    assert bytes_in_words(number) == words


def asking(**amounts: str) -> dict[str, object]:
    return {"resources": {"requests": amounts}}


def test_a_pod_asks_for_its_containers_together_or_for_its_largest_init_container() -> None:
    spec = {
        "containers": [asking(cpu="100m", memory="1Gi"), {"resources": {"limits": {"memory": "1Gi"}}}],
        "initContainers": [asking(cpu="500m", memory="10Mi")],
    }

    assert requests(spec) == {"cpu": 500, "memory": 2 * 2**30}


def test_what_is_left_is_what_is_offered_less_what_is_asked_for() -> None:
    node = {"metadata": {"name": "compute-0"}, "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}}}
    pods: list[dict[str, Any]] = [
        {"spec": {"nodeName": "compute-0", "containers": [asking(cpu="500m", memory="1Gi")]}},
        {"spec": {"containers": []}},
    ]

    assert left([node], pods) == {"compute-0": Room(1500, 3 * 2**30, 109)}
