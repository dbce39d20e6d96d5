"""The platform's process is killed in the middle: the next one finishes what was asked for, and loses nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import pytest
from lightkube import Client
from lightkube.models.core_v1 import PersistentVolumeClaimSpec, VolumeResourceRequirements
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment, StatefulSet
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import ConfigMap, Namespace, PersistentVolumeClaim, Secret

from tests.integration.engine.platform import DEADLINE, Platform, until
from tests.integration.engine.small import CLAIM, small, written
from tests.kubernetes_objects import metadata_of, name_of, ready_replicas

Moment = Callable[[Platform, str], bool]


@pytest.fixture
def place(client: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace that is not the platform's: it stays, so whatever else stays is seen."""
    name = f"kill-{random.randrange(16**6):06x}"
    client.create(Namespace(metadata=ObjectMeta(name=name)))
    yield name
    client.delete(Namespace, name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--kills")))


def test_what_is_killed_at_any_moment_is_finished_by_the_next_process(
    shared: Platform, client: Client, place: str, seed: int
) -> None:
    chance = random.Random(seed)
    shared.system("application-upload", place, written(shared.directory, small(place)))
    claim = a_claim(client, place)

    shared.system("application-install", place)
    killed_and_restarted(shared, place, chance)
    assert set(shared.phases(place).values()) <= {"ready", "unchanged"}
    assert shared.application(place)["status"] == "applied"
    assert said(client, place) == {"store-etc": "first", "web-etc": "first"}

    shared.system("application-update", written(shared.directory, small(place, "2.0-1", message="second")))
    killed_and_restarted(shared, place, chance)
    assert shared.application(place)["app_version"] == "2.0-1"
    assert said(client, place) == {"store-etc": "second", "web-etc": "second"}
    assert ready_replicas(client, "web-api", place) == 1
    assert metadata_of(client.get(PersistentVolumeClaim, CLAIM, namespace=place)).uid == claim  # no data was lost

    shared.system("application-remove", place)
    killed_and_restarted(shared, place, chance)
    assert shared.application(place)["status"] == "uploaded"
    nothing_left(client, place)
    shared.system("application-delete", place)


def test_a_removal_that_was_killed_twice_cleans_up_after_the_releases_that_went_before(
    shared: Platform, client: Client, place: str
) -> None:
    shared.system("application-upload", place, written(shared.directory, small(place)))
    a_claim(client, place)
    shared.system("application-install", place, "--wait")
    shared.system("application-remove", place)

    until(lambda: f"{place}-web" not in releases(client, place))
    restarted(shared)
    until(lambda: not releases(client, place))
    restarted(shared)

    assert shared.ended(place)["state"] == "succeeded"
    assert shared.phases(place) == {f"{place}-store": "removed", f"{place}-web": "removed"}
    nothing_left(client, place)
    shared.system("application-delete", place)


def killed_and_restarted(platform: Platform, name: str, chance: random.Random) -> None:
    """Kill the process after some changes of what it shows, and a moment; then have another one finish."""
    changes, seen = chance.randrange(12), set[str]()
    end = time.monotonic() + DEADLINE
    while len(seen) <= changes and (operation := platform.operations(name)[0])["state"] in {"queued", "running"}:
        seen.add(str([operation["reason"], [(each["phase"], each["reason"]) for each in operation["releases"]]]))
        assert time.monotonic() < end, operation
    time.sleep(chance.random() * 0.3)  # no fact is waited for: any moment is as good as another
    restarted(platform)
    ended = platform.ended(name)
    assert ended["state"] == "succeeded", ended


def restarted(platform: Platform) -> None:
    platform.server.kill()
    platform.server.start()


def a_claim(client: Client, namespace: str) -> str:
    """What Kubernetes makes for a StatefulSet with a replica, and never deletes by itself."""
    resources = VolumeResourceRequirements(requests={"storage": "1Gi"})
    spec = PersistentVolumeClaimSpec(accessModes=["ReadWriteOnce"], resources=resources)
    made = client.create(
        PersistentVolumeClaim(metadata=ObjectMeta(name=CLAIM, namespace=namespace), spec=spec), namespace=namespace
    )
    return str(metadata_of(made).uid)


def said(client: Client, namespace: str) -> dict[str, str]:
    """What the releases were told to say."""
    found = client.list(ConfigMap, namespace=namespace)
    return {name_of(each): (each.data or {})["message"] for each in found if name_of(each).endswith("-etc")}


def releases(client: Client, namespace: str) -> set[str]:
    """Those of which Helm keeps a record."""
    found = client.list(Secret, namespace=namespace, labels={"owner": "helm"})
    return {(metadata_of(each).labels or {})["name"] for each in found}


def nothing_left(client: Client, namespace: str) -> None:
    """Neither records, nor objects, nor hooks, nor volumes."""
    kinds: list[type[Deployment | StatefulSet | Job | PersistentVolumeClaim]]
    kinds = [Deployment, StatefulSet, Job, PersistentVolumeClaim]

    def left() -> list[str]:
        found = [
            f"{kind.__name__}/{name_of(each)}" for kind in kinds for each in client.list(kind, namespace=namespace)
        ]
        return found + sorted(releases(client, namespace))

    try:
        until(lambda: not left(), 30)
    except AssertionError:
        raise AssertionError(left()) from None
