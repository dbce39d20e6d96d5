"""An application from its tarball to its end, in both forms, with real Helm and real pods."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from lightkube import Client
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Namespace, PersistentVolumeClaim, Secret, Service, ServiceAccount

from sturnus.core.application_states import ApplicationForm
from tests.integration.engine.platform import Platform
from tests.integration.engine.small import KEPT_CLAIM, KEPT_VOLUME, one_pod, only, written
from tests.kubernetes_objects import metadata_of, name_of, ready_replicas
from tests.tarballs.applications import write_tarball
from tests.tarballs.tiny import tiny

READY = {"ready"}
UNCHANGED = {"unchanged"}


def message(client: Client, namespace: str, name: str) -> str:
    """What the application says: from a ConfigMap that its pods read."""
    found = client.get(ConfigMap, name, namespace=namespace)
    return json.dumps(found.data)


@pytest.mark.parametrize("form", list(ApplicationForm))
def test_an_application_goes_through_its_whole_life(
    platform: Platform, client: Client, namespaces: list[str], form: ApplicationForm
) -> None:
    name = f"life-{form.value}"
    namespaces.append(name)
    first = replace(tiny(), name=name, namespace=name, prefix=name)
    second = replace(tiny("2.0-1", message="from the second version"), name=name, namespace=name, prefix=name)
    tarball = str(write_tarball(platform.directory, first, form))
    newer = str(write_tarball(platform.directory, second, form))
    store, cache, web = (f"{name}-{chart}" for chart in ("store", "cache", "web"))

    platform.system("application-upload", name, tarball)
    assert platform.application(name)["status"] == "uploaded"

    plan = json.loads(platform.system("application-plan", name, "--format", "json").out)
    assert {each["release"]: each["change"] for each in plan["releases"]} == dict.fromkeys(
        (store, cache, web), "install"
    )
    assert platform.system("application-list", "--format", "value", "--column", "status").out == "uploaded\n"

    platform.system("application-install", name, "--plan", plan["id"], "--wait")
    assert platform.phases(name) == dict.fromkeys((store, cache, web), "ready")
    assert platform.application(name)["status"] == "applied"
    assert ready_replicas(client, "web-api", name) == 2
    begun = {each["release"]: each["started_at"] for each in platform.operations(name)[0]["releases"]}
    ended = {each["release"]: each["finished_at"] for each in platform.operations(name)[0]["releases"]}
    assert ended[store] <= min(begun[cache], begun[web])

    versions = resource_versions(client, name)
    platform.system("application-apply", name, "--wait")
    assert set(platform.phases(name).values()) == UNCHANGED
    assert resource_versions(client, name) == versions

    platform.system("application-update", newer, "--wait")
    assert platform.phases(name) == {store: "ready", cache: "unchanged", web: "unchanged"}
    assert platform.application(name)["app_version"] == "2.0-1"
    assert "from the second version" in message(client, name, "store-etc")

    platform.system("application-rollback", name, "--wait")
    assert platform.application(name)["app_version"] == "1.0-1"
    assert platform.phases(name)[store] == "ready"
    assert "from the manifest" in message(client, name, "store-etc")

    platform.system("application-remove", name, "--wait")
    assert set(platform.phases(name).values()) == {"removed"}
    assert platform.application(name)["status"] == "uploaded"
    gone(client, name)

    platform.system("application-delete", name)
    assert platform.system("application-list", "--format", "json").out.strip() == "[]"


def test_volumes_stay_when_told_so_and_are_found_again(
    platform: Platform, client: Client, namespaces: list[str]
) -> None:
    namespaces.append("kept")
    chart = replace(one_pod("store"), files={"templates/volume.yaml": KEPT_VOLUME})

    def claim() -> str | None:
        return metadata_of(client.get(PersistentVolumeClaim, KEPT_CLAIM, namespace="kept")).uid

    platform.system("application-upload", "kept", written(platform.directory, only("kept", chart)))
    platform.system("application-install", "kept", "--wait")
    made = claim()

    platform.system("application-remove", "kept", "--keep-volumes", "--wait")
    assert claim() == made
    platform.system("application-install", "kept", "--wait")
    assert claim() == made

    platform.system("application-remove", "kept", "--wait")
    gone(client, "kept")


def resource_versions(client: Client, namespace: str) -> dict[str, str]:
    """Changes whenever anything of the application is written."""
    kinds: list[type[Deployment | ConfigMap | Secret | Service | ServiceAccount]]
    kinds = [Deployment, ConfigMap, Secret, Service, ServiceAccount]
    found = {}
    for kind in kinds:
        for each in client.list(kind, namespace=namespace):
            # Deployments are written by their controller, too: what was asked of them counts.
            metadata = metadata_of(each)
            version = metadata.generation if kind is Deployment else metadata.resourceVersion
            found[f"{kind.__name__}/{metadata.name}"] = str(version)
    return found


def gone(client: Client, namespace: str) -> None:
    """The namespace was made for the application, and goes with it."""
    end = time.monotonic() + 120
    while any(name_of(each) == namespace for each in client.list(Namespace)):
        assert time.monotonic() < end, "the namespace is still there"
        time.sleep(0.2)
