{{/*
One DaemonSet per class of hosts, from conf.overrides.DAEMONSET in OpenStack-Helm's shape:
  labels: [{label: {key: KEY, values: [VALUE...]}, conf: {...}}]     hosts: [{name: HOST or [HOST...], conf: {...}}]
(list $ "DAEMONSET" CONF) -> JSON, a list of {suffix, conf, expressions}: suffix for names ("" for hosts without an
override), conf = CONF with the override laid over it, expressions for nodeAffinity. A host named under `hosts` gets that
entry alone; of several entries under `labels` that match a host, the last one counts, as in OpenStack-Helm.
    range $each := include "openstack.variants" (list $ "nova_compute" $conf) | fromJsonArray
*/}}
{{- define "openstack.variants" -}}
{{- $root := index . 0 -}}
{{- $conf := index . 2 -}}
{{- $override := get ($root.Values.conf.overrides | default dict) (index . 1) | default dict -}}
{{- $variants := list -}}
{{- $taken := list -}}
{{- $named := list -}}
{{- range $override.hosts -}}
{{- $names := ternary (list .name) .name (kindIs "string" .name) -}}
{{- $named = concat $named $names -}}
{{- $where := list (dict "key" "kubernetes.io/hostname" "operator" "In" "values" $names) -}}
{{- $variants = append $variants (dict "suffix" (printf "-%s" (toJson $names | sha256sum | trunc 8)) "conf" (mergeOverwrite (deepCopy $conf) (deepCopy (.conf | default dict))) "expressions" $where) -}}
{{- end -}}
{{- if $named -}}{{- $taken = append $taken (dict "key" "kubernetes.io/hostname" "operator" "NotIn" "values" $named) -}}{{- end -}}
{{- range $override.labels | default list | reverse -}}
{{- $where := concat $taken (list (dict "key" .label.key "operator" "In" "values" .label.values)) -}}
{{- $variants = append $variants (dict "suffix" (printf "-%s" (toJson .label | sha256sum | trunc 8)) "conf" (mergeOverwrite (deepCopy $conf) (deepCopy (.conf | default dict))) "expressions" $where) -}}
{{- $taken = append $taken (dict "key" .label.key "operator" "NotIn" "values" .label.values) -}}
{{- end -}}
{{- toJson (append $variants (dict "suffix" "" "conf" $conf "expressions" $taken)) -}}
{{- end -}}

{{/* A variant's `expressions` -> affinity of its pods; nothing for the only variant. */}}
{{- define "openstack.variant.affinity" -}}
{{- with . }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions:
            {{- toYaml . | nindent 12 }}
{{- end }}
{{- end -}}
