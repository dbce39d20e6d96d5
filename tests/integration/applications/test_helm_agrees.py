"""What the layers merge to is what templates of the real Helm see."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.programs.build import built
from sturnus.applications.overrides.layers import Layer, LayerValues, merged
from sturnus.applications.overrides.set_syntax import with_settings
from sturnus.applications.overrides.values_text import read_values

names = st.sampled_from(["a", "b", "c"])
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-99, 99), st.sampled_from(["x", "", "1e5"]), st.just([1, None])
)
documents = st.dictionaries(
    names, st.recursive(scalars, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=8), max_size=3
)


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
    (tmp_path / "templates" / "seen.yaml").write_text("seen: {{ toJson .Values | quote }}\n{{ .Values.shown }}\n")
    return tmp_path


def rendered(chart: Path, own: dict[str, Any], *arguments: str) -> dict[str, Any]:
    """The one object that the chart renders to."""
    (chart / "values.yaml").write_text(json.dumps(own))
    command = [str(built() / "helm"), "template", "r", str(chart), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    found: dict[str, Any] = yaml.safe_load(done.stdout)
    return found


def without_null(value: Any) -> Any:
    """A null of maps is nothing to templates; Helm keeps those that delete nothing, and so can reach into subcharts."""
    if not isinstance(value, dict):
        return value
    return {name: without_null(each) for name, each in value.items() if each is not None}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents, documents, documents)
def test_helm_merges_what_it_is_handed_to_the_same(
    chart: Path, own: dict[str, Any], manifest: dict[str, Any], user: dict[str, Any]
) -> None:
    layers = merged(LayerValues(Layer.CHART, own), LayerValues(Layer.MANIFEST, manifest), LayerValues(Layer.USER, user))
    file = chart / "handed.json"
    file.write_text(json.dumps(layers.for_helm(own)))

    assert without_null(json.loads(rendered(chart, own, "-f", str(file))["seen"])) == layers.values()


@pytest.mark.parametrize("number", [999_999, 1_000_000, 1_234_567, -7_654_321, 2**53 + 1])
def test_templates_print_whole_numbers_as_they_are(chart: Path, number: int) -> None:
    layers = merged(LayerValues(Layer.USER, {"shown": f"shown: {number}", "number": number}))
    file = chart / "handed.json"
    file.write_text(json.dumps(layers.for_helm({})))
    (chart / "templates" / "seen.yaml").write_text("number: {{ .Values.number }}\n")

    assert rendered(chart, {}, "-f", str(file)) == {"number": number}


SETTINGS = [
    "a=b", "a.b.c=x", "a=", "a=-5", "a=+5", "a=1.5", "a=1e6", "a=true", "a=False", "a=null", "url=http://x?a=b&c=d",
    "a==", r"annotations.example\.com/owner=me", r"a\=b=c", r"a=one\,two", r"a=c:\\dir", "a[0]=x", "a[0].b=x",
    "a[0][0]=x", "a={x}", "a={1}",
]  # fmt: skip


@pytest.mark.parametrize("item", SETTINGS)
def test_settings_are_read_as_helm_reads_them(chart: Path, item: str) -> None:
    expected = merged(LayerValues(Layer.USER, with_settings({}, [item]))).values()

    assert without_null(json.loads(rendered(chart, {}, "--set", item)["seen"])) == expected


TEXTS = ["10:30", "2019-01-01", "1e5", "0644", "0x1F", "1_000", "-5", ".5", "on", "No", "~", "'5'", "1.2.3", "0.10"]


@pytest.mark.parametrize("text", TEXTS)
def test_yaml_is_read_as_helm_reads_it(chart: Path, text: str) -> None:
    file = chart / "given.yaml"
    file.write_text(f"a: [{text}]")

    seen = json.loads(rendered(chart, {}, "-f", str(file))["seen"])["a"]

    assert seen == read_values(file.read_text(), "x")["a"]
    assert isinstance(seen[0], bool) is isinstance(read_values(file.read_text(), "x")["a"][0], bool)
