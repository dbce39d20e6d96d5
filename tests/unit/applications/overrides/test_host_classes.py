from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sturnus.applications.overrides.authorship import same
from sturnus.applications.overrides.host_classes import classes_of
from sturnus.applications.overrides.host_entries import entries
from sturnus.inventory.label_syntax import key_fault, value_fault

CONF = {"nova": {"DEFAULT": {"reserved_host_memory_mb": 1024}}}
OTHER = {"nova": {"DEFAULT": {"reserved_host_memory_mb": 2048}}}

settings = st.dictionaries(
    st.sampled_from([f"compute-{n}" for n in range(6)]),
    st.dictionaries(
        st.sampled_from(["nova_compute", "nova_ssh"]),
        st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, "1", True, [1]])),
    ),
)


def test_equal_hosts_share_a_class_and_one_entry() -> None:
    many = {f"compute-{n}": {"nova_compute": CONF} for n in range(1000)}

    found = classes_of("nova", many | {"special": {"nova_compute": OTHER}, "plain": {}})

    assert [len(each.hosts) for each in found.classes] in ([1000, 1], [1, 1000])
    assert "plain" not in found.labels()
    assert len(set(found.labels().values())) == 2
    (common, special) = found.labels()["compute-0"], found.labels()["special"]
    assert sorted(found.overrides()["nova_compute"]["labels"], key=str) == sorted(
        [
            {"label": {"key": "class.sturnus.io/nova", "values": [common]}, "conf": CONF},
            {"label": {"key": "class.sturnus.io/nova", "values": [special]}, "conf": OTHER},
        ],
        key=str,
    )


def test_classes_that_differ_elsewhere_share_the_entry_of_a_daemonset() -> None:
    found = classes_of("nova", {"a": {"x": CONF, "y": CONF}, "b": {"x": CONF, "y": OTHER}})

    overrides = found.overrides()
    assert [len(each["label"]["values"]) for each in overrides["x"]["labels"]] == [2]
    assert [len(each["label"]["values"]) for each in overrides["y"]["labels"]] == [1, 1]


def test_a_host_that_joins_a_class_changes_no_override() -> None:
    one = classes_of("nova", {"a": {"x": CONF}})
    two = classes_of("nova", {"b": {"x": CONF}, "a": {"x": CONF}})

    assert one.overrides() == two.overrides()
    assert two.labels() == {"a": one.labels()["a"], "b": one.labels()["a"]}


@given(settings)
def test_each_host_gets_exactly_its_own_settings_by_its_label(given: dict[str, dict[str, Any]]) -> None:
    found = classes_of("nova", given)
    values = {"conf": {"overrides": found.overrides()}}

    for host, own in given.items():
        node = {found.label_key: found.labels()[host]} if own else {}
        chosen = [entry for entry in entries(values) if entry.selector.matches(host, node)]
        assert same({entry.daemonset: entry.conf for entry in chosen}, own)
        assert len(chosen) == len(own)


@given(settings)
def test_labels_are_valid_and_do_not_depend_on_order(given: dict[str, dict[str, Any]]) -> None:
    found = classes_of("nova", given)

    assert classes_of("nova", dict(reversed(given.items()))) == found
    assert key_fault(found.label_key) is None
    assert all(value_fault(value) is None for value in found.labels().values())
