{{- define "glance.passwords" -}}
[database]
connection = {{ include "openstack.database.url" (list . "glance" "glance") }}

{{ include "openstack.authtoken" (list . "glance") }}
{{- end -}}
