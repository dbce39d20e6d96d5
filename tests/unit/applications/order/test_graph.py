"""The order of releases: properties that hold for any graph, and words for what cannot be ordered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.order.circles import components, find_cycle
from sturnus.applications.order.graph import ReleaseGraph, Unit, declared_graph, without, written_graph
from sturnus.applications.release import ChartArchive, Release, ReleaseName
from sturnus.core.errors import Invalid

CHART = ChartArchive("x", "1.0.0", Path("x.tgz"), "")
Names = Mapping[str, str]


def name(letter: str) -> ReleaseName:
    return ReleaseName("ns", letter)


def release(letter: str, after: str = "", *, enabled: bool = True) -> Release:
    return Release(name(letter), CHART, {}, after=frozenset(map(name, after)), enabled=enabled)


def graph(**after: str) -> ReleaseGraph:
    """`graph(a="", b="a")`: b waits for a. A name in capitals is disabled."""
    return written_graph(release(each.lower(), waits.lower(), enabled=each.islower()) for each, waits in after.items())


def declared(**after: str) -> ReleaseGraph:
    return declared_graph(
        [release(each) for each in after],
        {name(each): frozenset(map(name, waits)) for each, waits in after.items()},
    )


def letters(*units: Unit) -> str:
    """`a bc`: unit a, then the unit of b and c."""
    return " ".join("".join(member.name for member in unit.members) for unit in units)


def levels(given_graph: ReleaseGraph) -> list[str]:
    return [letters(*level) for level in given_graph.levels()]


def test_levels_are_the_longest_ways() -> None:
    assert levels(graph(a="", b="a", c="", d="bc", e="c")) == ["a c", "b e", "d"]


def test_the_order_of_the_manifest_is_kept_where_there_is_a_choice() -> None:
    assert letters(*graph(c="", a="", d="b", b="").units) == "c a b d"


def test_a_release_starts_the_moment_its_own_predecessors_are_done() -> None:
    order = graph(a="", b="a", c="", d="bc")
    a, b, c, d = (order.unit_of(name(each)) for each in "abcd")

    assert order.ready_to_start([]) == (a, c)
    assert order.ready_to_start([], started=[a]) == (c,)
    assert order.ready_to_start([a], started=[c]) == (b,)
    assert order.ready_to_start([a, b]) == (c,)
    assert order.ready_to_start([a, b, c]) == (d,)
    assert order.ready_to_start([a, b, c, d]) == ()


def test_removal_goes_the_other_way_round() -> None:
    assert levels(graph(a="", b="a", c="", d="bc").reversed()) == ["d", "c b", "a"]


def test_nothing_to_install_is_a_graph_as_well() -> None:
    empty = graph()

    assert (empty.units, empty.levels(), empty.ready_to_start([])) == ((), (), ())
    assert empty.critical_path(lambda _: timedelta(seconds=1)) == ((), timedelta())


DISABLED = {
    # capitals are disabled: what is left, and who waits for whom
    "in the middle": ({"a": "", "B": "a", "c": "B"}, {"a": "", "c": "a"}),
    "several in a row": ({"a": "", "B": "a", "C": "B", "d": "C"}, {"a": "", "d": "a"}),
    "at the start": ({"A": "", "b": "A"}, {"b": ""}),
    "at the end": ({"a": "", "B": "a"}, {"a": ""}),
    "where ways meet": ({"a": "", "b": "", "C": "ab", "d": "C", "e": "Cb"}, {"a": "", "b": "", "d": "ab", "e": "ab"}),
    "all": ({"A": "", "B": "A"}, {}),
}


@pytest.mark.parametrize(("written", "left"), DISABLED.values(), ids=DISABLED)
def test_whoever_waited_for_a_disabled_release_waits_for_what_that_waited_for(written: Names, left: Names) -> None:
    order = graph(**written)

    waits = {letters(unit): "".join(sorted(map(letters, others))) for unit, others in order.before.items()}
    assert waits == left


CIRCLES = {
    "two": ({"a": "b", "b": "a"}, "ns/a, which waits for ns/b, which waits for ns/a"),
    "itself": ({"a": "a"}, "ns/a, which waits for ns/a"),
    "three, and others around it": (
        {"z": "", "a": "cz", "b": "a", "c": "b", "d": "a"},
        "ns/a, which waits for ns/c, which waits for ns/b, which waits for ns/a",
    ),
    "the shorter of two": (
        {"a": "bc", "b": "d", "c": "a", "d": "a"},
        "ns/a, which waits for ns/c, which waits for ns/a",
    ),
    "through a disabled one": ({"a": "B", "B": "a"}, "ns/a, which waits for ns/b, which waits for ns/a"),
}


@pytest.mark.parametrize(("written", "circle"), CIRCLES.values(), ids=CIRCLES)
def test_a_circle_as_written_is_named_whole(written: Names, circle: str) -> None:
    with pytest.raises(Invalid) as caught:
        graph(**written)

    assert caught.value.message == f"releases wait for each other in a circle: {circle}"
    assert caught.value.expected == "an order in which every release can start"
    assert caught.value.remedy == "remove one of these dependencies from the manifest"


def test_a_circle_as_declared_is_one_wait_unit() -> None:
    order = declared(a="", b="cd", c="ba", d="", e="b")

    assert levels(order) == ["a d", "bc", "e"]
    assert str(order.unit_of(name("c"))) == "ns/b + ns/c"
    assert order.releases == tuple(map(name, "adbce"))


def test_declared_edges_to_disabled_and_unknown_releases_do_not_count() -> None:
    order = declared_graph(
        [release("a", enabled=False), release("b")],
        {name("b"): frozenset({name("a"), name("b"), name("z")})},
    )

    assert levels(order) == ["b"]
    assert order.before == {Unit((name("b"),)): frozenset()}


def test_the_critical_path_is_the_slowest_chain() -> None:
    seconds = {"a": 3, "b": 1, "c": 5, "d": 1}
    chain, length = graph(a="", b="a", c="", d="bc").critical_path(
        lambda unit: timedelta(seconds=sum(seconds[member.name] for member in unit.members))
    )

    assert (letters(*chain), length) == ("c d", timedelta(seconds=6))


def test_an_unknown_release_has_no_unit() -> None:
    with pytest.raises(KeyError, match="b"):
        graph(a="").unit_of(name("b"))


Edges = dict[int, frozenset[int]]


@st.composite
def any_edges(draw: st.DrawFn) -> Edges:
    nodes = draw(st.lists(st.integers(0, 8), unique=True))
    return {node: frozenset(draw(st.sets(st.sampled_from(nodes)))) for node in nodes}


@st.composite
def acyclic_edges(draw: st.DrawFn) -> Edges:
    """Edges lead only to nodes that come earlier in some order; the nodes are listed in another."""
    nodes = draw(st.permutations(range(draw(st.integers(0, 8)))))
    edges = {
        node: frozenset(draw(st.sets(st.sampled_from(nodes[:position])))) if position else frozenset()
        for position, node in enumerate(nodes)
    }
    return {node: edges[node] for node in sorted(edges)}


def releases_of(edges: Edges, disabled: frozenset[int] = frozenset()) -> list[Release]:
    return [
        Release(
            name(str(node)),
            CHART,
            {},
            after=frozenset(name(str(other)) for other in others),
            enabled=node not in disabled,
        )
        for node, others in edges.items()
    ]


def reachable(edges: Mapping[int, frozenset[int]], start: int) -> set[int]:
    seen: set[int] = set()
    work = [start]
    while work:
        for other in edges[work.pop()]:
            if other not in seen:
                seen.add(other)
                work.append(other)
    return seen


@given(acyclic_edges(), st.data())
def test_any_acyclic_graph_runs_everything_once_and_nothing_before_its_predecessors(
    edges: Edges, data: st.DataObject
) -> None:
    order = written_graph(releases_of(edges))
    done: list[Unit] = []
    running: list[Unit] = []
    started: list[Unit] = []
    while len(done) < len(edges):
        for unit in order.ready_to_start(done, running):
            assert order.before[unit] <= set(done)
            running.append(unit)
            started.append(unit)
        finished = data.draw(st.sampled_from(running))  # any order of finishing
        running.remove(finished)
        done.append(finished)

    assert sorted(int(letters(unit)) for unit in started) == sorted(edges)
    for unit in started:
        earlier = {int(letters(other)) for other in done[: done.index(unit)]}
        assert edges[int(letters(unit))] <= earlier


@given(acyclic_edges(), st.data())
def test_disabling_releases_keeps_the_order_of_all_others(edges: Edges, data: st.DataObject) -> None:
    disabled = frozenset(data.draw(st.sets(st.sampled_from(sorted(edges))))) if edges else frozenset()
    order = written_graph(releases_of(edges, disabled))

    left = {
        int(letters(unit)): frozenset(int(letters(other)) for other in others) for unit, others in order.before.items()
    }
    assert set(left) == set(edges) - disabled
    for node in left:
        assert reachable(left, node) == reachable(edges, node) - disabled


@given(any_edges())
def test_contraction_makes_an_acyclic_graph_that_keeps_every_wait(edges: Edges) -> None:
    releases = releases_of(edges)
    order = declared_graph(releases, {each.id: each.after for each in releases})

    positions = {unit: position for position, unit in enumerate(order.units)}
    assert all(positions[other] < positions[unit] for unit, others in order.before.items() for other in others)
    assert sorted(order.releases) == sorted(each.id for each in releases)
    for node, others in edges.items():
        unit = order.unit_of(name(str(node)))
        for other in others:
            waited = order.unit_of(name(str(other)))
            assert waited == unit or waited in order.before[unit]
            assert (waited == unit) == (node in reachable(edges, other) or node == other)


@given(any_edges())
def test_a_circle_is_found_if_and_only_if_there_is_one(edges: Edges) -> None:
    found = find_cycle(edges)

    assert bool(found) == any(node in reachable(edges, node) for node in edges)
    for each, after in zip(found, (*found[1:], *found[:1]), strict=True):
        assert after in edges[each]
    assert len(set(found)) == len(found)


@given(acyclic_edges())
def test_removal_is_the_mirror_image(edges: Edges) -> None:
    order = written_graph(releases_of(edges))

    assert order.reversed().reversed() == order
    for unit, others in order.before.items():
        assert all(unit in order.reversed().before[other] for other in others)


@given(acyclic_edges(), st.data())
def test_no_schedule_beats_the_critical_path(edges: Edges, data: st.DataObject) -> None:
    order = written_graph(releases_of(edges))
    times = {unit: timedelta(seconds=data.draw(st.integers(0, 100))) for unit in order.units}
    chain, length = order.critical_path(times.__getitem__)

    ends: dict[Unit, timedelta] = {}
    for unit in order.units:
        ends[unit] = times[unit] + max((ends[other] for other in order.before[unit]), default=timedelta())
    assert length == max(ends.values(), default=timedelta())
    assert sum((times[unit] for unit in chain), timedelta()) == length


def test_a_chain_of_ten_thousand_does_not_exhaust_the_stack() -> None:
    edges = {node: frozenset({node - 1} if node else set()) for node in range(10_000)}

    assert len(components(edges)) == 10_000
    assert len(find_cycle(edges | {0: frozenset({9_999})})) == 10_000


def test_removing_from_edges_leaves_no_trace_of_what_is_gone() -> None:
    edges = {name("a"): frozenset({name("b")}), name("b"): frozenset({name("a")})}

    assert without(edges, [name("b")]) == {name("a"): frozenset()}
