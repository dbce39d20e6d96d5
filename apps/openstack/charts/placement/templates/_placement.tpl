{{- define "placement.passwords" -}}
[placement_database]
connection = {{ include "openstack.database.url" (list . "placement" "placement") }}

{{ include "openstack.authtoken" (list . "placement") }}
{{- end -}}
