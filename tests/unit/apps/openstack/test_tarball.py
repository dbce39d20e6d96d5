"""The tarball: the same to the byte, read by the platform's own reader, with the images that were built."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest
import yaml

from apps.openstack.images.recipes import RECIPES
from apps.openstack.tarball.__main__ import CHARTS
from apps.openstack.tarball.assembling import tarball
from apps.openstack.tarball.charts import chart
from apps.openstack.tarball.manifests import static_overrides
from apps.openstack.tarball.packing import files_of, packed
from apps.openstack.tarball.releases import RELEASES, VERSION
from lab.ground.errors import LabError
from sturnus.applications.bundle.metadata import ReleaseOrder
from sturnus.core.application_states import ApplicationForm
from tests.unit.applications.opening import opened

IMAGES = {each.name: f"registry.local:9001/openstack/{each.name}:0123456789ab" for each in RECIPES if each.published}


@pytest.fixture
def charts(tmp_path: Path) -> Path:
    """A small chart for every release, and the library that they share."""
    top = tmp_path / "charts"
    _chart(top, "openstack-library", {"templates/_names.tpl": '{{- define "name" -}}x{{- end -}}\n'}, kind="library")
    for release in RELEASES:
        tags = {
            "api": "registry.local:9001/openstack/openstack:latest",
            "init": "registry.local:9001/openstack/entrypoint:latest",
        }
        values = yaml.safe_dump({"images": {"tags": tags}})
        _chart(
            top, release.chart, {"values.yaml": values, "templates/x.yaml": "# nothing\n"}, needs="openstack-library"
        )
    return top


def _chart(top: Path, name: str, files: dict[str, str], kind: str = "application", needs: str = "") -> None:
    about: dict[str, object] = {"apiVersion": "v2", "name": name, "version": "1.0.0", "type": kind}
    if needs:
        about["dependencies"] = [{"name": needs, "version": "1.0.0", "repository": f"file://../{needs}"}]
    for path, content in ({"Chart.yaml": yaml.safe_dump(about)} | files).items():
        (top / name / path).parent.mkdir(parents=True, exist_ok=True)
        (top / name / path).write_text(content)


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as found:
        return {each.name: (found.extractfile(each) or io.BytesIO()).read() for each in found}


def test_the_same_charts_elsewhere_at_another_time_make_the_same_bytes(charts: Path, tmp_path: Path) -> None:
    first = tarball(charts, IMAGES)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(charts, elsewhere)
    for file in elsewhere.rglob("*"):
        file.chmod(0o700)
        os.utime(file, (1, 1))
    (elsewhere / "keystone" / "charts").mkdir()  # what `helm dependency update` leaves behind
    (elsewhere / "keystone" / "charts" / "openstack-library-0.9.0.tgz").write_bytes(b"old")
    (elsewhere / "keystone" / "Chart.lock").write_text("generated: today\n")
    (elsewhere / "keystone" / "__pycache__").mkdir()
    (elsewhere / "keystone" / "__pycache__" / "x.pyc").write_bytes(b"")

    assert tarball(elsewhere, dict(reversed(IMAGES.items()))) == first


def test_a_byte_of_a_chart_or_another_image_changes_it(charts: Path) -> None:
    first = tarball(charts, IMAGES)

    assert tarball(charts, IMAGES | {"openstack": "registry.local:9001/openstack/openstack:ba9876543210"}) != first
    (charts / "nova" / "templates" / "x.yaml").write_text("# something\n")
    assert tarball(charts, IMAGES) != first


def test_the_platform_reads_it_without_a_note(charts: Path, tmp_path: Path) -> None:
    bundle = opened(tmp_path, tarball(charts, IMAGES))

    assert (bundle.name, bundle.version, bundle.manifest.form) == ("openstack", VERSION, ApplicationForm.FLUXCD)
    assert bundle.notes == ()
    assert bundle.metadata.release_order is ReleaseOrder.AS_DECLARED
    assert [(str(each.id), each.chart.name) for each in bundle.releases] == [
        (f"openstack/openstack-{each.chart}", each.chart) for each in RELEASES
    ]
    assert {str(each.id): sorted(map(str, each.after)) for each in bundle.releases} == {
        f"openstack/openstack-{each.chart}": sorted(f"openstack/openstack-{name}" for name in each.after)
        for each in RELEASES
    }


def test_one_to_update_to_differs_in_its_version_alone(charts: Path, tmp_path: Path) -> None:
    older, newer = members(tarball(charts, IMAGES)), members(tarball(charts, IMAGES, "2026.2-2"))

    assert {path for path in older if older[path] != newer[path]} == {
        "metadata.yaml", "checksum.md5", "checksum.sha256",
    }  # fmt: skip
    assert opened(tmp_path, tarball(charts, IMAGES, "2026.2-2")).version == "2026.2-2"


def test_every_image_of_a_chart_is_the_one_that_was_built(charts: Path, tmp_path: Path) -> None:
    for release in opened(tmp_path, tarball(charts, IMAGES)).releases:
        assert release.values == {"images": {"tags": {"api": IMAGES["openstack"], "init": IMAGES["entrypoint"]}}}


def test_a_chart_has_the_library_inside(charts: Path) -> None:
    found = members(chart(charts, "nova").archive)

    assert sorted(found) == [
        "nova/Chart.yaml", "nova/charts/openstack-library/Chart.yaml",
        "nova/charts/openstack-library/templates/_names.tpl", "nova/templates/x.yaml", "nova/values.yaml",
    ]  # fmt: skip


def test_an_image_that_no_recipe_makes_is_refused(charts: Path) -> None:
    (charts / "nova" / "values.yaml").write_text(
        "images: {tags: {ironic: registry.local:9001/openstack/ironic:latest}}"
    )

    with pytest.raises(LabError, match=r"chart nova: images\.tags\.ironic is .*, and no recipe makes an image ironic"):
        tarball(charts, IMAGES)


def test_a_release_without_a_chart_is_refused(charts: Path) -> None:
    shutil.rmtree(charts / "glance")

    with pytest.raises(LabError, match=r"chart glance has no .*Chart\.yaml: write the chart, or remove its release"):
        tarball(charts, IMAGES)


def test_a_chart_from_elsewhere_is_refused(charts: Path) -> None:
    about = yaml.safe_load((charts / "nova" / "Chart.yaml").read_text())
    about["dependencies"][0]["repository"] = "https://charts.example.org"
    (charts / "nova" / "Chart.yaml").write_text(yaml.safe_dump(about))

    with pytest.raises(LabError, match=r"chart nova depends on openstack-library from https://charts\.example\.org"):
        tarball(charts, IMAGES)


def test_archives_name_nobody_and_no_time() -> None:
    made = packed({"b": b"2", "a": b"1"})

    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        assert [(each.name, each.mtime, each.uid, each.uname, each.mode) for each in archive] == [
            ("a", 0, 0, "", 0o644),
            ("b", 0, 0, "", 0o644),
        ]
    assert gzip.decompress(made)[:1] == b"a"


def test_every_chart_of_the_checkout_is_a_release_and_its_images_have_recipes() -> None:
    there = {file.parent.name for file in CHARTS.glob("*/Chart.yaml")}
    applications = {name for name in there if chart(CHARTS, name).kind == "application"}

    assert applications == {release.chart for release in RELEASES}
    for name in applications:
        assert static_overrides(chart(CHARTS, name), IMAGES)["images"]["tags"]


def test_files_are_found_in_one_order(charts: Path) -> None:
    assert list(files_of(charts / "nova")) == ["Chart.yaml", "templates/x.yaml", "values.yaml"]
