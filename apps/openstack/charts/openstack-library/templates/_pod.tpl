{{/*
(list $ "COMPONENT" USER) -> fields of a pod's spec: who it runs as (a number; 0 for what must be root), where it runs,
how long it may take to stop. No token of the API reaches the pod but through the volume that `init` mounts.
*/}}
{{- define "openstack.pod" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $key := include "openstack.key" $component -}}
{{- $user := int (index . 2) -}}
{{- $pod := $root.Values.pod -}}
serviceAccountName: {{ $root.Chart.Name }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with get (($pod.lifecycle | default dict).termination_grace_period | default dict) $key }}
terminationGracePeriodSeconds: {{ .timeout }}
{{- end }}
{{- if $user }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $user }}
  runAsGroup: {{ $user }}
  fsGroup: {{ $user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end }}
{{- include "openstack.placement" (list $root $component) }}
{{- with get ($pod.tolerations | default dict) $key }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* (list $ "COMPONENT") -> nodeSelector from labels.COMPONENT (Jobs: labels.job), and copies on different hosts. */}}
{{- define "openstack.placement" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $key := include "openstack.key" $component -}}
{{- $label := get $root.Values.labels $key | default $root.Values.labels.job }}
nodeSelector:
  {{ $label.node_selector_key }}: {{ $label.node_selector_value | quote }}
{{- if hasKey ($root.Values.pod.replicas | default dict) $key }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 10
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "openstack.selector" (list $root $component) | nindent 14 }}
{{- end }}
{{- end -}}

{{/*
(list $ "COMPONENT" "KEY") -> image of images.tags.KEY, no privilege, requests (and limits, if there are any) of
pod.resources.COMPONENT. What needs privilege writes its own securityContext and takes openstack.image and
openstack.resources.
*/}}
{{- define "openstack.container" -}}
{{ include "openstack.image" (list (index . 0) (index . 2)) }}
{{ include "openstack.unprivileged" . }}
{{ include "openstack.resources" . }}
{{- end -}}

{{- define "openstack.unprivileged" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{- define "openstack.resources" -}}
{{- $root := index . 0 -}}
resources:
  {{- toYaml (get $root.Values.pod.resources (include "openstack.key" (index . 1)) | required (printf "pod.resources.%s: expected requests" (index . 1))) | nindent 2 }}
{{- end -}}

{{/*
(list $ "COMPONENT") -> the init container that waits for what dependencies.static.COMPONENT names: jobs (names),
services ([{endpoint: internal, service: oslo_db}], looked up in endpoints), pod ([{labels, requireSameNode}]), daemonsets
(names), sockets (paths; what mounts them gives a third argument, the mounts as YAML).
*/}}
{{- define "openstack.init" -}}
{{- $root := index . 0 -}}
{{- $wanted := get $root.Values.dependencies.static (include "openstack.key" (index . 1)) | default dict -}}
{{- $services := list -}}
{{- range $wanted.services -}}
{{- $endpoint := get $root.Values.endpoints .service | required (printf "dependencies: endpoints.%s is missing" .service) -}}
{{- $services = append $services (printf "%s:%s" (include "openstack.endpoint.namespace" (list $root .service)) (include "openstack.endpoint.pick" (list $endpoint.hosts .endpoint))) -}}
{{- end -}}
- name: init
  {{- include "openstack.image" (list $root "entrypoint") | nindent 2 }}
  securityContext:
    runAsUser: {{ ternary 0 65534 (gt (len .) 2) }} # a socket of a root's process can be tried by root only
    runAsNonRoot: {{ le (len .) 2 }}
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  resources:
    requests: {cpu: 1m, memory: 8Mi}
  env:
    - name: POD_NAME
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    - name: NAMESPACE
      valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
    - name: DEPENDENCY_SERVICE
      value: {{ join "," $services | quote }}
    - name: DEPENDENCY_JOBS
      value: {{ join "," $wanted.jobs | quote }}
    {{- with $wanted.daemonsets }}
    - name: DEPENDENCY_DAEMONSET
      value: {{ join "," . | quote }}
    {{- end }}
    {{- with $wanted.pod }}
    - name: DEPENDENCY_POD_JSON
      value: {{ toJson . | quote }}
    {{- end }}
    {{- with $wanted.sockets }}
    - name: DEPENDENCY_SOCKET
      value: {{ join "," . | quote }}
    {{- end }}
  volumeMounts:
    - name: token
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
    {{- if gt (len .) 2 }}
    {{- index . 2 | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* The volume that `init` needs: what Kubernetes would otherwise mount into every container. */}}
{{- define "openstack.init.volume" -}}
- name: token
  projected:
    defaultMode: 0444
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3607}
      - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
      - downwardAPI: {items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]}
{{- end -}}
