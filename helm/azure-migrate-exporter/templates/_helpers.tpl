{{- define "exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Whether there are several exporters: not empty if so. */}}
{{- define "exporter.several" -}}
{{- if or .Values.shards .Values.totalShards }}yes{{ end -}}
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

{{/* Labels of the pods of one workload: with `totalShards`, `.shard` is the number of its shard. */}}
{{- define "exporter.workloadLabels" -}}
{{ include "exporter.selectorLabels" . }}
{{- with .shard }}
azure-migrate-exporter/shard: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "exporter.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* Labels that no value changes. */}}
{{- define "exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "exporter.selectorLabels" . }}
{{- end -}}

{{/* The metadata of an object: `root`, `name`, and its own `labels`, `annotations`, `component` and `namespace`, if any. No
key is written twice: fixed labels win over those of the object, and these over the common ones. */}}
{{- define "exporter.metadata" -}}
{{- $root := .root -}}
{{- $fixed := include "exporter.labels" $root | fromYaml -}}
{{- with .component }}{{ $_ := set $fixed "app.kubernetes.io/component" . }}{{ end -}}
name: {{ .name }}
namespace: {{ default (include "exporter.namespace" $root) .namespace }}
labels:
  {{- merge $fixed (.labels | default dict) $root.Values.commonLabels | toYaml | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Name of the Service. A headless one has a name of its own, because clusterIP cannot change in place. */}}
{{- define "exporter.serviceName" -}}
{{- include "exporter.fullname" . }}{{ if include "exporter.several" . }}-headless{{ end }}
{{- end -}}

{{/* Port of the Service. That of a headless one is the exporter's own: nothing translates it. */}}
{{- define "exporter.servicePort" -}}
{{- if include "exporter.several" . }}{{ .Values.web.port }}{{ else }}{{ .Values.service.port | default .Values.web.port }}{{ end }}
{{- end -}}

{{/* The pull secrets of this chart and of a chart around it, each as a name or as {name: …}. */}}
{{- define "exporter.pullSecrets" -}}
{{- $names := list -}}
{{- range concat (dig "imagePullSecrets" list (.Values.global | default dict)) .Values.imagePullSecrets -}}
{{- $names = append $names (kindIs "string" . | ternary . (get (kindIs "map" . | ternary . dict) "name")) -}}
{{- end -}}
{{- with uniq $names }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "exporter.image" -}}
{{- $image := .Values.image -}}
{{- with default $image.registry (dig "imageRegistry" "" (.Values.global | default dict)) }}{{ . }}/{{ end }}{{ $image.repository }}
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
{{- range $key := list "interval" "scrapeTimeout" "tlsConfig" "basicAuth" "authorization" "proxyUrl" "metricRelabelings" }}
{{- with index $.monitor $key }}
{{ dict $key . | toYaml }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What a ServiceMonitor and a PodMonitor have in common: `kind`, `endpoints` (the name of their list), `monitor`. */}}
{{- define "exporter.monitor" -}}
apiVersion: {{ .monitor.apiVersion }}
kind: {{ .kind }}
metadata:
  {{- include "exporter.metadata" (dict "root" .root "name" (include "exporter.fullname" .root)
    "labels" .monitor.additionalLabels "annotations" .monitor.annotations "namespace" .monitor.namespace) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "exporter.selectorLabels" .root | nindent 6 }}
  {{- if .monitor.namespace }}
  namespaceSelector:
    matchNames: [{{ include "exporter.namespace" .root }}]
  {{- end }}
  {{- $asked := dict }}
  {{- if hasPrefix "azmonitoring" .monitor.apiVersion }}
  {{- $asked = dict "labelLimit" 63 "labelNameLengthLimit" 511 "labelValueLengthLimit" 1023 }}
  {{- end }}
  {{- range $key := list "sampleLimit" "labelLimit" "labelNameLengthLimit" "labelValueLengthLimit" }}
  {{- with index $.monitor $key | default (index $asked $key) }}
  {{ $key }}: {{ int64 . }}
  {{- end }}
  {{- end }}
  {{ .endpoints }}:
    - {{- include "exporter.endpoint" . | nindent 6 }}
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
