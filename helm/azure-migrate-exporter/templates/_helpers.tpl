{{- define "exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of the objects. 52 characters leave room for the number of a pod and a suffix. */}}
{{- define "exporter.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $full .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "exporter.serviceAccountName" -}}
{{- $own := .Values.serviceAccount.create | ternary (include "exporter.fullname" .) "default" -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end -}}

{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: exporter
{{- end -}}

{{/* Labels of every object. */}}
{{- define "exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "exporter.selectorLabels" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "exporter.image" -}}
{{- $image := .Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default .Chart.AppVersion $image.tag }}{{ end }}
{{- end -}}

{{/* Data of the ConfigMap: one configuration, or one for each shard with the name of its pod. */}}
{{- define "exporter.configurations" -}}
{{- if .Values.shards }}
{{- range $position, $shard := .Values.shards }}
{{ include "exporter.fullname" $ }}-{{ $position }}.yml: |
  {{- mergeOverwrite (deepCopy $.Values.config) ($shard.config | default dict) | toYaml | nindent 2 }}
{{- end }}
{{- else }}
exporter.yml: |
  {{- toYaml .Values.config | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Endpoint of a ServiceMonitor or PodMonitor: fixed fields, and those of `.monitor`. */}}
{{- define "exporter.endpoint" -}}
port: http
path: /metrics
scheme: {{ ternary "https" "http" .root.Values.web.tls }}
# No label of a metric has the name of a target label of the operator; this is for labels that relabelings add.
honorLabels: true
# The alerts use this name of the job.
relabelings:
  - {targetLabel: job, replacement: azure-migrate-exporter}
  {{- with .monitor.relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- range $key, $value := omit .monitor "enabled" "labels" "relabelings" }}
{{- with $value }}
{{ dict $key . | toYaml }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Ports and peers of one rule of the NetworkPolicy. */}}
{{- define "exporter.egress" -}}
- ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
