from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.overrides.layers import Author, Layer, LayerValues, exact_numbers, merged
from sturnus.applications.overrides.values import Missing, at, laid_over, leaves, path_of, spelled

NOW = datetime(2026, 1, 1, tzinfo=UTC)

names = st.sampled_from(["a", "b", "c", "d"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["x", "y"]), st.just([1, {"a": 2}]))
documents = st.dictionaries(
    names, st.recursive(scalars, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=12), max_size=4
)
layer_lists = st.tuples(documents, documents, documents, documents).map(
    lambda four: tuple(LayerValues(layer, values) for layer, values in zip(Layer, four, strict=True))
)


def rfc7396(target: Any, patch: Any) -> Any:
    """The pseudo code of RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = rfc7396(result.get(name), value)
    return result


@st.composite
def of_one_shape(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Three documents where no path is a map in one and something else in another: a, b maps; c, d leaves."""

    def document(depth: int) -> st.SearchStrategy[dict[str, Any]]:
        inner = document(depth - 1) if depth else st.just({"c": 0})
        return st.fixed_dictionaries({}, optional={"a": inner, "b": inner, "c": scalars, "d": scalars})

    return [draw(document(2)) for _ in range(3)]


@given(layer_lists)
def test_layers_are_merged_as_rfc_7396_says(layers: tuple[LayerValues, ...]) -> None:
    expected: dict[str, Any] = reduce(rfc7396, [dict(each.values) for each in layers], {})

    assert merged(*layers).values() == expected


@given(of_one_shape())
def test_laying_over_is_associative_where_maps_stay_maps(three: list[dict[str, Any]]) -> None:
    first, second, third = three

    assert laid_over(laid_over(first, second), third) == laid_over(first, laid_over(second, third))


@given(documents, documents)
def test_laying_the_same_over_it_again_changes_nothing(below: dict[str, Any], above: dict[str, Any]) -> None:
    once = laid_over(below, above)

    assert laid_over(once, above) == once
    assert laid_over(above, {}) == laid_over({}, above) == above


@given(layer_lists)
def test_every_leaf_comes_from_the_last_layer_that_set_it(layers: tuple[LayerValues, ...]) -> None:
    for path, leaf in merged(*layers).leaves():
        setters = [each for each in layers if path in dict(leaves(each.values))]
        if leaf.value == {}:
            # An empty map over an empty map, or over a map, sets nothing.
            assert any(each.layer is leaf.layer for each in setters)
            continue
        assert leaf.layer is setters[-1].layer
        assert leaf.value == at(setters[-1].values, path)


@given(layer_lists)
def test_what_helm_lays_over_the_chart_gives_the_same(layers: tuple[LayerValues, ...]) -> None:
    chart = layers[0].values

    assert without_null(rfc7396(chart, merged(*layers).for_helm(chart))) == merged(*layers).values()


def without_null(value: Any) -> Any:
    """Of maps: the chart's own nulls, which nobody deletes and templates do not see."""
    if not isinstance(value, Mapping):
        return value
    return {name: without_null(each) for name, each in value.items() if each is not None}


def test_a_map_that_is_deleted_and_set_anew_does_not_get_the_old_names_back() -> None:
    chart = {"conf": {"old": 1, "kept": 2}}
    result = merged(
        LayerValues(Layer.CHART, chart),
        LayerValues(Layer.SYSTEM, {"conf": None}),
        LayerValues(Layer.USER, {"conf": {"kept": 3}}),
    )

    assert result.values() == {"conf": {"kept": 3}}
    assert result.for_helm(chart) == {"conf": {"old": None, "kept": 3}}


def test_only_what_goes_beyond_the_chart_is_handed_to_helm() -> None:
    chart = {"replicas": 1, "image": {"tag": "a", "pull": "Always"}}
    result = merged(LayerValues(Layer.CHART, chart), LayerValues(Layer.USER, {"image": {"tag": "b"}}))

    assert result.for_helm(chart) == {"image": {"tag": "b"}}


def test_a_leaf_names_its_author() -> None:
    author = Author("admin", NOW)
    result = merged(
        LayerValues(Layer.CHART, {"a": {"b": 1, "c": 2}}),
        LayerValues(Layer.USER, {"a": {"b": 5}}, {("a", "b"): author}),
    )

    assert {path: (leaf.layer, leaf.author) for path, leaf in result.leaves()} == {
        ("a", "b"): (Layer.USER, author),
        ("a", "c"): (Layer.CHART, None),
    }


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (999_999, 999_999),
        (1_000_000, "1000000"),
        (-1_234_567, "-1234567"),
        (True, True),
        (1.5e9, 1.5e9),  # written as a float, so nobody minds the exponent
        ([1_000_000], ["1000000"]),
        ({"runAsUser": 1_000_650_000}, {"runAsUser": 1_000_650_000}),
        ({"supplementalGroups": [1_000_650_000]}, {"supplementalGroups": [1_000_650_000]}),
    ],
)
def test_helm_prints_large_numbers_without_an_exponent(value: Any, exact: Any) -> None:
    assert exact_numbers(value) == exact


@given(st.lists(st.text(min_size=1), min_size=1).map(tuple))
def test_a_path_is_read_as_it_is_spelled(path: tuple[str, ...]) -> None:
    assert path_of(spelled(path)) == path


def test_null_is_something_and_nothing_is_missing() -> None:
    assert at({"a": None}, ("a",)) is None
    assert at({"a": None}, ("b",)) is Missing.MISSING
    assert at({"a": None}, ("a", "b")) is Missing.MISSING
