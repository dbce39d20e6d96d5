{{- define "neutron.passwords" -}}
[DEFAULT]
transport_url = {{ include "openstack.messaging.url" . }}

[database]
connection = {{ include "openstack.database.url" (list . "neutron" "neutron") }}

{{/* As itself, also towards Nova: its role `service` may tell Nova of ports. */}}
{{- include "openstack.credentials" (list . "neutron" "nova" "placement") | trim }}

{{ include "openstack.authtoken" (list . "neutron") }}
{{- end -}}

{{/* ml2_conf.ini: where OVN's databases are, then what the values say. */}}
{{- define "neutron.ml2" -}}
{{- $nb := printf "tcp:%s" (include "openstack.endpoint.address" (list . "ovn_ovsdb_nb" "internal" "ovsdb")) -}}
{{- $sb := printf "tcp:%s" (include "openstack.endpoint.address" (list . "ovn_ovsdb_sb" "internal" "ovsdb")) -}}
{{- $ovn := dict "ovn" (dict "ovn_nb_connection" $nb "ovn_sb_connection" $sb) -}}
{{- include "openstack.ini" (mergeOverwrite $ovn (deepCopy .Values.conf.plugins.ml2_conf)) -}}
{{- end -}}

{{- define "neutron.mounts" -}}
{{ include "openstack.mounts" (list "neutron") }}
- {name: etc, mountPath: /etc/neutron/plugins/ml2/ml2_conf.ini, subPath: ml2_conf.ini, readOnly: true}
- {name: state, mountPath: /var/lib/neutron}
{{- end -}}
