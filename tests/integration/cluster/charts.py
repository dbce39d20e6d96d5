"""A chart as small as can be that has all that matters: a workload, a plain Job, hooks early, late and at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.lab.objects import IMAGE

_CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-etc"}
data: {greeting: {{ .Values.greeting | quote }}}
---
apiVersion: v1
kind: Secret
metadata: {name: "{{ .Release.Name }}-db"}
stringData: {password: {{ .Values.auth.password | quote }}}
"""

_DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}-api"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: "{{ .Release.Name }}"}}
  template:
    metadata: {labels: {app: "{{ .Release.Name }}"}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: api, image: "{{ .Values.image }}", command: ["sh", "-c", "exec sleep 100000"]}]
"""

_JOB = """
apiVersion: batch/v1
kind: Job
metadata:
  name: "{{ .Release.Name }}-%(name)s"
%(annotations)s
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      containers:
        - name: job
          image: "{{ .Values.image }}"
          command: ["sh", "-c", {{ .Values.jobs.%(key)s | quote }}]
          env: [{name: PASSWORD, value: {{ .Values.auth.password | quote }}}]
"""

VALUES: dict[str, Any] = {
    "greeting": "hello",
    "replicas": 1,
    "image": IMAGE,
    "auth": {"password": "open-sesame-42"},
    "jobs": {"init": "exit 0", "sync": "exit 0", "load": "exit 0", "clean": "exit 0"},
}


def chart(directory: Path) -> Path:
    """Write the chart and return its directory. Its values are `VALUES` unless told otherwise."""
    templates = directory / "sample" / "templates"
    templates.mkdir(parents=True)
    (templates.parent / "Chart.yaml").write_text("apiVersion: v2\nname: sample\nversion: 0.1.0\n")
    (templates.parent / "values.yaml").write_text(json.dumps(VALUES))
    (templates / "config.yaml").write_text(_CONFIG)
    (templates / "deployment.yaml").write_text(_DEPLOYMENT)
    (templates / "job-load.yaml").write_text(_JOB % {"name": "load", "key": "load", "annotations": ""})
    hooks = {
        "init": ("post-install,post-upgrade,post-rollback", -5),
        "sync": ("post-install,post-upgrade", -4),
        "clean": ("pre-delete", 0),
    }
    for name, (when, weight) in hooks.items():
        marks = f'  annotations: {{helm.sh/hook: "{when}", helm.sh/hook-weight: "{weight}"}}'
        (templates / f"job-{name}.yaml").write_text(_JOB % {"name": name, "key": name, "annotations": marks})
    return templates.parent


def changed(**values: Any) -> dict[str, Any]:
    """The chart's values, some of them others."""
    return VALUES | values


def jobs(**scripts: str) -> dict[str, Any]:
    """What the chart's Jobs run."""
    return {**VALUES["jobs"], **scripts}
