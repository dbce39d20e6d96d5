"""Applications that cannot be installed as they are: it is said why, nothing is lost, and the next install finishes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from lightkube import Client
from lightkube.resources.core_v1 import Node

from tests.integration.engine.platform import Platform
from tests.integration.engine.small import one_pod, only, small, written
from tests.tarballs.charts import ChartSpec, Workload

SECONDS = 10
"""In which an abort has to be done: Helm gets three to end in good order."""
NOWHERE = "registry.local:9001/nothing:9"
LABEL = "sturnus-test/rack"

JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: sync
  annotations: {helm.sh/hook: "pre-install,pre-upgrade"}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      containers:
        - name: sync
          image: {{ .Values.image }}
          command: [sh, -c, "echo no such table; exit {{ .Values.code }}"]
"""
SYNC = ChartSpec(
    "sync", values={"code": 3, "image": "registry.local:9001/busybox:1"}, files={"templates/job.yaml": JOB}
)
FAULTY = replace(
    one_pod("faulty"), files={"templates/broken.yaml": '\n{{ if .Values.conf.broken }}{{ fail "no way" }}{{ end }}\n'}
)
PLACED = ChartSpec("placed", workloads=(Workload("placed-api", serves=False, node_selector=(LABEL, "7")),))


@pytest.fixture
def place(request: pytest.FixtureRequest, namespaces: list[str]) -> str:
    """Name of a test's application and of its namespace."""
    name = f"fault-{random.randrange(16**6):06x}"
    namespaces.append(name)
    return name


@pytest.fixture
def labelled(client: Client) -> Iterator[str]:
    """The name of a node; labels that a test gives to it go with the test."""
    yield "compute-0"
    client.patch(Node, "compute-0", {"metadata": {"labels": {LABEL: None}}})


def test_a_chart_that_does_not_render_is_told_with_its_line(shared: Platform, place: str) -> None:
    shared.system("application-upload", place, written(shared.directory, only(place, FAULTY)))
    shared.system("helm-override-update", place, "faulty", place, "--set", "conf.broken=true", "--force")

    failed = shared.system("application-install", place, "--wait", status=1)

    assert "faulty/templates/broken.yaml, line 2: no way" in failed.err
    assert shared.application(place)["status"] == "apply-failed"
    shared.system("helm-override-delete", place, "faulty", place)
    finishes(shared, place)


def test_an_override_that_no_chart_knows_is_refused_with_the_nearest_name(shared: Platform, place: str) -> None:
    shared.system("application-upload", place, written(shared.directory, only(place, one_pod("api"))))
    update = ("helm-override-update", place, "api", place, "--set")

    refused = shared.system(*update, "conf.mesage=hello", status=1)

    assert "conf.mesage" in refused.err
    assert "conf.message" in refused.err
    shared.system(*update, "conf.message=hello")
    finishes(shared, place)


def test_a_label_that_no_host_has_is_named_before_anything_is_touched(
    shared: Platform, client: Client, place: str, labelled: str
) -> None:
    shared.system("application-upload", place, written(shared.directory, only(place, PLACED)))

    failed = shared.system("application-install", place, "--wait", status=1)

    assert f"Deployment/placed-api: no host has {LABEL}=7 (system host-label-assign HOST {LABEL}=7)" in failed.err
    assert shared.operations(place)[0]["releases"] == []
    client.patch(Node, labelled, {"metadata": {"labels": {LABEL: "7"}}})
    finishes(shared, place)


def test_a_job_that_fails_is_named_with_its_last_words(shared: Platform, place: str) -> None:
    shared.system("application-upload", place, written(shared.directory, only(place, SYNC)))

    failed = shared.system("application-install", place, "--wait", status=1)

    assert "sync" in failed.err
    assert "no such table" in failed.err
    shared.system("helm-override-update", place, "sync", place, "--set", "code=0")
    finishes(shared, place)


def test_an_image_that_cannot_be_pulled_is_named_and_waiting_for_it_ends_within_seconds(
    shared: Platform, place: str
) -> None:
    chart = replace(one_pod("api"), images={"api": NOWHERE})
    shared.system("application-upload", place, written(shared.directory, only(place, chart)))
    shared.system("application-install", place)
    said = f"cannot pull image {NOWHERE}"
    shared.until(place, lambda operation: any(said in str(each["reason"]) for each in operation["releases"]))

    ended = aborted(shared, place)

    assert ended["state"] == "aborted"
    assert said in ended["releases"][0]["reason"]
    shared.system("helm-override-update", place, "api", place, "--set", "images.tags.api=registry.local:9001/busybox:1")
    finishes(shared, place)


def test_an_abort_takes_seconds_at_any_moment_and_the_next_install_finishes(shared: Platform, place: str) -> None:
    chance = random.Random(5)  # the same moments each time
    shared.system("application-upload", place, written(shared.directory, small(place)))
    for _ in range(4):
        shared.system("application-install", place)
        time.sleep(chance.random() * 4)  # no fact is waited for: any moment is as good as another
        if shared.operations(place)[0]["state"] in {"queued", "running"}:
            assert aborted(shared, place)["state"] in {"aborted", "succeeded"}

    finishes(shared, place)


def aborted(platform: Platform, name: str) -> dict[str, Any]:
    """Stop what is under way, and see that it takes seconds. It may end by itself before that is asked."""
    begun = time.monotonic()
    platform.system("application-abort", name, status=None)
    ended = platform.ended(name)
    assert time.monotonic() - begun < SECONDS, ended
    return ended


def finishes(platform: Platform, name: str) -> None:
    """The next install does, and so does the removal of all that it made."""
    platform.system("application-install", name, "--wait")
    assert platform.application(name)["status"] == "applied"
    assert set(platform.phases(name).values()) <= {"ready", "unchanged"}
    platform.system("application-remove", name, "--wait")
