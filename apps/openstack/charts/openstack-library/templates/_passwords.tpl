{{/*
Passwords. ConfigMap `CHART-etc` holds files with placeholders; at start an init container writes them, passwords filled
in, into a volume in memory, which the service reads as its `--config-dir`. No password is ever a value, an argument, an
environment variable or in a ConfigMap. Placeholders: `<KEY>` for keys of the Secret `openstack-passwords`, and
`<node-name>`, `<host-ip>`, `<pod-name>`, `<pod-ip>`.
*/}}

{{/* (list $ "IMAGE" "FILE"...) -> the init container; FILE: keys of CHART-etc. IMAGE must have bash. */}}
{{- define "openstack.passwords" -}}
{{- $root := index . 0 -}}
- name: passwords
  {{- include "openstack.image" (list $root (index . 1)) | nindent 2 }}
  {{- include "openstack.unprivileged" . | nindent 2 }}
  resources:
    requests: {cpu: 1m, memory: 8Mi}
  command:
    - bash
    - -euc
    - |
      umask 077
      declare -A known=(["node-name"]="$NODE_NAME" ["host-ip"]="$HOST_IP" ["pod-name"]="$POD_NAME" ["pod-ip"]="$POD_IP")
      for file in /secret/*; do
        value=$(<"$file")
        case $value in '' | *[!A-Za-z0-9._~-]*)
          echo "Secret openstack-passwords, key ${file##*/}: expected letters, digits, . _ ~ - and at least one" >&2
          exit 1 ;;
        esac
        known[${file##*/}]=$value
      done
      for name; do
        text=$(<"/etc/openstack/$name")
        for key in "${!known[@]}"; do text=${text//"<$key>"/"${known[$key]}"}; done
        if [[ $text =~ \<[a-z]+(-[a-z]+)*\> ]]; then
          echo "$name: ${BASH_REMATCH[0]} is not among the keys that this pod has: ${!known[*]}" >&2
          exit 1
        fi
        printf '%s\n' "$text" > "/passwords/$name"
      done
    - passwords
    {{- range slice . 2 }}
    - {{ . }}
    {{- end }}
  env:
    - name: NODE_NAME
      valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
    - name: HOST_IP
      valueFrom: {fieldRef: {fieldPath: status.hostIP}}
    - name: POD_NAME
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    - name: POD_IP
      valueFrom: {fieldRef: {fieldPath: status.podIP}}
  volumeMounts:
    - {name: etc, mountPath: /etc/openstack, readOnly: true}
    - {name: secret, mountPath: /secret, readOnly: true}
    - {name: passwords, mountPath: /passwords}
{{- end -}}

{{/* (list "KEY"...) -> volume `secret` with these keys of the Secret, for openstack.passwords and Jobs only. */}}
{{- define "openstack.secret.volume" -}}
- name: secret
  secret:
    secretName: openstack-passwords
    defaultMode: 0440
    items:
      {{- range . }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
{{- end -}}

{{/* (list "CONFIGMAP" "KEY"...) -> volumes etc, passwords, secret, tmp and the token. */}}
{{- define "openstack.volumes" -}}
- name: etc
  configMap: {name: {{ index . 0 }}}
- name: passwords
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
- name: tmp
  emptyDir: {}
{{ include "openstack.secret.volume" (slice . 1) }}
{{ include "openstack.init.volume" . }}
{{- end -}}

{{/*
(list "SERVICE" "FILE") -> mounts of a service that reads oslo.config: /etc/SERVICE/FILE (SERVICE.conf if not said), and the
passwords in /etc/SERVICE/SERVICE.conf.d, which every program of the service reads by itself.
*/}}
{{- define "openstack.mounts" -}}
{{- $service := index . 0 -}}
{{- $file := printf "%s.conf" $service -}}
{{- if gt (len .) 1 }}{{ $file = index . 1 }}{{ end -}}
- {name: etc, mountPath: /etc/{{ $service }}/{{ $file }}, subPath: {{ $file }}, readOnly: true}
- {name: passwords, mountPath: /etc/{{ $service }}/{{ $service }}.conf.d, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- end -}}
