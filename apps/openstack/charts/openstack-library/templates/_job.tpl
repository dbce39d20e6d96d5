{{/*
A Job that does one thing once, can be run again, and is a plain object of the release: whoever installs waits for it, and
replaces it when its template changed. Arguments:
  root, name ("db-sync": the Job is CHART-db-sync, its component db-sync), user (number), image (key of images.tags),
  script (bash), passwords (keys of the Secret, which are /secret/KEY), service (optional: the files of openstack.mounts are
  there, `file` if it is not SERVICE.conf), env (a list, optional).
Its template notes a hash of the passwords' file only: not every changed option of a service runs migrations again.
*/}}
{{- define "openstack.job" -}}
{{- $root := .root -}}
{{- $service := .service | default "" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $root.Chart.Name }}-{{ .name }}
  labels:
    {{- include "openstack.labels" (list $root .name) | nindent 4 }}
spec:
  backoffLimit: 30
  template:
    metadata:
      {{- if $service }}
      {{- include "openstack.pod.metadata" (list $root .name (include (printf "%s.passwords" $root.Chart.Name) $root)) | nindent 6 }}
      {{- else }}
      {{- include "openstack.pod.metadata" (list $root .name) | nindent 6 }}
      {{- end }}
    spec:
      restartPolicy: OnFailure
      {{- include "openstack.pod" (list $root .name .user) | nindent 6 }}
      initContainers:
        {{- include "openstack.init" (list $root .name) | nindent 8 }}
        {{- if $service }}
        {{- include "openstack.passwords" (list $root .image "passwords.conf") | nindent 8 }}
        {{- end }}
      containers:
        - name: {{ .name }}
          {{- include "openstack.container" (list $root "jobs" .image) | nindent 10 }}
          command:
            - bash
            - -euc
            - |
              {{- .script | nindent 14 }}
          {{- with .env }}
          env:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          volumeMounts:
            {{- if $service }}
            {{- include "openstack.mounts" (list $service ($.file | default (printf "%s.conf" $service))) | nindent 12 }}
            {{- else }}
            - {name: tmp, mountPath: /tmp}
            {{- end }}
            - {name: secret, mountPath: /secret, readOnly: true}
      volumes:
        {{- if $service }}
        {{- include "openstack.volumes" (concat (list (printf "%s-etc" $root.Chart.Name)) .passwords) | nindent 8 }}
        {{- else }}
        - name: tmp
          emptyDir: {}
        {{- include "openstack.secret.volume" .passwords | nindent 8 }}
        {{- include "openstack.init.volume" $root | nindent 8 }}
        {{- end }}
{{- end -}}

{{/*
(dict "root" $ "user" "nova" "databases" (list ...) "first" BASH) -> the Job CHART-db-init: databases, and their user with
all rights on them. `first` (optional) runs before the first database is made, only if it is not there yet.
*/}}
{{- define "openstack.job.databases" -}}
{{- $host := include "openstack.endpoint.host" (list .root "oslo_db" "internal") -}}
{{- $script := print (include "openstack.script.databases" (merge (dict "host" $host) .)) -}}
{{ include "openstack.job" (dict "root" .root "name" "db-init" "user" 42430 "image" "mariadb" "script" $script "passwords" (list "mariadb-root" (printf "%s-db" .user))) }}
{{- end -}}

{{- define "openstack.script.databases" -}}
umask 077
printf '[client]\nhost=%s\nuser=root\npassword=%s\n' {{ .host }} "$(</secret/mariadb-root)" > /tmp/root.cnf
sql() { mariadb --defaults-file=/tmp/root.cnf --batch --skip-column-names; }
password=$(</secret/{{ .user }}-db)
{{- with .first }}
if [ -z "$(sql <<< "SHOW DATABASES LIKE '{{ first $.databases }}'")" ]; then
  {{- . | nindent 2 }}
fi
{{- end }}
sql <<SQL
CREATE USER IF NOT EXISTS '{{ .user }}'@'%' IDENTIFIED BY '$password';
ALTER USER '{{ .user }}'@'%' IDENTIFIED BY '$password';
{{- range .databases }}
CREATE DATABASE IF NOT EXISTS {{ . }} CHARACTER SET utf8mb4;
GRANT ALL ON {{ . }}.* TO '{{ $.user }}'@'%';
{{- end }}
SQL
{{- end -}}
