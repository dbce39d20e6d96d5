{{/*
Where services are, from `endpoints.*` in the shape of OpenStack-Helm: TYPE.{name, namespace, hosts.KIND,
host_fqdn_override.KIND.host, path.KIND, scheme.KIND, port.PORT.KIND}, KIND being internal, public, admin or, for all that
are not named, default.
*/}}

{{/* (list MAP "KIND") -> the value of a kind, or the default one. */}}
{{- define "openstack.endpoint.pick" -}}
{{- $map := index . 0 | default dict -}}
{{- get $map (index . 1) | default (get $map "default") -}}
{{- end -}}

{{/* (list $ "TYPE") -> the namespace that a service lives in. */}}
{{- define "openstack.endpoint.namespace" -}}
{{- $root := index . 0 -}}
{{- (get $root.Values.endpoints (index . 1)).namespace | default $root.Release.Namespace -}}
{{- end -}}

{{/* (list $ "TYPE" "KIND") -> the full name of a host: keystone-api.openstack.svc.cluster.local */}}
{{- define "openstack.endpoint.host" -}}
{{- $root := index . 0 -}}
{{- $kind := index . 2 -}}
{{- $endpoint := get $root.Values.endpoints (index . 1) -}}
{{- $override := get ($endpoint.host_fqdn_override | default dict) $kind | default dict -}}
{{- if $override.host -}}
{{ $override.host }}
{{- else -}}
{{ include "openstack.endpoint.pick" (list $endpoint.hosts $kind) }}.{{ include "openstack.endpoint.namespace" (list $root (index . 1)) }}.svc.{{ $root.Values.endpoints.cluster_domain_suffix }}
{{- end -}}
{{- end -}}

{{/* (list $ "TYPE" "KIND" "PORT") -> the number of a port. */}}
{{- define "openstack.endpoint.port" -}}
{{- $endpoint := get (index . 0).Values.endpoints (index . 1) -}}
{{- include "openstack.endpoint.pick" (list (get $endpoint.port (index . 3)) (index . 2)) -}}
{{- end -}}

{{/* (list $ "TYPE" "KIND" "PORT") -> host:port */}}
{{- define "openstack.endpoint.address" -}}
{{- include "openstack.endpoint.host" . }}:{{ include "openstack.endpoint.port" . -}}
{{- end -}}

{{/* (list $ "TYPE" "KIND" "PORT") -> scheme://host:port/path */}}
{{- define "openstack.endpoint.url" -}}
{{- $endpoint := get (index . 0).Values.endpoints (index . 1) -}}
{{- $kind := index . 2 -}}
{{ include "openstack.endpoint.pick" (list $endpoint.scheme $kind) }}://{{ include "openstack.endpoint.address" . }}{{ include "openstack.endpoint.pick" (list $endpoint.path $kind) }}
{{- end -}}

{{/*
(list $ "DATABASE" "USER") -> URL of a database, its password a placeholder: `<USER-db>` (see openstack.passwords).
*/}}
{{- define "openstack.database.url" -}}
mysql+pymysql://{{ index . 2 }}:<{{ index . 2 }}-db>@{{ include "openstack.endpoint.address" (list (index . 0) "oslo_db" "internal" "mysql") }}/{{ index . 1 }}?charset=utf8mb4
{{- end -}}

{{/* $ -> URL of the message queue, its password a placeholder. */}}
{{- define "openstack.messaging.url" -}}
rabbit://{{ .Values.endpoints.oslo_messaging.auth.user.username }}:<rabbitmq>@{{ include "openstack.endpoint.address" (list . "oslo_messaging" "internal" "amqp") }}/
{{- end -}}

{{/*
(list $ "USER" "SECTION"...) -> sections with a service user's credentials, the password a placeholder: `<USER-user>`.
*/}}
{{- define "openstack.credentials" -}}
{{- $root := index . 0 -}}
{{- $user := index . 1 -}}
{{- $auth := get $root.Values.endpoints.identity.auth $user -}}
{{- range slice . 2 }}
[{{ . }}]
auth_type = password
auth_url = {{ include "openstack.endpoint.url" (list $root "identity" "internal" "api") }}
username = {{ $auth.username }}
password = <{{ $user }}-user>
project_name = {{ $auth.project_name }}
user_domain_name = {{ $auth.user_domain_name }}
project_domain_name = {{ $auth.project_domain_name }}
region_name = {{ $auth.region_name }}
{{ end }}
{{- end -}}

{{/*
(list $ "USER") -> [keystone_authtoken] of a service: the credentials, and how tokens of others are checked.
*/}}
{{- define "openstack.authtoken" -}}
{{- $root := index . 0 -}}
{{ include "openstack.credentials" (list $root (index . 1) "keystone_authtoken") | trim }}
www_authenticate_uri = {{ include "openstack.endpoint.url" (list $root "identity" "public" "api") }}
memcached_servers = {{ include "openstack.endpoint.address" (list $root "oslo_cache" "internal" "memcache") }}
service_token_roles_required = true
{{- end -}}
