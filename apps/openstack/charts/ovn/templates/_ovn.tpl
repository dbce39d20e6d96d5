{{/*
(list "COMMAND"...) -> startup and readiness probes by one command. Nothing is killed for being slow: a switch that is
started again cuts its host's servers off.
*/}}
{{- define "ovn.probes" -}}
startupProbe:
  exec: {command: {{ toJson . }}}
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 120
readinessProbe:
  exec: {command: {{ toJson . }}}
  periodSeconds: 10
  timeoutSeconds: 5
{{- end -}}

{{/* What privileged containers say instead of openstack.unprivileged. (list $ "COMPONENT") */}}
{{- define "ovn.privileged" -}}
{{ include "openstack.image" (list (index . 0) "ovn") }}
securityContext:
  runAsUser: 0
  privileged: true
  readOnlyRootFilesystem: true
{{ include "openstack.resources" . }}
{{- end -}}

{{/* $ -> volume of the scripts. */}}
{{- define "ovn.scripts.volume" -}}
- name: scripts
  configMap: {name: ovn-scripts}
{{- end -}}

{{/* Text that pods note a hash of: the scripts that are theirs. (list $ "NAME"...) */}}
{{- define "ovn.scripts.text" -}}
{{- $root := index . 0 -}}
{{- range slice . 1 }}{{ $root.Files.Get (printf "scripts/%s" .) }}{{ end -}}
{{- end -}}
