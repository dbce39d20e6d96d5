{{/*
A map {SECTION: {KEY: VALUE}} -> a file for oslo.config. VALUE: text, number, boolean, a list (written with commas), nothing
(the key is left out), or {type: multistring, values: [...]} (the key once for each).
*/}}
{{- define "openstack.ini" -}}
{{- range $section, $options := . }}
{{- if $options }}
[{{ $section }}]
{{- range $key, $value := $options }}
{{- if kindIs "invalid" $value }}
{{- else if kindIs "map" $value }}
{{- if ne (toString $value.type) "multistring" }}{{ fail (printf "[%s] %s: a map must be {type: multistring, values: [...]}" $section $key) }}{{ end }}
{{- range $value.values }}
{{ $key }} = {{ include "openstack.ini.scalar" . }}
{{- end }}
{{- else if kindIs "slice" $value }}
{{- $written := list }}
{{- range $value }}{{ $written = append $written (include "openstack.ini.scalar" .) }}{{ end }}
{{ $key }} = {{ join "," $written }}
{{- else }}
{{ $key }} = {{ include "openstack.ini.scalar" $value }}
{{- end }}
{{- end }}
{{ end }}
{{- end }}
{{- end -}}

{{/* Whole numbers come as floats from values: 1000000 must not be written 1e+06. */}}
{{- define "openstack.ini.scalar" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}
