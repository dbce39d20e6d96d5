{{/* A map -> a file in libvirt's form: text in quotes, lists in brackets, numbers as they are. */}}
{{- define "libvirt.file" -}}
{{- range $key, $value := . }}
{{- if kindIs "slice" $value }}
{{ $key }} = [ {{ range $i, $each := $value }}{{ if $i }}, {{ end }}{{ $each | quote }}{{ end }} ]
{{- else if kindIs "string" $value }}
{{ $key }} = {{ $value | quote }}
{{- else if not (kindIs "invalid" $value) }}
{{ $key }} = {{ int64 $value }}
{{- end }}
{{- end }}
{{- end -}}
