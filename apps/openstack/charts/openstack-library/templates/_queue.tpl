{{/*
$ -> probes of a process without a port that works for the message queue: one of its pod's processes has an established
connection to it. No liveness: with the queue away a restart would help nobody, and a process that gave up ends.
*/}}
{{- define "openstack.probes.queue" -}}
{{- $port := printf "%04X" (int (include "openstack.endpoint.port" (list . "oslo_messaging" "internal" "amqp"))) -}}
startupProbe:
  exec:
    command: &queue
      - bash
      - -c
      - |
        while read -r _ _ remote state _ _ _ _ _ inode _; do
          [[ $remote == *:{{ $port }} && $state == 01 ]] || continue
          ls -l /proc/[0-9]*/fd 2> /dev/null | grep -qF "socket:[$inode]" && exit 0
        done < <(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null)
        echo "no connection to the message queue (port {{ $port }}, hexadecimal)"
        exit 1
  periodSeconds: 3
  timeoutSeconds: 5
  failureThreshold: 60
readinessProbe:
  exec:
    command: *queue
  periodSeconds: 15
  timeoutSeconds: 5
{{- end -}}
