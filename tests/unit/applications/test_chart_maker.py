"""The charts that tests and benchmarks are made of."""

from __future__ import annotations

import io
import tarfile

import yaml

from tests.tarballs.charts import TOOLKIT, ChartApi, ChartSpec, Hook, Kind, Waits, Workload, chart_files, chart_tgz

SPEC = ChartSpec(
    "keystone",
    dependencies=(TOOLKIT,),
    values_bytes=32_000,
    workloads=(
        Workload("keystone-api", waits=Waits(services=("mariadb",), jobs=("keystone-db-sync",))),
        Workload("keystone-db-sync", Kind.JOB, waits=Waits(services=("mariadb",)), hook=Hook(weight=-4), seconds=1),
    ),
)


def test_the_same_parameters_make_the_same_bytes_and_another_seed_makes_others() -> None:
    assert chart_tgz(SPEC) == chart_tgz(SPEC)
    assert chart_tgz(ChartSpec("nova", values_bytes=500, seed=1)) != chart_tgz(ChartSpec("nova", values_bytes=500))


def test_everything_lies_below_a_directory_of_the_charts_name() -> None:
    with tarfile.open(fileobj=io.BytesIO(chart_tgz(SPEC))) as archive:
        names = archive.getnames()

    assert {name.split("/")[0] for name in names} == {"keystone"}
    assert "keystone/charts/helm-toolkit/Chart.yaml" in names


def test_values_are_as_large_as_asked_for_and_still_yaml() -> None:
    text = chart_files(SPEC)["values.yaml"]

    assert 32_000 <= len(text) < 33_000
    assert yaml.safe_load(text)["work"]["db-sync"] == {"seconds": 1, "exit_code": 0}


def test_dependencies_stand_where_their_generation_of_helm_looks() -> None:
    old = chart_files(ChartSpec("nova", dependencies=(TOOLKIT,), api=ChartApi.V1))
    new = chart_files(ChartSpec("nova", dependencies=(TOOLKIT,)))

    assert yaml.safe_load(old["requirements.yaml"]) == {
        "dependencies": yaml.safe_load(new["Chart.yaml"])["dependencies"]
    }
    assert "dependencies" not in yaml.safe_load(old["Chart.yaml"])
