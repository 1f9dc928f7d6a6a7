{{/* Values that exclude each other, which the schema cannot express. All errors are in one message. */}}
{{- define "exporter.validate" -}}
{{- $errors := list -}}
{{- with .Values -}}
{{- if and .serviceMonitor.enabled .podMonitor.enabled -}}
{{- $errors = append $errors "serviceMonitor.enabled and podMonitor.enabled: every series would exist twice; enable one of them" -}}
{{- end -}}
{{- if and .config .existingConfigSecret -}}
{{- $errors = append $errors "config and existingConfigSecret: set only one of them" -}}
{{- end -}}
{{- if and .shards .totalShards -}}
{{- $errors = append $errors "shards and totalShards: set only one of them" -}}
{{- end -}}
{{- if and .totalShards .persistence.enabled (not .persistence.existingClaim) (not (has "ReadWriteMany" .persistence.accessModes)) -}}
{{- $errors = append $errors "persistence.accessModes: the shards of totalShards share one volume; use [ReadWriteMany], or turn it off" -}}
{{- end -}}
{{- if and .shards .persistence.existingClaim -}}
{{- $errors = append $errors "persistence.existingClaim: each shard needs its own claim; leave it empty" -}}
{{- end -}}
{{- range $section, $key := dict "replication" "vault" "vcenters" "name" "appliances" "name" -}}
{{- $seen := dict -}}
{{- range $position, $shard := $.Values.shards -}}
{{- $merged := mergeOverwrite (deepCopy $.Values.config) (deepCopy ($shard.config | default dict)) -}}
{{- range dig $section list $merged -}}
{{- $name := dig $key "" . | lower -}}
{{- if and $name (hasKey $seen $name) -}}
{{- $errors = append $errors (printf "shards[%d].config.%s: %s is in shards[%v] too, so it would be checked twice" $position $section $name (get $seen $name)) -}}
{{- end -}}
{{- $_ := set $seen $name $position -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (or .web.tls .web.authentication) (not .web.existingSecret) -}}
{{- $errors = append $errors "web.tls and web.authentication describe the web.yml of web.existingSecret, which is empty" -}}
{{- end -}}
{{- if and .web.authentication (eq .reload.mode "sidecar") -}}
{{- $errors = append $errors "reload.mode sidecar: the reloader cannot authenticate if web.authentication is on; use restart" -}}
{{- end -}}
{{- if and .dashboards.grafanaOperator.enabled (not .dashboards.enabled) -}}
{{- $errors = append $errors "dashboards.grafanaOperator.enabled: its objects refer to the ConfigMaps of dashboards.enabled" -}}
{{- end -}}
{{- if and .alertmanagerConfig.enabled (not .alertmanagerConfig.spec) -}}
{{- $errors = append $errors "alertmanagerConfig.spec: set route and receivers, as in ci/alertmanager-values.yaml" -}}
{{- end -}}
{{- end -}}
{{- with $errors }}{{ printf "\n- %s" (join "\n- " .) | fail }}{{ end -}}
{{- end -}}
