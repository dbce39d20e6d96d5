"""The best host of many, found without looking at all of them: it is the one that looking at all would find."""

from hypothesis import given
from hypothesis import strategies as st

from sturnus.vim.servers.ranking import Ranking, Rule, fits, minus, pack, spread
from sturnus.vim.servers.view import Size
from tests.cloud_builders import a_compute

NAMES = [f"compute-{number}" for number in range(6)]
sizes = st.builds(Size, st.integers(0, 4), st.integers(0, 4096), st.integers(0, 20))
totals = st.builds(Size, st.integers(0, 16), st.integers(0, 16384), st.integers(0, 80))


def best_of_all(free: dict[str, Size], totals: dict[str, Size], size: Size, rule: Rule, out: set[str]) -> str | None:
    possible = [name for name in free if fits(size, free[name]) and name not in out]
    return max(possible, key=lambda name: (rule(minus(free[name], size), totals[name]), name), default=None)


@given(
    hosts=st.dictionaries(st.sampled_from(NAMES), totals),
    servers=st.lists(st.tuples(sizes, st.sets(st.sampled_from(NAMES))), max_size=12),
    rule=st.sampled_from([spread, pack]),
)
def test_whoever_is_asked_for_in_turn_it_is_the_host_that_looking_at_all_finds(
    hosts: dict[str, Size], servers: list[tuple[Size, set[str]]], rule: Rule
) -> None:
    free = dict(hosts)
    known = {name: a_compute(name, total) for name, total in hosts.items()}
    rankings = {size: Ranking(size, rule, known, free, hosts) for size, _ in servers}
    for size, out in servers:
        found = rankings[size].best(out.__contains__)
        assert found == best_of_all(free, hosts, size, rule, out)
        if found is not None:
            free[found] = minus(free[found], size)
            for each in rankings.values():
                each.changed(found)


def test_a_thousand_hosts_are_judged_once_and_not_for_each_server() -> None:
    judged: list[Size] = []

    def rule(left: Size, total: Size) -> float:
        judged.append(left)
        return spread(left, total)

    names = [f"compute-{number}" for number in range(1000)]
    free = dict.fromkeys(names, Size(16, 65536, 500))
    ranked = Ranking(Size(1, 1024, 0), rule, {name: a_compute(name) for name in names}, free, names)
    for _ in range(100):
        name = ranked.best(lambda _: False)
        assert name is not None
        free[name] = minus(free[name], Size(1, 1024, 0))
        ranked.changed(name)

    assert len(judged) == 1000 + 100
