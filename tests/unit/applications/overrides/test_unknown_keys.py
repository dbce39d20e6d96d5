import pytest

from sturnus.applications.overrides.unknown_keys import UnknownKey, refuse_unknown, unknown_keys
from sturnus.applications.overrides.values import Values, path_of, spelled
from sturnus.core.errors import Invalid

NOVA: Values = {
    "images": {"tags": {"nova_compute": "quay.io/nova:1", "nova_api": "quay.io/nova:1"}, "pull_policy": "IfNotPresent"},
    "pod": {"replicas": {"osapi": 1, "conductor": 1}, "affinity": {}, "resources": {"enabled": False}},
    "labels": {"agent": {"compute": {"node_selector_key": "openstack-compute-node"}}},
    "conf": {"nova": {"DEFAULT": {"debug": False}, "libvirt": {"virt_type": "kvm"}}, "policy": {}, "paste": None},
    "endpoints": {"identity": {"auth": {"admin": {"username": "admin"}}}},
    "annotations": {"owner": "me"},
    "network_policy": {"nova": {"ingress": [{}]}},
    "files": {"motd.txt": "hello"},
    "storage": "",
    "ports": {"api": {"default": 80}},
}

KEYS = [
    # override → stranger, nearest; None: known
    ("pod.replicas.osapi", None, None),
    ("pod.replicas.osapii", "pod.replicas.osapii", "pod.replicas.osapi"),
    ("pods.replicas.osapi", "pods", "pod"),
    ("replicas.osapi", "replicas", "pod.replicas.osapi"),
    ("images.tags.nova_comput", "images.tags.nova_comput", "images.tags.nova_compute"),
    ("zzz", "zzz", None),
    ("labels.agent.comput.node_selector_key", "labels.agent.comput", "labels.agent.compute"),
    ("endpoints.identity.auth.admin.user_name", "endpoints.identity.auth.admin.user_name",
     "endpoints.identity.auth.admin.username"),
    # Places that are filled by whoever uses the chart.
    ("pod.affinity.anti.type", None, None),  # {}
    ("conf.paste.anything", None, None),  # null
    ("storage.class.name", None, None),  # a single value
    ("network_policy.nova.ingress.from", None, None),  # a list: replaced as a whole
    # Configuration files: their programs know more options than the chart names.
    ("conf.nova.DEFAULT.my_new_option", None, None),
    ("conf.nova.my_section.option", None, None),
    # What stands beside a default wins over it.
    ("ports.api.public", None, None),
    ("ports.app.public", "ports.app", "ports.api"),
    ("conf.nowa.DEFAULT.debug", "conf.nowa", "conf.nova"),
    # What no default names, and what is read all the same.
    ("conf.overrides.nova_compute.hosts", None, None),
    ("global.anything", None, None),
    # Maps of files, and maps that Kubernetes reads.
    ("files.issue", None, None),
    ("annotations.example", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("key", "stranger", "nearest"), KEYS, ids=[key for key, *_ in KEYS])
def test_names_that_no_lower_layer_knows(key: str, stranger: str | None, nearest: str | None) -> None:
    found = unknown_keys(nested(key), NOVA)

    expected = () if stranger is None else (UnknownKey(path_of(stranger), path_of(nearest) if nearest else None),)
    assert found == expected


def test_each_stranger_is_named_once() -> None:
    assert [spelled(each.path) for each in unknown_keys({"foo": {"a": 1, "b": 2}, "bar": 1}, NOVA)] == ["foo", "bar"]


def test_a_chart_without_values_takes_any() -> None:
    assert unknown_keys({"a": 1}, {}) == ()


def test_what_was_forced_before_may_be_said_again() -> None:
    assert unknown_keys({"foo": 2}, NOVA, known_before={"foo": 1}) == ()


def test_values_of_subcharts_are_their_own_matter() -> None:
    assert unknown_keys({"redis": {"a": 1}}, NOVA, subcharts=frozenset({"redis"})) == ()


def test_the_refusal_names_what_was_meant() -> None:
    with pytest.raises(Invalid) as refused:
        refuse_unknown(unknown_keys(nested("pod.replicas.osapii"), NOVA), "nova")

    assert refused.value.message == (
        "Nothing in chart nova is called pod.replicas.osapii. Did you mean pod.replicas.osapi?"
    )
    assert "--force" in refused.value.remedy


def nested(key: str) -> Values:
    *above, last = path_of(key)
    values: Values = {last: "x"}
    for name in reversed(above):
        values = {name: values}
    return values
