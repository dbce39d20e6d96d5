{{/* What processes that answer over HTTP share. */}}

{{/*
(dict "port" 5000 "module" "keystone.wsgi.api:application" "threads" 4 "more" (list ...)) -> the command. Sources of each
option: reference/openstack.md §2.1, §2.4. "http" (list ...) instead of the plain socket: glance.
*/}}
{{- define "openstack.uwsgi" -}}
command:
  - uwsgi
  - --master
  - --need-app
  - --lazy-apps
  - --die-on-term
  - --enable-threads
  - --processes=1
  - --threads={{ .threads | default 4 }}
  - --buffer-size=65535
  - --add-header=Connection:close
  - --disable-logging # of each request, probes included; what the service itself says stays
  - --log-5xx
  {{- range .http | default (list (printf "--http-socket=:%v" .port)) }}
  - {{ . }}
  {{- end }}
  - --module={{ .module }}
  {{- range .more }}
  - {{ . }}
  {{- end }}
{{- end -}}

{{/* (list PORT "PATH") -> the three probes. The start may take two minutes on a busy machine; the rest is cheap. */}}
{{- define "openstack.probes.http" -}}
startupProbe:
  httpGet: {port: {{ index . 0 }}, path: {{ index . 1 }}}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 60
readinessProbe:
  httpGet: {port: {{ index . 0 }}, path: {{ index . 1 }}}
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  httpGet: {port: {{ index . 0 }}, path: {{ index . 1 }}}
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}

{{/* A pod that stops goes on serving until every node knows. */}}
{{- define "openstack.drain" -}}
lifecycle:
  preStop:
    sleep: {seconds: 3}
{{- end -}}

{{/* New pods serve before old ones go. */}}
{{- define "openstack.rolling" -}}
revisionHistoryLimit: 3
strategy:
  type: RollingUpdate
  rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
{{- end -}}

{{/* (list $ "COMPONENT") -> a PodDisruptionBudget: one copy at a time. A lone copy can be moved: a host must be lockable. */}}
{{- define "openstack.budget" -}}
{{- $root := index . 0 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $root.Chart.Name }}-{{ index . 1 }}
  labels:
    {{- include "openstack.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "openstack.selector" . | nindent 6 }}
{{- end -}}

{{/* (list $ "COMPONENT" "NAME" PORT TARGET) -> a Service with one port. */}}
{{- define "openstack.service" -}}
{{- $root := index . 0 -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ index . 2 }}
  labels:
    {{- include "openstack.labels" . | nindent 4 }}
spec:
  selector:
    {{- include "openstack.selector" . | nindent 4 }}
  ports:
    - {name: main, port: {{ index . 3 }}, targetPort: {{ index . 4 }}}
{{- end -}}
