{{/*
Names, labels, images. Arguments are positional: (list $ "COMPONENT"), $ being the chart's root.
*/}}

{{/* "db-sync" -> "db_sync": components are written with dashes in names, with underscores in values. */}}
{{- define "openstack.key" -}}{{ replace "-" "_" . }}{{- end -}}

{{/* Labels that choose a component's pods. Nothing here changes from version to version: a selector cannot. */}}
{{- define "openstack.selector" -}}
{{- $root := index . 0 -}}
application: {{ $root.Chart.Name }}
component: {{ index . 1 }}
release_group: {{ $root.Release.Name }}
{{- end -}}

{{/* Labels of an object. Neither chart nor application version: a new version rolls only what else it changes. */}}
{{- define "openstack.labels" -}}
{{- $root := index . 0 -}}
{{ include "openstack.selector" . }}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/part-of: openstack
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end -}}

{{/* (list $ "KEY") -> `image:` and `imagePullPolicy:` of a container, from images.tags.KEY. */}}
{{- define "openstack.image" -}}
{{- $root := index . 0 -}}
{{- $key := index . 1 -}}
image: {{ required (printf "images.tags.%s is empty: set the image's reference" $key) (index $root.Values.images.tags $key) | quote }}
imagePullPolicy: {{ $root.Values.images.pull_policy | default "IfNotPresent" }}
{{- end -}}

{{/*
(list $ "COMPONENT") -> metadata of a pod template, without the key: labels, then the annotations of its component.
(list $ "COMPONENT" TEXT...) also notes a hash of each text, so that pods are replaced when what they read changes, and
only then.
*/}}
{{- define "openstack.pod.metadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "openstack.selector" . | nindent 2 }}
{{- with slice . 2 }}
annotations:
  openstack/configuration: {{ join "\n" . | sha256sum | trunc 32 }}
{{- end }}
{{- end -}}
