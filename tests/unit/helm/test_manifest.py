"""Rendered YAML as Helm reads it, and what is made of hooks."""

import pytest

from sturnus.helm.manifest import NotYaml, documents
from sturnus.helm.render import Hook, Phase, hooks_in_order, parse

MANIFEST = """
---
# Source: keystone/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: keystone-api
---
# Source: keystone/templates/empty.yaml
---
# Source: keystone/templates/list.yaml
kind: List
items:
  - {kind: ConfigMap, metadata: {name: a}}
  - {kind: ConfigMap, metadata: {name: b}}
---
# Source: keystone/templates/job-db-sync.yaml
kind: Job
metadata:
  name: keystone-db-sync
  annotations:
    helm.sh/hook: post-install, post-upgrade
    helm.sh/hook-weight: "-4"
    helm.sh/hook-delete-policy: before-hook-creation
---
# Source: keystone/templates/job-db-init.yaml
kind: Job
metadata: {name: keystone-db-init, annotations: {"helm.sh/hook": post-install, "helm.sh/hook-weight": "-5"}}
---
# Source: keystone/templates/test.yaml
kind: Pod
metadata: {name: keystone-test, annotations: {"helm.sh/hook": test-success}}
"""


def test_every_object_has_its_template_and_hooks_are_told_apart() -> None:
    found = parse(MANIFEST)

    assert [(item.kind, item.name, item.template.rpartition("/")[2], item.hook is not None) for item in found] == [
        ("Service", "keystone-api", "service.yaml", False),
        ("ConfigMap", "a", "list.yaml", False),
        ("ConfigMap", "b", "list.yaml", False),
        ("Job", "keystone-db-sync", "job-db-sync.yaml", True),
        ("Job", "keystone-db-init", "job-db-init.yaml", True),
        ("Pod", "keystone-test", "test.yaml", True),
    ]
    assert found[3].hook == Hook(
        frozenset({Phase.POST_INSTALL, Phase.POST_UPGRADE}), -4, frozenset({"before-hook-creation"})
    )


def test_hooks_come_in_the_order_in_which_helm_runs_them() -> None:
    ordered = hooks_in_order(parse(MANIFEST), (Phase.PRE_INSTALL, Phase.POST_INSTALL))

    assert [item.name for item in ordered] == ["keystone-db-init", "keystone-db-sync"]


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2026-01-01", "2026-01-01"),
        ("12:34:56", "12:34:56"),
        ("1e3", 1000.0),
        ("0o17", 15),
        ("017", 15),
        ("-0x10", -16),
        ("1_000", 1000),
        ("yes", True),
        ("off", False),
        ('"yes"', "yes"),
        ("1.35.4", "1.35.4"),
        ("", None),
        ("~", None),
        ("1.", 1.0),
    ],
)
def test_plain_scalars_mean_what_they_mean_to_helm(written: str, means: object) -> None:
    (document,) = documents(f"kind: ConfigMap\nvalue: {written}\n")

    assert document.content["value"] == means
    assert type(document.content["value"]) is type(means)


def test_keys_are_text() -> None:
    (document,) = documents("kind: ConfigMap\ndata: {80: a, y: b, '1': c}\n")

    assert document.content["data"] == {"80": "a", "true": "b", "1": "c"}


def test_dashes_inside_a_text_do_not_end_a_document() -> None:
    (document,) = documents("kind: ConfigMap\ndata:\n  a: |\n    ---\n    b\n")

    assert document.content["data"] == {"a": "---\nb\n"}


@pytest.mark.parametrize(
    ("text", "line"), [("# Source: c/templates/a.yaml\na: b\n c: d\n", 3), ("# Source: c/templates/a.yaml\n- a\n", 1)]
)
def test_what_is_no_object_is_named_with_template_and_line(text: str, line: int) -> None:
    with pytest.raises(NotYaml) as broken:
        list(documents(text))

    assert (broken.value.template, broken.value.line) == ("c/templates/a.yaml", line)
