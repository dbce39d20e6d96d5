"""metadata.yaml: all that it may say, and every way to say it wrong."""

from __future__ import annotations

import pytest

from sturnus.applications.bundle import metadata
from sturnus.applications.bundle.documents import read_mapping
from sturnus.applications.bundle.findings import Findings
from sturnus.applications.bundle.metadata import (
    Action,
    AppClass,
    Behavior,
    Dependency,
    DesiredState,
    ForbiddenOperation,
    KubernetesRange,
    KubernetesUpgrades,
    Metadata,
    ReapplyTrigger,
    Timing,
    Trigger,
    Upgrades,
)
from sturnus.core.errors import Invalid

EVERYTHING = r"""
app_name: stx-openstack
app_version: 1.10
disabled_charts: [aodh, ironic]
maintain_user_overrides: true
maintain_attributes: "false"
upgrades:
  auto_update: false
  update_failure_no_rollback: yes
  from_versions: ['^26\.03.*']
downgrades: {auto_downgrade: false}
supported_k8s_version: {minimum: 1.30, maximum: v1.32.2}
k8s_upgrades: {auto_update: true, timing: pre}
supported_releases: {26.10: [patch-1, patch-2], '25.09': []}
patch_dependencies: [STX_1]
repo: starlingx
apply_progress_adjust: 7
behavior:
  platform_managed_app: yes
  desired_state: applied
  forbidden_manual_operations: [delete, remove]
  evaluate_reapply:
    after: [cert-manager]
    triggers:
      - {type: unlock}
      - {type: host-delete, filters: [{openstack_worker: True}], filter_field: hosts}
class: critical
dependent_apps:
  - {name: prometheus, version: '^26.*', action: ignore}
  - [{name: a, version: '1', action: apply}, {name: b, version: '2', action: apply}]
dependent_parent_exceptions: [{name: parent, version: '.*'}]
labels: {controller: 'openstack-control-plane=enabled'}
build_date: today
"""


def read(text: str) -> tuple[Metadata, Findings]:
    findings = Findings()
    node = read_mapping(text.encode(), "metadata.yaml", findings)
    assert node is not None
    return metadata.read(node, findings), findings


def test_everything_that_starlingx_knows_is_read() -> None:
    found, findings = read(EVERYTHING)

    assert findings == Findings()
    assert found == Metadata(
        name="stx-openstack",
        version="1.10",
        disabled_charts=frozenset({"aodh", "ironic"}),
        maintain_user_overrides=True,
        maintain_attributes=False,
        upgrades=Upgrades(
            auto_update=False,
            update_failure_no_rollback=True,
            from_versions=(r"^26\.03.*",),
            auto_downgrade=False,
        ),
        supported_k8s_version=KubernetesRange("1.30", "v1.32.2"),
        k8s_upgrades=KubernetesUpgrades(auto_update=True, timing=Timing.PRE),
        supported_releases={"26.10": ("patch-1", "patch-2"), "25.09": ()},
        patch_dependencies=("STX_1",),
        repo="starlingx",
        apply_progress_adjust=7,
        behavior=Behavior(
            platform_managed_app=True,
            desired_state=DesiredState.APPLIED,
            forbidden_manual_operations=frozenset({ForbiddenOperation.DELETE, ForbiddenOperation.REMOVE}),
            reapply_after=("cert-manager",),
            triggers=(
                ReapplyTrigger(Trigger.UNLOCK),
                ReapplyTrigger(Trigger.HOST_DELETE, ({"openstack_worker": "True"},), "hosts"),
            ),
        ),
        app_class=AppClass.CRITICAL,
        dependent_apps=(
            (Dependency("prometheus", "^26.*", Action.IGNORE),),
            (Dependency("a", "1", Action.APPLY), Dependency("b", "2", Action.APPLY)),
        ),
        dependent_parent_exceptions=(Dependency("parent", ".*"),),
        labels={"controller": "openstack-control-plane=enabled"},
    )


def test_nothing_has_to_be_said() -> None:
    assert read("") == (Metadata(), Findings())


def test_from_version_is_read_as_the_openstack_application_of_starlingx_writes_it() -> None:
    found, findings = read("upgrades: {from_version: ['^1.*']}\n")

    assert found.upgrades.from_versions == ("^1.*",)
    assert findings.notes == ["metadata.yaml:1:12: upgrades.from_version is read as from_versions"]


def test_an_unknown_key_is_noted_and_accepted() -> None:
    found, findings = read("app_name: a\nfuture: 1\nbehavior:\n  mood: good\n")

    assert found.name == "a"
    assert findings.faults == []
    assert findings.notes == [
        "metadata.yaml:4:3: behavior.mood is not known here, and ignored",
        "metadata.yaml:2:1: future is not known here, and ignored",
    ]


NAMES = "up to 63 letters, digits, '-', '_' and '.', a letter or digit at each end"
VERSIONS = "up to 128 letters, digits, '-', '_', '.', '+' and '~', a letter or digit at each end"
TRIGGERS = f"{', '.join(list(Trigger)[:-1])} or on-demand-reapply"
KUBERNETES = "a version like 1.32 or 1.32.2"
PATTERN = "a regular expression of at most 200 characters"
WRONG = {
    # text: (line:column, found, expected)
    "app_name: ../etc\n": ("1:1", "app_name is '../etc'", f"app_name: {NAMES}"),
    "app_name: -a\n": ("1:1", "app_name is '-a'", f"app_name: {NAMES}"),
    "app_name: [a]\n": ("1:1", "app_name is a list", "app_name: text"),
    "app_name: yes\n": ("1:1", "app_name is True", "app_name: text"),
    f"app_name: {'a' * 64}\n": ("1:1", "app_name is text of 64 characters", f"app_name: {NAMES}"),
    "app_version: a/b\n": ("1:1", "app_version is 'a/b'", f"app_version: {VERSIONS}"),
    "app_version: 1.0-\n": ("1:1", "app_version is '1.0-'", f"app_version: {VERSIONS}"),
    "disabled_charts: aodh\n": ("1:1", "disabled_charts is 'aodh'", "disabled_charts: a list"),
    "disabled_charts: [a, {b: c}]\n": ("1:22", "disabled_charts[1] is a mapping", "disabled_charts[1]: text"),
    "disabled_charts: [a, true]\n": ("1:22", "disabled_charts[1] is True", "disabled_charts[1]: text"),
    "maintain_user_overrides: maybe\n": (
        "1:1",
        "maintain_user_overrides is 'maybe'",
        "maintain_user_overrides: true or false",
    ),
    "upgrades: true\n": ("1:1", "upgrades is True", "upgrades: a mapping"),
    "upgrades: {auto_update: 1}\n": (
        "1:12",
        "upgrades.auto_update is 1",
        "upgrades.auto_update: true or false",
    ),
    "upgrades: {from_versions: ['(']}\n": (
        "1:12",
        "upgrades.from_versions is '(', no regular expression: missing ), unterminated subpattern at position 0",
        PATTERN,
    ),
    f"upgrades: {{from_versions: [{'a' * 201}]}}\n": ("1:12", "upgrades.from_versions has 201 characters", PATTERN),
    "supported_k8s_version: {maximum: '1.32'}\n": (
        "1:24",
        "supported_k8s_version.minimum is missing",
        f"supported_k8s_version.minimum: {KUBERNETES}",
    ),
    "supported_k8s_version: {minimum: latest}\n": (
        "1:25",
        "supported_k8s_version.minimum is 'latest'",
        f"supported_k8s_version.minimum: {KUBERNETES}",
    ),
    "supported_k8s_version: {minimum: '1.32', maximum: '1.9'}\n": (
        "1:42",
        "supported_k8s_version.maximum is '1.9', below the minimum 1.32",
        "a maximum not below it",
    ),
    "k8s_upgrades: {auto_update: true}\n": (
        "1:15",
        "k8s_upgrades.timing is missing",
        "k8s_upgrades.timing: pre or post; it goes with auto_update",
    ),
    "k8s_upgrades: {timing: pre}\n": (
        "1:15",
        "k8s_upgrades.auto_update is missing",
        "k8s_upgrades.auto_update: true or false; it goes with timing",
    ),
    "k8s_upgrades: {auto_update: true, timing: later}\n": (
        "1:35",
        "k8s_upgrades.timing is 'later'",
        "k8s_upgrades.timing: pre or post",
    ),
    "supported_releases: {26.10: patch}\n": (
        "1:22",
        "supported_releases.26.10 is 'patch'",
        "supported_releases.26.10: a list",
    ),
    "apply_progress_adjust: many\n": (
        "1:1",
        "apply_progress_adjust is 'many'",
        "apply_progress_adjust: a whole number from -1000 to 1000",
    ),
    "behavior: {desired_state: running}\n": (
        "1:12",
        "behavior.desired_state is 'running'",
        "behavior.desired_state: uploaded or applied",
    ),
    "behavior: {forbidden_manual_operations: [install]}\n": (
        "1:42",
        "behavior.forbidden_manual_operations[0] is 'install'",
        "behavior.forbidden_manual_operations[0]: upload, apply, remove, delete, update or abort",
    ),
    "behavior: {evaluate_reapply: {triggers: [{type: moon}]}}\n": (
        "1:43",
        "behavior.evaluate_reapply.triggers[0].type is 'moon'",
        f"behavior.evaluate_reapply.triggers[0].type: {TRIGGERS}",
    ),
    "behavior: {evaluate_reapply: {triggers: [unlock]}}\n": (
        "1:42",
        "behavior.evaluate_reapply.triggers[0] is 'unlock'",
        "behavior.evaluate_reapply.triggers[0]: a mapping",
    ),
    "behavior: {evaluate_reapply: {triggers: [{filters: []}]}}\n": (
        "1:42",
        "behavior.evaluate_reapply.triggers[0].type is missing",
        "behavior.evaluate_reapply.triggers[0].type: what causes the re-apply",
    ),
    "class: vital\n": ("1:1", "class is 'vital'", "class: critical, storage, discovery, optional or reporting"),
    "dependent_apps: [prometheus]\n": (
        "1:18",
        "dependent_apps[0] is no application",
        "a mapping with name, version and action, or a list of such",
    ),
    "dependent_apps: [[{name: a, version: '1'}]]\n": (
        "1:18",
        "dependent_apps[0] has 1",
        "two applications or more that exclude each other",
    ),
    "dependent_apps: [{name: a, version: '['}]\n": (
        "1:28",
        "dependent_apps[0].version is '[', no regular expression: unterminated character set at position 0",
        PATTERN,
    ),
    "dependent_apps: [{name: a, version: '1', action: panic}]\n": (
        "1:42",
        "dependent_apps[0].action is 'panic'",
        "dependent_apps[0].action: ignore, warn, error or apply",
    ),
    "labels: {controller: [a]}\n": ("1:10", "labels.controller is a list", "labels.controller: text"),
}


@pytest.mark.parametrize(("text", "fault"), WRONG.items(), ids=(fault[1][:60] for fault in WRONG.values()))
def test_what_is_wrong_is_said_with_line_and_column(text: str, fault: tuple[str, str, str]) -> None:
    _, findings = read(text)

    place, found, expected = fault
    (only,) = findings.faults
    assert (str(only), only.expected) == (f"metadata.yaml:{place}: {found}", expected)


def test_all_that_is_wrong_is_said_at_once() -> None:
    _, findings = read("app_name: '-'\nclass: x\nbehavior:\n  desired_state: q\nmaintain_attributes: z\n")

    with pytest.raises(Invalid) as caught:
        findings.refuse_if_any()

    assert caught.value.details == (
        "metadata.yaml:1:1: app_name is '-'",
        "metadata.yaml:5:1: maintain_attributes is 'z'",
        "metadata.yaml:4:3: behavior.desired_state is 'q'",
        "metadata.yaml:2:1: class is 'x'",
    )
    assert caught.value.message == "; ".join(caught.value.details)
    assert caught.value.remedy == "correct metadata.yaml"


def test_of_very_many_faults_the_first_are_shown_and_the_others_counted() -> None:
    _, findings = read("disabled_charts:\n" + "- {}\n" * 1000)

    with pytest.raises(Invalid) as caught:
        findings.refuse_if_any()

    assert caught.value.message.endswith("disabled_charts[4] is a mapping; and 995 more")
    assert len(caught.value.details) == 201
    assert caught.value.details[-1] == "and 800 more"
