"""What the platform does around an application called `openstack`, with real Helm, on a real API server.

The application is a stand-in of one pod that reads its password as OpenStack's charts do; the cloud itself is tested
where it is installed (tests/e2e).
"""

from __future__ import annotations

from base64 import b64decode

from lightkube import ApiError, Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace, Node, Secret

from sturnus.openstack.passwords import KEYS
from tests.integration.engine.platform import Platform, until
from tests.integration.engine.small import one_pod, only, written
from tests.tarballs.applications import ApplicationSpec, ReleaseSpec
from tests.tarballs.charts import BUSYBOX, ChartSpec

CLASS = "class.sturnus.io/nova"
POD = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: nova}}
spec:
  selector: {{matchLabels: {{app: nova}}}}
  template:
    metadata: {{labels: {{app: nova}}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: nova
          image: {BUSYBOX}
          command: [sh, -c, 'test -n "$PASSWORD" && sleep 3600']
          env:
            - name: PASSWORD
              valueFrom: {{secretKeyRef: {{name: openstack-passwords, key: nova-user}}}}
"""
NOVA = ChartSpec("nova", files={"templates/pod.yaml": POD})


def stand_in(name: str = "openstack") -> ApplicationSpec:
    return ApplicationSpec(name, (ReleaseSpec(NOVA, timeout=120),), namespace="openstack", prefix="openstack")


def secret(client: Client) -> Secret | None:
    try:
        return client.get(Secret, "openstack-passwords", namespace="openstack")
    except ApiError as error:
        if error.status.code != 404:
            raise
        return None


def classes(client: Client) -> list[str | None]:
    nodes = [client.get(Node, name) for name in ("compute-0", "compute-1")]
    return [(node.metadata.labels or {}).get(CLASS) for node in nodes if node.metadata]


def test_all_that_stands_against_it_is_told_at_once(platform: Platform, namespaces: list[str]) -> None:
    namespaces.append("openstack")
    platform.system("application-upload", "openstack", written(platform.directory, stand_in()))

    platform.system("application-install", "openstack", "--wait", status=None)

    said = platform.ended("openstack")["reason"]
    assert "there is no place for APIs and databases (system host-label-assign HOST openstack-controller-node)" in said
    assert "there is no place for servers (system host-label-assign HOST openstack-compute-node)" in said
    assert "no server could be reached from outside (system datanetwork-add physnet0 flat)" in said


def test_passwords_are_made_once_classes_reach_nodes_and_a_removal_takes_all_along(
    platform: Platform, hosts: tuple[str, str], client: Client, namespaces: list[str]
) -> None:
    namespaces.append("openstack")
    platform.system("application-upload", "openstack", written(platform.directory, stand_in()))
    assert "images_type: rbd" in platform.system("helm-override-show", "openstack", "nova", "openstack").out
    assert classes(client) == [None, None]

    platform.system("application-install", "openstack", "--wait", status=None)

    ended = platform.ended("openstack")
    assert platform.phases("openstack") == {"openstack-nova": "ready"}
    assert ended["reason"] == (
        "installed, and not usable: cannot get a token from Keystone: "
        "there is no Service keystone-api in namespace openstack"
    )
    made = secret(client)
    assert made is not None
    assert made.data is not None
    assert made.data.keys() == set(KEYS)
    until(lambda: None not in classes(client), 10)
    assert len(set(classes(client))) == 1

    platform.system("application-install", "openstack", "--wait", status=None)
    again = secret(client)
    assert again is not None
    assert (again.metadata, again.data) == (made.metadata, made.data)

    passwords = [b64decode(each).decode() for each in made.data.values()]
    known = platform.server.log.read_text() + (platform.directory / "sturnus.db").read_bytes().decode(errors="replace")
    known += platform.system("application-plan", "openstack", status=None).out
    assert [each for each in passwords if each in known] == []

    platform.system("application-remove", "openstack", "--wait")
    until(lambda: secret(client) is None, 60)
    until(lambda: classes(client) == [None, None], 10)


def test_keys_that_were_there_first_stay_and_the_others_are_added(
    platform: Platform, hosts: tuple[str, str], client: Client, namespaces: list[str]
) -> None:
    namespaces.append("openstack")
    client.create(Namespace(metadata=ObjectMeta(name="openstack")))
    mine = {"mariadb-root": "bWluZQ==", "something-else": "eA=="}
    client.create(Secret(metadata=ObjectMeta(name="openstack-passwords", namespace="openstack"), data=mine))
    platform.system("application-upload", "openstack", written(platform.directory, stand_in()))

    platform.system("application-install", "openstack", "--wait", status=None)

    found = secret(client)
    assert found is not None
    assert found.data is not None
    assert found.data.keys() == {*KEYS, "something-else"}
    assert mine.items() <= found.data.items()


def test_another_application_gets_neither_hooks_nor_values(
    platform: Platform, hosts: tuple[str, str], client: Client, namespaces: list[str]
) -> None:
    namespaces.append("notopenstack")
    other = only("notopenstack", one_pod("nova"))
    platform.system("application-upload", "notopenstack", written(platform.directory, other))
    assert "rbd" not in platform.system("helm-override-show", "notopenstack", "nova", "notopenstack").out

    platform.system("application-install", "notopenstack", "--wait")

    assert secret(client) is None
    assert classes(client) == [None, None]
