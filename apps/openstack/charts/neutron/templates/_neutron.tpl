{{- define "neutron.passwords" -}}
[DEFAULT]
transport_url = {{ include "openstack.messaging.url" . }}

[database]
connection = {{ include "openstack.database.url" (list . "neutron" "neutron") }}

{{/* As itself, also towards Nova: its role `service` may tell Nova of ports. */}}
{{- include "openstack.credentials" (list . "neutron" "nova" "placement") | trim }}

{{ include "openstack.authtoken" (list . "neutron") }}
{{- end -}}

{{/* ml2_conf.ini. Where OVN's databases are is not in it: neutron.start says why. */}}
{{- define "neutron.ml2" -}}
{{- range list "nb" "sb" -}}
{{- $option := printf "ovn_%s_connection" . -}}
{{- if hasKey ($.Values.conf.plugins.ml2_conf.ovn | default dict) $option -}}
{{- fail (printf "conf.plugins.ml2_conf.ovn.%s: set endpoints.ovn_ovsdb_%s instead" $option .) -}}
{{- end -}}
{{- end -}}
{{- include "openstack.ini" .Values.conf.plugins.ml2_conf -}}
{{- end -}}

{{/*
What runs before a process, which it then becomes. Python's OVS library looks up no names without python-unbound, so it
is told the addresses of the Services; they stay as long as the Services do. The time of the API's start is a file named
after the process above it, always 1 in a pod: one that outlived a container would be that of the start before
(reference/openstack.md §2.5).
*/}}
{{- define "neutron.start" -}}
rm -f /tmp/neutron_*
address() { getent ahostsv4 "$1" | { read -r found _ && echo "$found"; }; }
{{- range list "nb" "sb" }}
{{- $endpoint := printf "ovn_ovsdb_%s" . }}
{{ . }}=$(address {{ include "openstack.endpoint.host" (list $ $endpoint "internal") }})
export OS_OVN__OVN_{{ upper . }}_CONNECTION=tcp:${{ . }}:{{ include "openstack.endpoint.port" (list $ $endpoint "internal" "ovsdb") }}
{{- end }}
exec "$@"
{{- end -}}

{{- define "neutron.mounts" -}}
{{ include "openstack.mounts" (list "neutron") }}
- {name: etc, mountPath: /etc/neutron/plugins/ml2/ml2_conf.ini, subPath: ml2_conf.ini, readOnly: true}
- {name: state, mountPath: /var/lib/neutron}
{{- end -}}

{{/* Probes of the maintenance worker, which serves nobody and uses no queue: it is connected to both databases of OVN. */}}
{{- define "neutron.probes.ovn" -}}
{{- $nb := printf "%04X" (int (include "openstack.endpoint.port" (list . "ovn_ovsdb_nb" "internal" "ovsdb"))) -}}
{{- $sb := printf "%04X" (int (include "openstack.endpoint.port" (list . "ovn_ovsdb_sb" "internal" "ovsdb"))) -}}
startupProbe:
  exec: &connected
    command:
      - bash
      - -c
      - |
        connected=
        while read -r _ _ remote state _; do
          [ "$state" != 01 ] || connected+=" ${remote##*:}"
        done < <(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null)
        [[ $connected == *{{ $nb }}* && $connected == *{{ $sb }}* ]] && exit 0
        echo "not connected to both of OVN's databases (ports {{ $nb }} and {{ $sb }}, hexadecimal)"
        exit 1
  periodSeconds: 3
  timeoutSeconds: 5
  failureThreshold: 60
readinessProbe:
  exec: *connected
  periodSeconds: 15
  timeoutSeconds: 5
{{- end -}}
