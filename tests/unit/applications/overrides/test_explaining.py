from datetime import UTC, datetime

import pytest

from sturnus.applications.overrides.authorship import authors_after, from_json, to_json
from sturnus.applications.overrides.explaining import Explained, Said, explain
from sturnus.applications.overrides.layers import Author, Layer, LayerValues
from sturnus.applications.overrides.secret_values import MASK, secret_paths
from sturnus.applications.overrides.values import Path
from sturnus.core.errors import NotFound

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 2, tzinfo=UTC)
ADMIN, OTHER = Author("admin", NOW), Author("other", LATER)

LAYERS = (
    LayerValues(Layer.CHART, {"replicas": 1, "conf": {"a": 1, "admin_password": "chart"}, "list": [1]}),
    LayerValues(Layer.MANIFEST, {"replicas": 2}),
    LayerValues(Layer.SYSTEM, {"conf": {"admin_password": "made"}}),
    LayerValues(Layer.USER, {"replicas": 3, "conf": {"a": None}}, {("replicas",): ADMIN, ("conf", "a"): OTHER}),
)


def test_each_value_names_its_layer_its_author_and_what_it_hides() -> None:
    assert explain(LAYERS, secret_paths()) == [
        Explained("replicas", 3, Layer.USER, "admin", NOW, (Said(Layer.CHART, 1), Said(Layer.MANIFEST, 2))),
        Explained("conf.a", None, Layer.USER, "other", LATER, (Said(Layer.CHART, 1),)),
        Explained("conf.admin_password", MASK, Layer.SYSTEM, None, None, (Said(Layer.CHART, MASK),)),
        Explained("list", [1], Layer.CHART, None, None, ()),
    ]


def test_one_key_or_a_whole_map_is_explained() -> None:
    assert [row.path for row in explain(LAYERS, secret_paths(), "conf")] == ["conf.a", "conf.admin_password"]
    assert [row.path for row in explain(LAYERS, secret_paths(), "conf.a")] == ["conf.a"]


def test_a_key_that_nobody_sets_is_not_found_and_the_nearest_is_named() -> None:
    with pytest.raises(NotFound) as refused:
        explain(LAYERS, secret_paths(), "replica")

    assert (refused.value.message, refused.value.expected) == (
        "value not found: replica",
        "a value of the chart, such as replicas",
    )


def test_whoever_says_the_same_again_is_not_the_author() -> None:
    before = {"a": 1, "b": {"c": [1]}, "gone": 1}
    known = {("a",): ADMIN, ("b", "c"): ADMIN, ("gone",): ADMIN}

    assert authors_after(before, known, {"a": True, "b": {"c": [1]}, "new": None}, OTHER) == {
        ("a",): OTHER,  # true is not 1
        ("b", "c"): ADMIN,
        ("new",): OTHER,
    }


def test_authors_are_stored_as_json() -> None:
    authors: dict[Path, Author] = {("a", "b.c"): ADMIN}

    assert to_json(authors) == {r"a.b\.c": {"by": "admin", "at": "2026-01-01T00:00:00+00:00"}}
    assert from_json(to_json(authors)) == authors
