from typing import Any

import pytest

from sturnus.applications.images.images import images_in_manifests, images_in_values, wanted_images, with_local_images
from sturnus.applications.overrides.values import laid_over
from sturnus.core.errors import Invalid
from sturnus.registry.reference import ImageReference, parsed

LOCAL = "registry.local:9001"
DIGEST = "sha256:" + "a" * 64

VALUES: list[tuple[dict[str, Any], list[str], dict[str, Any]]] = [
    # values → images, overrides that name them locally
    (
        {"images": {"tags": {"api": "quay.io/a/nova:1", "db": "nginx"}, "pull_policy": "Always"}},
        ["quay.io/a/nova:1"],
        {"images": {"tags": {"api": f"{LOCAL}/quay.io/a/nova:1", "db": f"{LOCAL}/nginx"}}},
    ),
    (
        {"images": {"tags": {"deep": {"er": "a/b:1"}, "many": ["a/c:1", "a/d:1"]}}},
        ["a/b:1", "a/c:1", "a/d:1"],
        {"images": {"tags": {"deep": {"er": f"{LOCAL}/a/b:1"}, "many": [f"{LOCAL}/a/c:1", f"{LOCAL}/a/d:1"]}}},
    ),
    (
        {"image": {"registry": "docker.io", "repository": "bitnami/redis", "tag": "7", "pullPolicy": "x"}},
        ["docker.io/bitnami/redis:7"],
        {"image": {"registry": LOCAL, "repository": "docker.io/bitnami/redis"}},
    ),
    (
        {"image": {"repository": "quay.io/jetstack/controller", "tag": "v1"}},
        ["quay.io/jetstack/controller:v1"],
        {"image": {"repository": f"{LOCAL}/quay.io/jetstack/controller"}},
    ),
    (  # the chart's appVersion is the tag: only its templates know
        {"image": {"repository": "quay.io/jetstack/controller", "tag": ""}},
        [],
        {"image": {"repository": f"{LOCAL}/quay.io/jetstack/controller"}},
    ),
    (
        {"controller": {"image": {"registry": "registry.k8s.io", "image": "ingress/c", "tag": "v1", "digest": DIGEST}}},
        [f"registry.k8s.io/ingress/c:v1@{DIGEST}"],
        {"controller": {"image": {"registry": LOCAL, "image": "registry.k8s.io/ingress/c"}}},
    ),
    ({"image": "quay.io/a/b", "imageTag": "1"}, ["quay.io/a/b:1"], {"image": f"{LOCAL}/quay.io/a/b"}),
    ({"image": {"repository": "a/b", "tag": 1.25}}, ["a/b:1.25"], {"image": {"repository": f"{LOCAL}/a/b"}}),
    ({"a": [{"image": "quay.io/a/b:1"}]}, ["quay.io/a/b:1"], {"a": [{"image": f"{LOCAL}/quay.io/a/b:1"}]}),
    ({"images": {"tags": {"api": f"{LOCAL}/a:1"}}}, [f"{LOCAL}/a:1"], {}),
    # No images of containers.
    ({"conf": {"tempest": {"image": "quay.io/a/b:1"}}}, [], {}),
    ({"bootstrap": {"images": {"tags": {"cirros": "a:1"}}}}, [], {}),
    ({"aws": {"tags": {"owner": "me"}}}, [], {}),
    ({"image": "cirros"}, [], {}),
    ({"image": True, "images": {"tags": None}}, [], {}),
    ({"git": {"repository": "https://example.com/x", "tag": "1"}}, [], {}),
]


@pytest.mark.parametrize(("values", "images", "overrides"), VALUES)
def test_images_are_found_in_values_and_named_locally(
    values: dict[str, Any], images: list[str], overrides: dict[str, Any]
) -> None:
    assert sorted(map(str, images_in_values(values))) == images
    found = with_local_images(values, LOCAL)
    assert found == overrides
    assert with_local_images(laid_over(values, found), LOCAL) == {}


POD = {
    "initContainers": [{"name": "init", "image": "quay.io/a/entrypoint:1"}],
    "containers": [{"name": "a", "image": "quay.io/a/nova:1"}, {"name": "b", "image": "quay.io/a/nova:1"}, {}],
}


@pytest.mark.parametrize(
    "rendered",
    [
        {"kind": "Pod", "spec": POD},
        {"kind": "Deployment", "spec": {"template": {"spec": POD}}},
        {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": POD}}}}},
        {"kind": "List", "items": [{"kind": "Pod", "spec": POD}]},
    ],
)
def test_images_of_all_containers_are_found(rendered: dict[str, Any]) -> None:
    assert sorted(map(str, images_in_manifests([rendered]))) == ["quay.io/a/entrypoint:1", "quay.io/a/nova:1"]


def test_a_container_whose_image_is_none_is_named() -> None:
    broken = {"kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"image": "quay.io/a/b:"}]}}

    with pytest.raises(Invalid, match=r"Pod x: 'quay.io/a/b:' is no image"):
        images_in_manifests([broken])


def test_each_image_is_wanted_once_and_names_its_releases() -> None:
    found = wanted_images(
        {
            "openstack/nova": [image("quay.io/a:1"), image("10.0.0.1:5000/own:1")],
            "openstack/neutron": [image(f"{LOCAL}/quay.io/a:1"), image("nginx:1")],
        },
        LOCAL,
    )

    assert [(str(each.source), str(each.local), each.releases) for each in found] == [
        ("nginx:1", f"{LOCAL}/nginx:1", ("openstack/neutron",)),
        ("quay.io/a:1", f"{LOCAL}/quay.io/a:1", ("openstack/neutron", "openstack/nova")),
    ]


def image(name: str) -> ImageReference:
    found = parsed(name)
    assert found is not None
    return found
