"""The text of the charts' templates: names are written out, what overrides change is read from the values.

Objects are made as dictionaries; a text `{{ ... }}` that stands alone loses its quotes when they are dumped.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from tests.tarballs.charts import ChartSpec, Waits, Workload

CLUSTER_KINDS = {"job": "jobs", "daemonset": "daemonsets", "pod": "pods"}
PORT = 8080

WAIT_SCRIPT = """\
set -f
IFS=,
for each in $DEPENDENCY_SERVICE; do
  until busybox nc -w 1 "${each#*:}.${each%%:*}" 80 </dev/null >/dev/null 2>&1; do
    echo "waiting for service $each"; busybox sleep 0.2
  done
done
for each in $DEPENDENCY_JOBS; do
  until kubectl wait --for=condition=complete --timeout=30s "job/$each"; do busybox sleep 0.5; done
done
for each in $DEPENDENCY_DAEMONSET; do
  until kubectl rollout status --timeout=30s "daemonset/$each"; do busybox sleep 0.5; done
done
IFS=';'
for each in $DEPENDENCY_POD_SELECTORS; do
  until kubectl wait pod --for=condition=Ready --timeout=30s --field-selector "${each#*|}" -l "${each%%|*}"; do
    busybox sleep 0.5
  done
done
"""


def configmap(chart: str) -> str:
    return _text(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{chart}-etc", "labels": _labels(chart)},
            "data": {"message": "{{ .Values.conf.message | quote }}"},
        }
    )


def workload(spec: ChartSpec, each: Workload) -> str:
    """Every object that belongs to one workload, as one template."""
    objects = [_object(spec, each)]
    if each.has_service:
        objects.append(_service(spec, each))
    if _asks_the_api(each.waits):
        objects += _access(spec, each)
    return "---\n".join(_text(each) for each in objects)


def snippet(number: int) -> str:
    """One named template in the manner of helm-toolkit, with as much of comment as theirs have."""
    comment = "\n".join(hashlib.sha256(f"{number}/{line}".encode()).hexdigest() for line in range(24))
    return (
        dedent(
            """\
        {{/*
        Snippet @: returns a list of the keys and values that it is given, one a line.
        values: a mapping, as found under pod.resources or endpoints.
        COMMENT
        */}}
        {{- define "helm-toolkit.snippets.snippet_@" -}}
        {{- range $key, $value := index . 0 }}
        {{- if kindIs "map" $value }}
        {{ $key }}:
        {{ toYaml $value | indent 2 }}
        {{- else }}
        {{ $key }}: {{ $value | quote }}
        {{- end }}
        {{- end }}
        {{- end -}}
        """
        )
        .replace("@", str(number))
        .replace("COMMENT", comment)
    )


def _object(spec: ChartSpec, each: Workload) -> dict[str, Any]:
    labels = _labels(spec.name, spec.component(each))
    metadata: dict[str, Any] = {"name": each.name, "labels": labels}
    if each.hook:
        metadata["annotations"] = {
            "helm.sh/hook": each.hook.events,
            "helm.sh/hook-weight": f"{each.hook.weight}",
            "helm.sh/hook-delete-policy": each.hook.delete_policy,
        }
    return {
        "apiVersion": "batch/v1" if each.kind in {"Job", "CronJob"} else "apps/v1",
        "kind": each.kind.value,
        "metadata": metadata,
        "spec": _spec(spec, each, labels),
    }


def _spec(spec: ChartSpec, each: Workload, labels: Mapping[str, str]) -> dict[str, Any]:
    component = spec.component(each)
    template = {"metadata": {"labels": labels}, "spec": _pod(spec, each)}
    if each.kind in {"Job", "CronJob"}:
        job = {"backoffLimit": 1000, "template": template}
        return job if each.kind == "Job" else {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job}}
    template["metadata"]["annotations"] = {"configmap-etc-hash": "{{ .Values.conf.message | sha256sum | quote }}"}
    result: dict[str, Any] = {"selector": {"matchLabels": dict(labels)}, "template": template}
    if each.kind != "DaemonSet":
        result["replicas"] = f'{{{{ index .Values.pod.replicas "{component}" }}}}'
    if each.kind == "StatefulSet":
        result["serviceName"] = each.name
    return result


def _pod(spec: ChartSpec, each: Workload) -> dict[str, Any]:
    component = spec.component(each)
    pod: dict[str, Any] = {"terminationGracePeriodSeconds": 1}
    if each.kind in {"Job", "CronJob"}:
        pod["restartPolicy"] = "OnFailure"
    if _asks_the_api(each.waits):
        pod["serviceAccountName"] = each.name
    else:
        pod["automountServiceAccountToken"] = False
    if each.node_selector:
        label = f'(index .Values.labels "{component}")'
        pod["nodeSelector"] = {f"{{{{ {label}.key }}}}": f"{{{{ {label}.value | quote }}}}"}
    if init := _init(each.waits):
        pod["initContainers"] = [init]
    pod["containers"] = [_container(each, component)]
    return pod


def _container(each: Workload, component: str) -> dict[str, Any]:
    seconds = f'{{{{ (index .Values.work "{component}").seconds }}}}'
    common = {"name": component, "image": _image(component), "imagePullPolicy": "{{ .Values.images.pull_policy }}"}
    if each.kind in {"Job", "CronJob"}:
        script = f'sleep {seconds}; exit {{{{ (index .Values.work "{component}").exit_code }}}}'
        return common | {"command": ["sh", "-c", script]}
    return common | {
        "command": ["sh", "-c", f"sleep {seconds}; exec httpd -f -p {PORT} -h /etc"],
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
    }


def _init(waits: Waits) -> dict[str, Any] | None:
    """The init container of OpenStack-Helm: what it waits for stands in its environment (reference §4.5)."""
    pods = [{"labels": dict(each.labels), "requireSameNode": each.same_node} for each in waits.pods]
    selectors = ";".join(
        ",".join(f"{key}={value}" for key, value in each.labels.items())
        + ("|spec.nodeName=$(NODE_NAME)" if each.same_node else "|")
        for each in waits.pods
    )
    services = (each if ":" in each else "{{ .Release.Namespace }}:" + each for each in waits.services)
    environment = {
        "DEPENDENCY_SERVICE": ",".join(services),
        "DEPENDENCY_JOBS": ",".join(waits.jobs),
        "DEPENDENCY_DAEMONSET": ",".join(waits.daemonsets),
        "DEPENDENCY_POD_JSON": json.dumps(pods) if pods else "",
        "DEPENDENCY_POD_SELECTORS": selectors,
    }
    if not any(environment.values()):
        return None
    return {
        "name": "init",
        "image": _image("dep_check"),
        "imagePullPolicy": "{{ .Values.images.pull_policy }}",
        "command": "{{ .Values.dependency_check.command | toJson }}",
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            {"name": "INTERFACE_NAME", "value": "eth0"},
            {"name": "PATH", "value": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"},
            *({"name": name, "value": value} for name, value in environment.items()),
        ],
    }


def _service(spec: ChartSpec, each: Workload) -> dict[str, Any]:
    labels = _labels(spec.name, spec.component(each))
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": each.name, "labels": labels},
        "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": PORT}]},
    }


def _access(spec: ChartSpec, each: Workload) -> list[dict[str, Any]]:
    """Its own account with a role, to read what it waits for: as in OpenStack-Helm, so a full set has 150 of them."""
    metadata = {"name": each.name, "labels": _labels(spec.name, spec.component(each))}
    rbac = "rbac.authorization.k8s.io"
    rules = [
        {"apiGroups": ["", "batch", "apps"], "resources": [*CLUSTER_KINDS.values()], "verbs": ["get", "list", "watch"]}
    ]
    account = {"kind": "ServiceAccount", "name": each.name, "namespace": "{{ .Release.Namespace }}"}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": each.name},
            "subjects": [account],
        },
    ]


def _asks_the_api(waits: Waits) -> bool:
    return bool(waits.jobs or waits.daemonsets or waits.pods)


def _image(component: str) -> str:
    return f'{{{{ index .Values.images.tags "{component}" | quote }}}}'


def _labels(chart: str, component: str | None = None) -> dict[str, str]:
    labels = {"release_group": "{{ .Release.Name | quote }}", "application": chart}
    return labels | ({"component": component} if component else {})


_ALONE = re.compile(r"""'(\{\{(?:[^'\n]|'')*\}\})'(?=:|$)""", re.MULTILINE)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(value: Mapping[str, Any]) -> str:
    dumped = yaml.dump(dict(value), Dumper=_Dumper, sort_keys=False, width=1_000_000)
    return _ALONE.sub(lambda found: found.group(1).replace("''", "'"), dumped)
