"""What the platform stands on goes away and comes back: disk, registry, API server. What was asked for is finished."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lightkube import Client
from lightkube.resources.apps_v1 import Deployment

from lab.ground.certificates import Authority
from lab.ground.description import Lab
from lab.machine import inside
from tests.integration.conftest import LabCommand
from tests.integration.engine.platform import Platform, serving, until
from tests.integration.engine.small import one_pod, only, small, written
from tests.integration.registry.registries import Registry, auth_file, push
from tests.kubernetes_objects import ready_replicas

IMAGE = "quay.io/team/app:1"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The platform's own registry; it has the image, and does not run."""
    home = tmp_path_factory.mktemp("registry")
    made = Registry("local", home / "local", Authority.load_or_create(home / "ca"))
    made.start()
    push(made, home, IMAGE)
    made.stop()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


@pytest.fixture(scope="module")
def tiny_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system with room for small applications only."""
    place = tmp_path_factory.mktemp("disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=True, timeout=60)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True, timeout=60)


@pytest.fixture(scope="module")
def poor(lab: Lab, tmp_path_factory: pytest.TempPathFactory, registry: Registry, tiny_disk: Path) -> Iterator[Platform]:
    """A platform on that disk, with that registry."""
    directory = tmp_path_factory.mktemp("poor")
    (directory / "auth.json").write_text(auth_file(registry))
    settings = {
        "STURNUS_STATE_DIRECTORY": str(tiny_disk),
        "STURNUS_LOCAL_REGISTRY": registry.address,
        "STURNUS_REGISTRY_AUTH_FILE": str(directory / "auth.json"),
        "STURNUS_REGISTRY_CERTIFICATES": str(registry.trusted),
    }
    with serving(lab, directory, settings) as started:
        yield started


def test_a_tarball_for_which_there_is_no_room_is_refused_and_taken_once_there_is(
    poor: Platform, tiny_disk: Path
) -> None:
    large = one_pod("large")
    noise = random.Random(1).randbytes(2 * 2**20).hex()  # what cannot be packed tightly
    spec = only("large", replace(large, files={"files/noise": noise}))
    tarball = written(poor.directory, spec)
    before = sorted(tiny_disk.rglob("*"))

    refused = poor.system("application-upload", tarball, status=1)

    assert "No space left on device" in refused.err
    assert "To do: " in refused.err
    assert [each for each in tiny_disk.rglob("*") if each not in before and each.name != "applications"] == []
    subprocess.run(["mount", "-o", "remount,size=20m", str(tiny_disk)], check=True, timeout=60)
    poor.system("application-upload", tarball)
    poor.system("application-delete", "large")


def test_an_installation_waits_for_a_registry_that_is_down_and_says_so(
    poor: Platform, registry: Registry, client: Client, namespaces: list[str]
) -> None:
    namespaces.append("mirrored")
    # No pod: the lab's hosts cannot reach a registry on this machine's loopback.
    chart = replace(one_pod("app", replicas=0), images={"app": IMAGE})
    poor.system("application-upload", "mirrored", written(poor.directory, only("mirrored", chart)))

    poor.system("application-install", "mirrored")
    told = rf"retrieving docker images: 0 of 1; {registry.address}/{IMAGE}: .*connection refused, tried again"
    poor.until("mirrored", lambda operation: re.search(told, operation["reason"]) is not None)
    registry.start()

    ended = poor.ended("mirrored")
    assert ended["state"] == "succeeded", ended
    pod = client.get(Deployment, "app", namespace="mirrored").spec.template.spec
    assert pod is not None
    assert pod.containers[0].image == f"{registry.address}/{IMAGE}"
    poor.system("application-remove", "mirrored", "--wait")


def test_an_installation_outlasts_the_api_server(
    shared: Platform, client: Client, namespaces: list[str], lab: Lab, lab_command: LabCommand
) -> None:
    namespaces.append("outlasting")
    shared.system("application-upload", "outlasting", written(shared.directory, small("outlasting")))
    shared.system("application-install", "outlasting")
    shared.until("outlasting", lambda operation: any(each["phase"] == "helm" for each in operation["releases"]))

    inside.run(lab, lab.active_controller, ["sh", "-c", "kill -9 $(pidof kube-apiserver)"])

    told: set[str] = set()

    def has_ended() -> bool:
        operation = shared.operations("outlasting")[0]
        told.update(str(each["reason"]) for each in operation["releases"])
        return operation["state"] not in {"queued", "running"}

    until(has_ended)
    assert shared.application("outlasting")["status"] == "applied", shared.operations("outlasting")[0]
    assert [each for each in told if "does not answer" in each], told
    lab_command("up", "--name", lab.name)  # whoever comes next needs one that is ready
    assert ready_replicas(client, "web-api", "outlasting") == 1
    shared.system("application-remove", "outlasting", "--wait")
