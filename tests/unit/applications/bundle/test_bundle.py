"""A tarball as a whole: names, forms, what lies beside the charts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sturnus.applications.bundle.bundle import CalledFor, read_bundle
from sturnus.applications.bundle.limits import DEFAULT_LIMITS
from sturnus.core.application_states import ApplicationForm
from tests.tarballs.applications import files_of
from tests.tarballs.tiny import TINY
from tests.unit.applications.opening import opened, refusal

FILES = files_of(TINY, ApplicationForm.FLUXCD)


def about(text: str) -> dict[str, bytes]:
    return FILES | {"metadata.yaml": text.encode()}


@pytest.mark.parametrize("form", ApplicationForm)
def test_both_forms_of_one_application_are_the_same_releases(tmp_path: Path, form: ApplicationForm) -> None:
    releases = opened(tmp_path, files_of(TINY, form)).releases

    assert [
        (str(each.id), each.chart.name, sorted(map(str, each.after)), dict(each.values), each.timeout.total_seconds())
        for each in releases
    ] == [
        ("tiny/tiny-store", "store", [], {"conf": {"message": "from the manifest"}}, 900),
        ("tiny/tiny-cache", "cache", ["tiny/tiny-store"], {}, 900),
        ("tiny/tiny-web", "web", ["tiny/tiny-store"], {"pod": {"replicas": {"api": 2}}}, 900),
    ]
    assert [each.group for each in releases] == ["tiny-store", "tiny-front", "tiny-front"]


def test_a_bundle_is_read_again_from_its_place_as_it_was_opened(tmp_path: Path) -> None:
    bundle = opened(tmp_path, FILES)

    assert read_bundle(bundle.directory) == bundle


NAMES = {
    "metadata says both": ("app_name: a\napp_version: 1.0\n", CalledFor("x", "y"), ("a", "1.0")),
    "metadata says the name": ("app_name: a\n", CalledFor("x", "y"), ("a", "y")),
    "metadata says nothing": ("", CalledFor("x", "1.10"), ("x", "1.10")),
}


@pytest.mark.parametrize(("text", "called", "names"), NAMES.values(), ids=NAMES)
def test_what_metadata_says_wins_over_what_the_operator_typed(
    tmp_path: Path, text: str, called: CalledFor, names: tuple[str, str]
) -> None:
    bundle = opened(tmp_path, about(text), called)

    assert (bundle.name, bundle.version) == names
    assert bundle.manifest.name == f"{names[0]}-fluxcd-manifests"


def test_a_tarball_may_have_no_metadata(tmp_path: Path) -> None:
    files = {path: content for path, content in FILES.items() if path != "metadata.yaml"}

    assert opened(tmp_path, files, CalledFor("x", "1")).name == "x"


def test_without_any_name_the_options_are_told(tmp_path: Path) -> None:
    error = refusal(tmp_path, about(""))

    assert error.details == ("metadata.yaml: does not say app_name", "metadata.yaml: does not say app_version")
    assert error.remedy == (
        "add it, or pass --app-name to application-upload; add it, or pass --app-version to application-upload"
    )


def test_a_name_that_the_operator_typed_has_to_be_one_as_well(tmp_path: Path) -> None:
    error = refusal(tmp_path, about(""), CalledFor("../x", "1"))

    assert error.details == ("--app-name is '../x'",)


def test_disabled_charts_are_marked_and_unknown_ones_noted(tmp_path: Path) -> None:
    bundle = opened(tmp_path, about("app_name: a\napp_version: '1'\ndisabled_charts: [cache, gone]\n"))

    assert {each.chart_label: each.enabled for each in bundle.releases} == {"store": True, "cache": False, "web": True}
    assert bundle.notes == ("metadata.yaml: disabled_charts names gone, and no release is made of it",)


def test_plugins_are_listed_and_never_run(tmp_path: Path) -> None:
    bundle = opened(tmp_path, files_of(replace(TINY, plugin="k8sapp_tiny"), ApplicationForm.FLUXCD))

    assert bundle.plugins == ("k8sapp_tiny-1.0-py3-none-any.whl",)
    assert bundle.notes == (
        "plugins/k8sapp_tiny-1.0-py3-none-any.whl: is a plug-in of StarlingX: it is kept, and never run",
    )


def test_overrides_are_kept_as_text(tmp_path: Path) -> None:
    text = "{% for host in hosts %}\nnot: {{ yaml }}\n{% endfor %}\n"

    assert opened(tmp_path, files_of(replace(TINY, overrides=text), ApplicationForm.ARMADA)).overrides == text
    assert opened(tmp_path, FILES).overrides is None


def test_overrides_have_to_be_text_of_a_sane_size(tmp_path: Path) -> None:
    assert refusal(tmp_path, FILES | {"overrides.yaml": b"\xff"}).details == ("overrides.yaml: is not UTF-8",)
    limits = replace(DEFAULT_LIMITS, document=3000)
    error = refusal(tmp_path, FILES | {"overrides.yaml": b"x" * 3001}, limits=limits)
    assert error.details == ("overrides.yaml: has 3001 bytes",)


def test_embedded_images_are_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, FILES | {"images/x.tar": b""})

    assert error.details == ("images: holds embedded images",)
    assert error.remedy == "push the images to a registry, and leave images/ out"


def test_a_tarball_of_the_time_between_the_forms_is_read_as_fluxcd(tmp_path: Path) -> None:
    bundle = opened(tmp_path, FILES | files_of(TINY, ApplicationForm.ARMADA))

    assert bundle.manifest.form is ApplicationForm.FLUXCD


def test_a_yaml_file_beside_the_armada_manifest_is_noted(tmp_path: Path) -> None:
    bundle = opened(tmp_path, files_of(TINY, ApplicationForm.ARMADA) | {"notes.yaml": b"a: 1\n"})

    assert bundle.notes == ("notes.yaml: is no Armada manifest, and ignored",)


def test_a_tarball_without_a_manifest_says_what_one_is(tmp_path: Path) -> None:
    files = {path: content for path, content in FILES.items() if not path.startswith("fluxcd")}
    error = refusal(tmp_path, files)

    assert error.details == ("the tarball has 0 manifests",)
    assert error.expected == (
        "fluxcd-manifests/, or exactly one YAML file at the top with a document armada/Manifest/v1"
    )


def test_faults_of_every_part_are_said_at_once(tmp_path: Path) -> None:
    files = about("app_name: a\napp_version: [\n") | {
        "charts/store-0.1.0.tgz": b"x",
        "overrides.yaml": b"\xff",
        "fluxcd-manifests/cache/helmrelease.yaml": b"a: *b\n",
    }

    assert refusal(tmp_path, files, CalledFor("a", "1")).details == (
        "metadata.yaml:3:1: is not YAML: did not find expected node content",
        "charts/store-0.1.0.tgz is not packed by gzip, or is damaged",
        "fluxcd-manifests/cache/helmrelease.yaml:1:4: *b stands for nothing that ends before it",
        "fluxcd-manifests/store/helmrelease.yaml:11:7: release tiny/tiny-store needs chart store 0.1.0, "
        "and charts/ has no chart store",
        "overrides.yaml: is not UTF-8",
    )
