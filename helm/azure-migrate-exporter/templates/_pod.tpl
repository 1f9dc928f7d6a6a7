{{/* The pod of the Deployment and of the StatefulSet. */}}
{{- define "exporter.pod" -}}
metadata:
  {{- $labels := include "exporter.workloadLabels" . | fromYaml }}
  {{- if eq .Values.credentials.type "workloadIdentity" }}
  {{- $_ := set $labels "azure.workload.identity/use" "true" }}
  {{- end }}
  labels:
    {{- merge $labels .Values.podLabels .Values.commonLabels | toYaml | nindent 4 }}
  {{- $annotations := dict "kubectl.kubernetes.io/default-container" "exporter" }}
  {{- if and (eq .Values.reload.mode "restart") (not .Values.existingConfigSecret) }}
  {{- $_ := set $annotations "checksum/config" (include "exporter.configurations" . | sha256sum) }}
  {{- end }}
  annotations:
    {{- merge $annotations .Values.podAnnotations .Values.commonAnnotations | toYaml | nindent 4 }}
spec:
  {{- include "exporter.pullSecrets" . | nindent 2 }}
  serviceAccountName: {{ include "exporter.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    {{- include "exporter.container" . | nindent 4 }}
    {{- if eq .Values.reload.mode "sidecar" }}
    {{- include "exporter.reloader" . | nindent 4 }}
    {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "exporter.volumes" . | nindent 4 }}
  {{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" "hostAliases" "dnsPolicy" "dnsConfig" }}
  {{- with index $.Values $key }}
  {{- dict $key . | toYaml | nindent 2 }}
  {{- end }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- $ours := dict "labelSelector" (dict "matchLabels" (include "exporter.selectorLabels" $ | fromYaml)) }}
    {{- range . }}
    - {{- merge (deepCopy .) $ours | toYaml | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end -}}

{{- define "exporter.container" -}}
- name: exporter
  image: {{ include "exporter.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args:
    - serve
    - --config.file=/etc/azure-migrate-exporter/config/{{ ternary "$(POD_NAME)" "exporter" (not (empty .Values.shards)) }}.yml
    - --state.path=/var/lib/azure-migrate-exporter
    {{- with .shard }}
    - --shard={{ . }}/{{ $.Values.totalShards }}
    {{- end }}
    - --web.listen-address=:{{ .Values.web.port }}
    {{- if .Values.web.existingSecret }}
    - --web.config.file=/etc/azure-migrate-exporter/web/web.yml
    {{- end }}
    - --log.level={{ .Values.log.level }}
    - --log.format={{ .Values.log.format }}
    {{- range .Values.extraArgs }}
    - {{ . | quote }}
    {{- end }}
  env:
    - name: POD_NAME
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    {{- with .Values.extraEnv }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $azure := ternary .Values.credentials.existingSecret "" (eq .Values.credentials.type "existingSecret") }}
  {{- if or $azure .Values.extraEnvFrom }}
  envFrom:
    {{- with $azure }}
    - secretRef: {name: {{ . }}}
    {{- end }}
    {{- with .Values.extraEnvFrom }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  ports:
    - name: http
      containerPort: {{ .Values.web.port }}
      protocol: TCP
  {{- with .Values.startupProbe }}
  startupProbe:
    {{- include "exporter.probe" (list $ "/-/healthy") | nindent 4 }}
    {{- toYaml . | nindent 4 }}
  {{- end }}
  livenessProbe:
    {{- include "exporter.probe" (list . "/-/healthy") | nindent 4 }}
    {{- toYaml .Values.livenessProbe | nindent 4 }}
  readinessProbe:
    {{- include "exporter.probe" (list . "/-/ready") | nindent 4 }}
    {{- toYaml .Values.readinessProbe | nindent 4 }}
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  securityContext:
    {{- toYaml .Values.securityContext | nindent 4 }}
  volumeMounts:
    {{- include "exporter.mounts" . | nindent 4 }}
    - name: state
      mountPath: /var/lib/azure-migrate-exporter
    - name: tmp
      mountPath: /tmp
    {{- with .Values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* The kubelet has no user and no client certificate. */}}
{{- define "exporter.probe" -}}
{{- $web := (first .).Values.web -}}
{{- if $web.authentication -}}
tcpSocket: {port: http}
{{- else -}}
httpGet: {port: http, path: {{ last . }}, scheme: {{ ternary "HTTPS" "HTTP" $web.tls }}}
{{- end -}}
{{- end -}}

{{- define "exporter.mounts" -}}
- name: config
  mountPath: /etc/azure-migrate-exporter/config
  readOnly: true
{{- if .Values.secretFiles }}
- name: secrets
  mountPath: /etc/azure-migrate-exporter/secrets
  readOnly: true
{{- end }}
{{- if .Values.web.existingSecret }}
- name: web
  mountPath: /etc/azure-migrate-exporter/web
  readOnly: true
{{- end }}
{{- end -}}

{{- define "exporter.reloader" -}}
- name: reloader
  image: {{ .Values.reload.sidecar.image }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args:
    - --watched-dir=/etc/azure-migrate-exporter/config
    - --reload-url={{ ternary "https" "http" .Values.web.tls }}://127.0.0.1:{{ .Values.web.port }}/-/reload
    - --watch-interval=1m
  resources:
    {{- toYaml .Values.reload.sidecar.resources | nindent 4 }}
  securityContext:
    {{- toYaml .Values.securityContext | nindent 4 }}
  volumeMounts:
    - name: config
      mountPath: /etc/azure-migrate-exporter/config
      readOnly: true
{{- end -}}

{{/* Whole volumes: a single mounted file (subPath) would never be updated. */}}
{{- define "exporter.volumes" -}}
- name: config
  {{- if .Values.existingConfigSecret }}
  secret: {secretName: {{ .Values.existingConfigSecret }}, defaultMode: 0440}
  {{- else }}
  configMap: {name: {{ include "exporter.fullname" . }}}
  {{- end }}
{{- with .Values.secretFiles }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range . }}
      - secret: {name: {{ . }}}
      {{- end }}
{{- end }}
{{- with .Values.web.existingSecret }}
- name: web
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- if not .Values.persistence.enabled }}
- name: state
  emptyDir: {sizeLimit: 100Mi}
{{- else if not .Values.shards }}
- name: state
  persistentVolumeClaim:
    claimName: {{ default (include "exporter.claimName" .) .Values.persistence.existingClaim }}
{{- end }}
- name: tmp
  emptyDir: {sizeLimit: 100Mi}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
