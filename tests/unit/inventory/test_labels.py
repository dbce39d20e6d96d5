import pytest

from sturnus.inventory.labels import on_node, runs_openstack_compute, runs_openstack_control, with_values


def test_a_label_without_a_value_is_enabled() -> None:
    assert with_values({"openstack-compute-node": None, "rack": ""}) == {
        "openstack-compute-node": "enabled",
        "rack": "",
    }


@pytest.mark.parametrize("name", ["openstack-controller-node", "openstack-control-plane"])
def test_either_name_of_the_control_role_puts_both_on_the_node(name: str) -> None:
    assert on_node({name: "enabled", "rack": "r1"}) == {
        "openstack-controller-node": "enabled",
        "openstack-control-plane": "enabled",
        "rack": "r1",
    }
    assert runs_openstack_control({name: "enabled"})


@pytest.mark.parametrize(
    ("labels", "runs"),
    [
        ({"openstack-compute-node": "enabled"}, True),
        ({"openstack-compute-node": "Enabled"}, False),  # F-27: one predicate, exact
        ({"openstack-compute-node": "disabled"}, False),
        ({}, False),
    ],
)
def test_what_makes_a_compute_host(labels: dict[str, str], *, runs: bool) -> None:
    assert runs_openstack_compute(labels) is runs
