# ruff: noqa: E501 -- sentences and objects as the programs write them
"""Sentences of Helm 4.3.1 as a real API server made it say them, and what is made of them."""

import pytest

from sturnus.helm.failure import Failure, failed, last_complaint, read
from sturnus.helm.process import Ended, Ending
from sturnus.helm.scrubbing import Scrubber

TEMPLATE = (
    '{"labels":{"job-name":"r-job"},"Spec":{"Containers":[{"Name":"c","Env":[{"Name":"P","Value":"hunter22"}]}]}}'
)

SENTENCES = [
    (
        "UPGRADE FAILED: server-side apply failed for object demo/r-job batch/v1, Kind=Job: Job.batch \"r-job\" is invalid: "
        f"spec.template: Invalid value: {TEMPLATE}: field is immutable",
        Failure.IMMUTABLE_FIELD, "Job demo/r-job", "demo/r: Job r-job: spec.template cannot be changed",
    ),
    (
        'UPGRADE FAILED: server-side apply failed for object demo/db apps/v1, Kind=StatefulSet: StatefulSet.apps "db" is invalid: '
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals' are forbidden",
        Failure.IMMUTABLE_FIELD, "StatefulSet demo/db",
        "demo/r: StatefulSet db: spec cannot be changed, but for replicas, template and a few others",
    ),
    (
        "UPGRADE FAILED: conflict occurred while applying object demo/r-a /v1, Kind=ConfigMap: Apply failed with 1 conflict: "
        'conflict with "me": .data.x',
        Failure.FIELD_CONFLICT, "ConfigMap demo/r-a", 'demo/r: ConfigMap r-a: 1 conflict: conflict with "me": .data.x',
    ),
    (
        'INSTALLATION FAILED: unable to continue with install: ConfigMap "q-a" in namespace "demo" exists and cannot be imported '
        'into the current release: invalid ownership metadata; label validation error: missing key "a/b": must be set to "Helm"',
        Failure.NOT_OWNED, "ConfigMap demo/q-a",
        "demo/r: ConfigMap q-a exists and does not belong to this release: invalid ownership metadata; label validation error: "
        'missing key "a/b": must be set to "Helm"',
    ),
    (
        'INSTALLATION FAILED: create: failed to create: namespaces "nope" not found',
        Failure.NO_NAMESPACE, None, 'demo/r: create: failed to create: namespaces "nope" not found',
    ),
    (
        "INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use",
        Failure.NAME_IN_USE, None, "demo/r: release name check failed: cannot reuse a name that is still in use",
    ),
    ('UPGRADE FAILED: "zz" has no deployed releases', Failure.NO_RELEASE, None, 'demo/r: "zz" has no deployed releases'),
    ("release has no 17 version", Failure.NO_RELEASE, None, "demo/r: release has no 17 version"),
    ("release: not found", Failure.NO_RELEASE, None, "demo/r: release: not found"),
    (
        "UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
        Failure.BUSY, None, "demo/r: another operation (install/upgrade/rollback) is in progress",
    ),
    (
        "INSTALLATION FAILED: unable to build kubernetes objects from release manifest: resource mapping not found for name: "
        '"a" namespace: "" from "": no matches for kind "Foo" in version "foo.example/v1"\nensure CRDs are installed first',
        Failure.KIND_NOT_SERVED, "Foo", "demo/r: the cluster does not serve foo.example/v1 Foo",
    ),
    (
        "INSTALLATION FAILED: server-side apply failed for object demo/a /v1, Kind=Service: failed to create typed patch object "
        "(demo/a; /v1, Kind=Service): .spec.foo: field not declared in schema",
        Failure.REFUSED, "Service demo/a",
        "demo/r: Service a is refused: failed to create typed patch object (demo/a; /v1, Kind=Service): .spec.foo: field not "
        "declared in schema",
    ),
    (
        'INSTALLATION FAILED: server-side apply failed for object demo/a /v1, Kind=Pod: Pod "a" is invalid: spec.containers: '
        "Required value",
        Failure.REFUSED, "Pod demo/a", 'demo/r: Pod a is refused: Pod "a" is invalid: spec.containers: Required value',
    ),
    (
        'INSTALLATION FAILED: server-side apply failed for object demo/a /v1, Kind=Secret: Secret "a" is invalid: data[p]: '
        'Invalid value: "open sesame": not base64',
        Failure.REFUSED, "Secret demo/a", 'demo/r: Secret a is refused: Secret "a" is invalid: data[p]: invalid value: not base64',
    ),
    (
        "INSTALLATION FAILED: failed post-install: resource Job/demo/hj not ready. status: InProgress, message: Job in progress\n"
        "context deadline exceeded",
        Failure.HOOK_TIMED_OUT, "Job demo/hj", "demo/r: hook Job hj did not end in time: InProgress",
    ),
    (
        "INSTALLATION FAILED: failed post-install: resource Job/demo/hj not ready. status: Failed, message: Job Failed. failed: 1/1",
        Failure.HOOK_FAILED, "Job demo/hj", "demo/r: hook Job hj failed: Job Failed. failed: 1/1",
    ),
    (
        'INSTALLATION FAILED: cluster reachability check failed: kubernetes cluster unreachable: Get "https://h:1/version": '
        "dial tcp h:1: connect: connection refused",
        Failure.CLUSTER_AWAY, None,
        'demo/r: cluster reachability check failed: kubernetes cluster unreachable: Get "https://h:1/version": dial tcp h:1: '
        "connect: connection refused",
    ),
    (
        'INSTALLATION FAILED: unable to build kubernetes objects from release manifest: error validating "": error validating '
        "data: failed to download openapi: unknown",  # while the API server starts
        Failure.CLUSTER_AWAY, None,
        'demo/r: unable to build kubernetes objects from release manifest: error validating "": error validating data: '
        "failed to download openapi: unknown",
    ),
    (
        'UPGRADE FAILED: create: failed to create: Secret "sh.helm.release.v1.r.v2" is invalid: data: Too long: may not be more '
        "than 1048576 bytes",
        Failure.RECORD_TOO_LARGE, None, "demo/r: Helm's record of the release is larger than 1 MiB",
    ),
    (
        "execution error at (t1/templates/a.yaml:8:8): db password is needed\n",
        Failure.DOES_NOT_RENDER, "t1/templates/a.yaml:8", "demo/r: t1/templates/a.yaml, line 8: db password is needed",
    ),
    (
        "YAML parse error on t1/templates/b.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed "
        "in this context",
        Failure.DOES_NOT_RENDER, "t1/templates/b.yaml:2",
        "demo/r: t1/templates/b.yaml, line 2 of what it renders to: mapping values are not allowed in this context",
    ),
    (
        't1/templates/b.yaml:1:6\n  executing "t1/templates/b.yaml" at <include "nope" .>:\n    error calling include:\n'
        'template: no template "nope" associated with template "gotpl"',
        Failure.DOES_NOT_RENDER, "t1/templates/b.yaml:1",
        'demo/r: t1/templates/b.yaml, line 1, at include "nope" .: error calling include: template: no template "nope" associated '
        'with template "gotpl"',
    ),
    (
        "parse error at (t1/templates/b.yaml:1): missing value for if",
        Failure.DOES_NOT_RENDER, "t1/templates/b.yaml:1", "demo/r: t1/templates/b.yaml, line 1: missing value for if",
    ),
    (
        "values don't meet the specifications of the schema(s) in the following chart(s):\nt1:\n- at '/x': got string, want integer",
        Failure.INVALID_VALUES, None,
        "demo/r: the chart's schema refuses the values: t1: - at '/x': got string, want integer",
    ),
    (
        "file '/c/bad.tgz' does not appear to be a gzipped archive; got 'application/octet-stream'",
        Failure.INVALID_CHART, None,
        "demo/r: file '/c/bad.tgz' does not appear to be a gzipped archive; got 'application/octet-stream'",
    ),
    (
        "chart requires kubeVersion: >=1.99 which is incompatible with Kubernetes v1.37.0",
        Failure.INVALID_CHART, None, "demo/r: chart requires kubeVersion: >=1.99 which is incompatible with Kubernetes v1.37.0",
    ),
    ("INSTALLATION FAILED: the moon is full", Failure.UNKNOWN, None, "demo/r: the moon is full"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "kind", "where", "message"), SENTENCES)
def test_a_sentence_of_helms_is_one_of_a_closed_set_of_failures(
    sentence: str, kind: Failure, where: str | None, message: str
) -> None:
    found = read(f"Error: {sentence}", "demo/r", Scrubber())

    assert (found.kind, found.where, found.message) == (kind, where, message)


def test_the_complaint_is_what_follows_the_last_error_without_the_debugging_around_it() -> None:
    lines = ["level=DEBUG msg=x", "Error: first", 'level=WARN msg="upgrade failed"', "Error: second", "more", "",
             "Use --debug flag to render out invalid YAML"]  # fmt: skip

    assert last_complaint(lines) == "Error: second\nmore"


def test_a_process_that_said_nothing_useful_is_quoted_with_its_last_lines() -> None:
    assert last_complaint([str(number) for number in range(9)]) == "4\n5\n6\n7\n8"


def test_no_secret_of_the_values_is_in_a_failure() -> None:
    values = {"endpoints": {"auth": {"password": "open sesame"}}, "conf": {"private": "line one\nline two"}}
    sentence = (
        'Error: execution error at (c/templates/a.yaml:1:1): cannot use "open sesame" or line two or b3BlbiBzZXNhbWU='
    )

    found = read(sentence, "demo/r", Scrubber.of(values))

    assert found.message == 'demo/r: c/templates/a.yaml, line 1: cannot use "•••" or ••• or •••'


def test_a_pod_template_that_kubernetes_shows_is_not_repeated() -> None:
    complaint = f"Error: UPGRADE FAILED: something new: Invalid value: {TEMPLATE}: no reason we know"

    assert "hunter22" not in read(complaint, "demo/r", Scrubber()).message


@pytest.mark.parametrize(
    ("ended", "kind", "message"),
    [
        (Ended(Ending.TIMED_OUT, 0, b"", ()), Failure.TIMED_OUT, "demo/r: helm did not end before its deadline"),
        (Ended(Ending.KILLED, -9, b"", ()), Failure.KILLED, "demo/r: helm was ended by signal 9"),
        (
            Ended(Ending.OVERFLOWED, 0, b"", ()),
            Failure.DOES_NOT_RENDER,
            "demo/r: the chart renders to more than 64 MiB",
        ),
    ],
)
def test_a_process_that_did_not_exit_by_itself(ended: Ended, kind: Failure, message: str) -> None:
    found = failed(ended, "demo/r", Scrubber())

    assert (found.kind, found.message) == (kind, message)
