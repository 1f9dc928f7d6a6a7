{{/* What the schema cannot say: values that exclude each other. Every trouble in one message. */}}
{{- define "exporter.validate" -}}
{{- $troubles := list -}}
{{- with .Values -}}
{{- if and .serviceMonitor.enabled .podMonitor.enabled -}}
{{- $troubles = append $troubles "serviceMonitor.enabled and podMonitor.enabled: every series would be there twice; enable one" -}}
{{- end -}}
{{- if and .config .existingConfigSecret -}}
{{- $troubles = append $troubles "config and existingConfigSecret: give one of them" -}}
{{- end -}}
{{- if and .shards .persistence.existingClaim -}}
{{- $troubles = append $troubles "persistence.existingClaim: each of the shards needs a claim of its own; leave it empty" -}}
{{- end -}}
{{- if and (or .web.tls .web.authentication) (not .web.existingSecret) -}}
{{- $troubles = append $troubles "web.tls and web.authentication describe the web.yml of web.existingSecret, which is empty" -}}
{{- end -}}
{{- if and .web.authentication (eq .reload.mode "sidecar") -}}
{{- $troubles = append $troubles "reload.mode sidecar: the reloader cannot sign in where web.authentication is on; use restart" -}}
{{- end -}}
{{- if and .dashboards.grafanaOperator.enabled (not .dashboards.enabled) -}}
{{- $troubles = append $troubles "dashboards.grafanaOperator.enabled: its objects point to the ConfigMaps of dashboards.enabled" -}}
{{- end -}}
{{- if and .alertmanagerConfig.enabled (not .alertmanagerConfig.spec) -}}
{{- $troubles = append $troubles "alertmanagerConfig.spec: give route and receivers, as in ci/alertmanager-values.yaml" -}}
{{- end -}}
{{- end -}}
{{- with $troubles }}{{ printf "\n- %s" (join "\n- " .) | fail }}{{ end -}}
{{- end -}}
