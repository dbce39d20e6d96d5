# ruff: noqa: E501 -- sentences and objects as the programs write them
"""Deployments that are broken in one way each, and what is to be said of them."""

from __future__ import annotations

from typing import Any

from tests.integration.lab.objects import IMAGE

Json = dict[str, Any]


def deployment(name: str, *, container: Json, **spec: Any) -> Json:
    labels = {"app": name}
    whole = {"name": "it", "image": IMAGE, "command": ["sh", "-c", "exec sleep 100000"]} | container
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [whole], "terminationGracePeriodSeconds": 0} | spec,
            },
        },
    }


def entrypoint(**dependencies: str) -> Json:
    """An init container that waits, as kubernetes-entrypoint does."""
    env = [{"name": f"DEPENDENCY_{key}", "value": value} for key, value in dependencies.items()]
    return {"name": "init", "image": IMAGE, "command": ["sh", "-c", "exec sleep 100000"], "env": env}


PROBE: Json = {"exec": {"command": ["sh", "-c", "echo not yet; exit 1"]}, "periodSeconds": 1}
SECRET: Json = {"name": "P", "valueFrom": {"secretKeyRef": {"name": "keystone-db", "key": "password"}}}
ETC: Json = {"name": "etc", "secret": {"secretName": "keystone-etc"}}

BROKEN: dict[str, tuple[Json, str]] = {
    "bad-image": (
        deployment("bad-image", container={"image": "registry.local:9001/nothing:9"}),
        r"pod bad-image-\S+ on \S+ cannot pull image registry.local:9001/nothing:9: .*not found",
    ),
    "crash": (
        deployment("crash", container={"command": ["sh", "-c", "echo starting; echo no such table; exit 3"]}),
        r"pod crash-\S+ on \S+ crashes: container it ends with exit code 3: no such table",
    ),
    "memory": (
        deployment("memory", container={
            "command": ["sh", "-c", "x=xxxxxxxx; while :; do x=$x$x; done"], "resources": {"limits": {"memory": "20Mi"}},
        }),
        r"pod memory-\S+ on \S+ runs out of memory: container it is killed at its limit of 20 MiB",
    ),
    "no-secret": (
        deployment("no-secret", container={"env": [SECRET]}),
        r'pod no-secret-\S+ on \S+ cannot start container it: secret "keystone-db" not found',
    ),
    "no-mount": (
        deployment("no-mount", container={"volumeMounts": [{"name": "etc", "mountPath": "/etc/keystone"}]}, volumes=[ETC]),
        r'pod no-mount-\S+ on \S+ cannot mount volume etc: secret "keystone-etc" not found',
    ),
    "no-program": (
        deployment("no-program", container={"command": ["/serve"]}),
        r'pod no-program-\S+ on \S+ cannot start container it: exec: "/serve": .*no such file or directory.*',
    ),
    "unscheduled": (
        deployment("unscheduled", container={}, nodeSelector={"openvswitch": "enabled"}),
        r"pod unscheduled-\S+ fits no host: no host has label openvswitch=enabled",
    ),
    "hungry": (
        deployment("hungry", container={"resources": {"requests": {"memory": "640Gi"}}}),
        r"pod hungry-\S+ fits no host: it asks for 640 GiB of memory; \S+ has the most left: [\d.]+ [GM]iB",
    ),
    "probe": (
        deployment("probe", container={"readinessProbe": PROBE}),
        r"pod probe-\S+ on \S+ is not ready: readiness probe of container it fails: not yet",
    ),
    "waits": (
        deployment("waits", container={}, initContainers=[entrypoint(JOBS="nova-db-sync")]),
        r"pod waits-\S+ on \S+ waits for job nova-db-sync: it does not exist",
    ),
}  # fmt: skip
