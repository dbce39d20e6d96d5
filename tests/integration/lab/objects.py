"""Kubernetes objects of the tests, as small as they can be."""

from __future__ import annotations

from lightkube.models.apps_v1 import DeploymentSpec
from lightkube.models.core_v1 import (
    Container,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimVolumeSource,
    PodSpec,
    PodTemplateSpec,
    ServicePort,
    ServiceSpec,
    Volume,
    VolumeMount,
    VolumeResourceRequirements,
)
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import PersistentVolumeClaim, Pod, Service

IMAGE = "registry.local:9001/busybox:1"
SERVE = "mkdir /tmp/www; echo hello from $HOSTNAME >/tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www"


def container(script: str, *mounts: VolumeMount) -> Container:
    return Container(name="it", image=IMAGE, command=["sh", "-c", script], volumeMounts=list(mounts))


def pod(name: str, script: str, restart: str = "Never") -> Pod:
    spec = PodSpec(containers=[container(script)], restartPolicy=restart, terminationGracePeriodSeconds=1)
    return Pod(metadata=ObjectMeta(name=name), spec=spec)


def deployment(name: str, replicas: int, script: str = SERVE) -> Deployment:
    labels = {"app": name}
    template = PodTemplateSpec(
        metadata=ObjectMeta(labels=labels),
        spec=PodSpec(containers=[container(script)], terminationGracePeriodSeconds=1),
    )
    return Deployment(
        metadata=ObjectMeta(name=name),
        spec=DeploymentSpec(replicas=replicas, selector=LabelSelector(matchLabels=labels), template=template),
    )


def service(name: str, kind: str = "ClusterIP") -> Service:
    return Service(
        metadata=ObjectMeta(name=name),
        spec=ServiceSpec(type=kind, selector={"app": name}, ports=[ServicePort(port=80, targetPort=8080)]),
    )


def claim(name: str) -> PersistentVolumeClaim:
    wanted = VolumeResourceRequirements(requests={"storage": "10Mi"})
    return PersistentVolumeClaim(
        metadata=ObjectMeta(name=name), spec=PersistentVolumeClaimSpec(accessModes=["ReadWriteOnce"], resources=wanted)
    )


def pod_with_volume(name: str, claim_name: str, script: str) -> Pod:
    source = PersistentVolumeClaimVolumeSource(claimName=claim_name)
    spec = PodSpec(
        containers=[container(script, VolumeMount(name="data", mountPath="/data"))],
        volumes=[Volume(name="data", persistentVolumeClaim=source)],
        restartPolicy="Never",
        terminationGracePeriodSeconds=1,
    )
    return Pod(metadata=ObjectMeta(name=name), spec=spec)
