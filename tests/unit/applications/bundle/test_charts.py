"""The charts of a bundle, read from their archives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sturnus.applications.bundle.limits import DEFAULT_LIMITS
from sturnus.applications.release import ChartKind
from sturnus.core.application_states import ApplicationForm
from tests.tarballs.applications import files_of
from tests.tarballs.archives import tgz
from tests.tarballs.charts import TOOLKIT, ChartApi, ChartSpec, chart_files, chart_tgz
from tests.tarballs.tiny import TINY
from tests.unit.applications.opening import member, opened, raw_tgz, refusal

FILES = files_of(TINY, ApplicationForm.FLUXCD)
STORE = "charts/store-0.1.0.tgz"


def with_chart(content: bytes, name: str = "extra-0.1.0.tgz") -> dict[str, bytes]:
    return {**FILES, f"charts/{name}": content}


@pytest.mark.parametrize("api", ChartApi)
def test_a_chart_says_what_it_is_in_both_generations_of_helm(tmp_path: Path, api: ChartApi) -> None:
    spec = ChartSpec(
        "keystone",
        version="2026.1.0+c665eedf",
        dependencies=(TOOLKIT,),
        api=api,
        files={"values.schema.json": "{}"},
    )
    content = chart_tgz(spec)
    bundle = opened(tmp_path, with_chart(content, "keystone.tgz"))

    (chart,) = (each for each in bundle.charts if each.name == "keystone")
    assert chart.version == "2026.1.0+c665eedf"
    assert chart.file == bundle.directory / "charts/keystone.tgz"
    assert chart.file.read_bytes() == content
    assert (chart.dependencies, chart.contains) == (("helm-toolkit",), ("helm-toolkit",))
    assert (chart.has_values, chart.has_schema, chart.kind) == (True, True, ChartKind.APPLICATION)
    assert len(chart.sha256) == 64


def test_a_dependency_may_be_packed_inside(tmp_path: Path) -> None:
    files = chart_files(ChartSpec("keystone")) | {"charts/helm-toolkit-0.1.0.tgz": "x"}
    content = tgz({f"keystone/{path}": text.encode() for path, text in files.items()})

    assert opened(tmp_path, with_chart(content)).charts[1].contains == ("helm-toolkit",)


def test_what_is_no_chart_is_noted(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {**FILES, "charts/index.yaml": b"", "charts/old/x.tgz": b""})

    assert bundle.notes == (
        "charts/index.yaml: is no chart archive, and ignored",
        "charts/old: is no chart archive, and ignored",
    )


def chart(**texts: str) -> bytes:
    """A chart whose Chart.yaml (`about`) and other files are given."""
    files = {"Chart.yaml": texts.pop("about", "apiVersion: v2\nname: extra\nversion: 0.1.0\n")} | texts
    return tgz({f"extra/{path}": text.encode() for path, text in files.items()})


X = "charts/extra-0.1.0.tgz"
BAD = {
    "no archive": (b"hello", f"{X} is not packed by gzip, or is damaged"),
    "cut off": (chart()[:-9], f"{X} ends in the middle"),
    "a link": (
        raw_tgz(member("extra/x", type=b"2", linkname="/etc/passwd")),
        f"{X} member 'extra/x' is a symbolic link",
    ),
    "a way up": (raw_tgz(member("../x", b"1")), f"{X} member '../x' has `..` in its path"),
    "empty": (raw_tgz(), f"{X} is empty"),
    "no Chart.yaml": (tgz({"extra/values.yaml": b""}), f"{X} has no Chart.yaml"),
    "Chart.yaml at the top": (tgz({"Chart.yaml": b"name: extra\n"}), f"{X} has no Chart.yaml"),
    "two directories": (
        tgz({"extra/Chart.yaml": b"name: extra\n", "other/x": b""}),
        f"{X} has 2 directories at its top: extra, other",
    ),
    "no name": (chart(about="version: 1.0.0\n"), f"{X}!Chart.yaml:1:1: name is missing"),
    "a name that is a path": (
        chart(about="name: ../x\nversion: 1.0.0\n"),
        f"{X}!Chart.yaml:1:1: name is '../x'",
    ),
    "no version": (chart(about="name: extra\n"), f"{X}!Chart.yaml:1:1: version is missing"),
    "a version that is none": (
        chart(about="name: extra\nversion: latest\n"),
        f"{X}!Chart.yaml:2:1: version is 'latest'",
    ),
    "Chart.yaml that is no YAML": (
        chart(about="name: [\n"),
        f"{X}!Chart.yaml:2:1: is not YAML: did not find expected node content",
    ),
    "an unknown type": (
        chart(about="name: extra\nversion: 1.0.0\ntype: magic\n"),
        f"{X}!Chart.yaml:3:1: type is 'magic'",
    ),
    "dependencies that are no list": (
        chart(about="name: extra\nversion: 1.0.0\ndependencies: helm-toolkit\n"),
        f"{X}!Chart.yaml:3:1: dependencies is 'helm-toolkit'",
    ),
    "requirements without a name": (
        chart(**{"requirements.yaml": "dependencies:\n- version: 1\n"}),
        f"{X}!requirements.yaml:2:3: dependencies[0].name is missing",
    ),
    "a file that no Helm would load": (
        tgz({"extra/Chart.yaml": b"name: extra\n", "extra/big": b"x" * (5 * 2**20 + 1)}),
        f"{X} member 'extra/big' has 5242881 bytes",
    ),
    "a bomb": (
        tgz({f"extra/{n}": b"\0" * 2**20 * 5 for n in range(7)}),
        f"{X} unpacks to more than 100 times its size",
    ),
}


@pytest.mark.parametrize(("content", "fault"), BAD.values(), ids=BAD)
def test_a_chart_that_cannot_be_read_is_refused_by_name(tmp_path: Path, content: bytes, fault: str) -> None:
    assert refusal(tmp_path, with_chart(content)).details == (fault,)


def test_every_bad_chart_is_named_at_once(tmp_path: Path) -> None:
    error = refusal(tmp_path, {**FILES, "charts/a.tgz": b"", "charts/b.tgz": b"x"})

    assert error.details == (
        "charts/a.tgz ends in the middle",
        "charts/b.tgz is not packed by gzip, or is damaged",
    )


def test_two_charts_of_one_name_and_version_are_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, with_chart(FILES[STORE], "also-store.tgz"))

    assert error.message == "charts/also-store.tgz and charts/store-0.1.0.tgz are both chart store 0.1.0"
    assert error.remedy == "leave one of them"


def test_two_versions_of_a_chart_live_side_by_side(tmp_path: Path) -> None:
    newer = replace(TINY.releases[0].chart, version="0.2.0")
    bundle = opened(tmp_path, with_chart(chart_tgz(newer), "store-0.2.0.tgz"))

    assert [(each.name, each.version) for each in bundle.charts if each.name == "store"] == [
        ("store", "0.1.0"),
        ("store", "0.2.0"),
    ]
    assert bundle.releases[0].chart.version == "0.1.0"


def test_a_tarball_without_charts_is_refused(tmp_path: Path) -> None:
    files = {path: content for path, content in FILES.items() if not path.startswith("charts/")}
    error = refusal(tmp_path, files)

    assert error.details[0] == "charts/ has 0 chart archives"
    assert error.expected.startswith("1 to 500 files NAME-VERSION.tgz in charts/")


def test_more_charts_than_allowed_are_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, FILES, limits=replace(DEFAULT_LIMITS, charts=2))

    assert error.details[0] == "charts/ has 3 chart archives"
