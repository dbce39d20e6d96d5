{{/* Whether the pod has a small disk to try the cloud with: from the first Kubernetes that mounts images by default. */}}
{{- define "clients.guest" -}}
{{- if and .Values.conf.clients.guest (semverCompare ">=1.35-0" .Capabilities.KubeVersion.Version) }}yes{{ end -}}
{{- end -}}
