"""Tarballs in the shape and size of stx-openstack, of 2019 and of today (reference/applications.md §1-§4)."""

from __future__ import annotations

import hashlib
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from sturnus.applications.bundle.bundle import Bundle, open_bundle
from sturnus.applications.bundle.metadata import AppClass, Trigger
from sturnus.applications.order.graph import written_graph
from sturnus.applications.release import JobSelector, Waiting
from sturnus.core.application_states import ApplicationForm
from tests.tarballs import openstack
from tests.tarballs.applications import armada_files, files_of, pack, write_tarball
from tests.tarballs.tiny import TINY, tiny

FORMS = {"2019": (openstack.of_2019(), ApplicationForm.ARMADA), "today": (openstack.today(), ApplicationForm.FLUXCD)}


@pytest.fixture(scope="module")
def tarballs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("openstack")
    return {name: write_tarball(directory, spec, form) for name, (spec, form) in FORMS.items()}


@pytest.fixture(scope="module")
def bundles(tarballs: dict[str, Path]) -> dict[str, Bundle]:
    return {name: open_bundle(tarball, tarball.parent / "bundles") for name, tarball in tarballs.items()}


def levels(bundle: Bundle) -> list[str]:
    return [
        " ".join(str(unit).removeprefix("openstack/").removeprefix("osh-openstack-") for unit in level)
        for level in written_graph(bundle.releases).levels()
    ]


def test_openstack_of_2019_goes_group_by_group(bundles: dict[str, Bundle]) -> None:
    bundle = bundles["2019"]

    assert (bundle.name, bundle.version) == ("stx-openstack", "1.0-17-centos-stable-versioned")
    assert (bundle.manifest.name, bundle.manifest.file) == ("armada-manifest", "stx-openstack.yaml")
    assert (len(bundle.charts), len(bundle.releases), len(bundle.plugins)) == (26, 25, 0)
    assert bundle.notes == ()
    assert levels(bundle) == [
        "kube-system/osh-kube-system-ingress",
        "ingress nginx-ports-control",
        "mariadb",
        "garbd",
        "memcached",
        "rabbitmq",
        "keystone",
        "glance",
        "cinder",
        "libvirt openvswitch nova nova-api-proxy neutron placement",
        "heat",
        "horizon",
    ]


def test_openstack_of_today_has_the_graph_of_depends_on(bundles: dict[str, Bundle]) -> None:
    bundle = bundles["today"]

    assert (bundle.name, bundle.version) == ("stx-openstack", "26.10-0")
    assert (bundle.manifest.name, bundle.manifest.file) == ("stx-openstack-fluxcd-manifests", "fluxcd-manifests")
    assert (len(bundle.charts), len(bundle.releases)) == (30, 29)
    assert sum(each.enabled for each in bundle.releases) == 23
    assert bundle.plugins == ("k8sapp_openstack-1.0-py3-none-any.whl",)
    assert [(each.kind, each.name) for each in bundle.resources] == [("Namespace", "openstack")]
    assert levels(bundle) == [
        "ingress-nginx-openstack nginx-ports-control",
        "mariadb",
        "garbd memcached",
        "rabbitmq",
        "keystone",
        "glance",
        "cinder",
        "placement",
        "nova nova-api-proxy neutron libvirt openvswitch heat",
        "pci-irq-affinity-agent fm-rest-api clients ceilometer osh-prometheus-openstack-exporter",
        "horizon aodh",
    ]


def test_the_metadata_of_today_is_read(bundles: dict[str, Bundle]) -> None:
    about = bundles["today"].metadata

    assert about.maintain_user_overrides is True
    assert about.app_class is AppClass.OPTIONAL
    assert about.upgrades.from_versions == (r"^26\.03.*", r"^25\.09.*")
    assert about.behavior.triggers[5].type is Trigger.HOST_DELETE
    assert about.behavior.triggers[5].filters == ({"openstack_worker": "true"},)


def test_one_service_comes_out_alike_of_both_forms(bundles: dict[str, Bundle]) -> None:
    old, new = (
        next(each for each in bundles[form].releases if each.chart.name == "keystone") for form in ("2019", "today")
    )

    assert (old.id, old.values, old.timeout, old.chart_label) == (new.id, new.values, new.timeout, new.chart_label)
    assert old.timeout == timedelta(minutes=30)
    assert 39_000 < len(str(old.values)) < 60_000
    assert (old.waiting, new.waiting) == (Waiting(None), Waiting(()))
    assert old.delete_before_upgrade == (JobSelector("job", {"release_group": "osh-openstack-keystone"}),)
    assert old.chart.dependencies == new.chart.dependencies == ("helm-toolkit",)


@pytest.mark.parametrize("form", ApplicationForm)
def test_the_same_description_makes_the_same_bytes(form: ApplicationForm) -> None:
    assert pack(files_of(TINY, form)) == pack(files_of(tiny(), form))


def test_another_seed_makes_another_tarball_of_the_same_size() -> None:
    one, other = (armada_files(openstack.of_2019(seed))["stx-openstack.yaml"] for seed in (1, 2))

    assert one != other
    assert abs(len(one) - len(other)) < 5_000


def test_a_tarball_has_the_size_of_a_real_one(tarballs: dict[str, Path]) -> None:
    sizes = {name: tarball.stat().st_size for name, tarball in tarballs.items()}

    assert all(1_500_000 < size < 4_000_000 for size in sizes.values()), sizes


def test_memory_does_not_grow_with_the_tarball(tmp_path: Path) -> None:
    ballast = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(2**15))  # 1 MiB
    files = files_of(TINY, ApplicationForm.FLUXCD) | {f"docs/{number}": ballast for number in range(50)}
    (tmp_path / "app.tgz").write_bytes(pack(files))
    assert (tmp_path / "app.tgz").stat().st_size > 50_000_000
    del files

    tracemalloc.start()
    try:
        open_bundle(tmp_path / "app.tgz", tmp_path / "bundles")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * 2**20
