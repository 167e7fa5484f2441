// The default texts of every receiver, under the names that people's own templates refer to.
#include "telemetry/alerts/receivers/templates.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::string_view default_definitions = R"tmpl(
{{ define "__alertmanager" }}Alertmanager{{ end }}
{{ define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}{{ end }}
{{ define "__subject" -}}
[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] {{/* */ -}}
{{ .GroupLabels.SortedPairs.Values | join " " }} {{/* */ -}}
{{ if gt (len .CommonLabels) (len .GroupLabels) -}}
({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }})
{{- end }}
{{- end }}
{{ define "__description" }}{{ end }}
{{ define "__annotations" }}{{ .CommonAnnotations.SortedPairs.Values | join " " }}{{ end }}

{{ define "__text_alert_list" -}}
{{ range . -}}
Labels:
{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end -}}
Annotations:
{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end -}}
Source: {{ .GeneratorURL }}
{{ end }}
{{- end }}
{{ define "__text_alert_list_markdown" -}}
{{ range . }}
Labels:
{{ range .Labels.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Annotations:
{{ range .Annotations.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Source: {{ .GeneratorURL }}
{{ end }}
{{ end }}
{{ define "__dense_lists" -}}
{{ template "__annotations" . }}
{{ with .Alerts.Firing }}Alerts Firing:
{{ template "__text_alert_list" . }}{{ end }}
{{ with .Alerts.Resolved }}Alerts Resolved:
{{ template "__text_alert_list" . }}{{ end }}
{{- end }}
{{ define "__block" }}
{{ .title }}
{{ template "__text_alert_list" .alerts }}
{{ end }}
{{ define "__block_markdown" }}
# {{ .title }}
{{ template "__text_alert_list_markdown" .alerts }}
{{ end }}
{{ define "__lists" }}
{{ with .Alerts.Firing }}{{ template "__block" (dict "title" "Alerts Firing:" "alerts" .) }}{{ end }}
{{ with .Alerts.Resolved }}{{ template "__block" (dict "title" "Alerts Resolved:" "alerts" .) }}{{ end }}
{{ end }}
{{ define "__lists_markdown" }}
{{ with .Alerts.Firing }}{{ template "__block_markdown" (dict "title" "Alerts Firing:" "alerts" .) }}{{ end }}
{{ with .Alerts.Resolved -}}
{{ template "__block_markdown" (dict "title" "Alerts Resolved:" "alerts" .) }}{{ end }}
{{ end }}

{{ define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "slack.default.fallback" -}}
{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}
{{- end }}
{{ define "slack.default.callbackid" }}{{ end }}
{{ define "slack.default.pretext" }}{{ end }}
{{ define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "slack.default.iconemoji" }}{{ end }}
{{ define "slack.default.iconurl" }}{{ end }}
{{ define "slack.default.text" }}{{ end }}
{{ define "slack.default.footer" }}{{ end }}
{{ define "slack.default.color" }}{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}{{ end }}

{{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end }}
{{ define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}

{{ define "opsgenie.default.message" }}{{ template "__subject" . }}{{ end }}
{{ define "opsgenie.default.description" }}{{ template "__dense_lists" . }}{{ end }}
{{ define "opsgenie.default.source" }}{{ template "__alertmanagerURL" . }}{{ end }}

{{ define "wechat.default.message" }}{{ template "__subject" . }}
{{ template "__dense_lists" . }}
AlertmanagerUrl:
{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "wechat.default.to_user" }}{{ end }}
{{ define "wechat.default.to_party" }}{{ end }}
{{ define "wechat.default.to_tag" }}{{ end }}
{{ define "wechat.default.agent_id" }}{{ end }}

{{ define "victorops.default.state_message" }}{{ template "__dense_lists" . }}{{ end }}
{{ define "victorops.default.entity_display_name" }}{{ template "__subject" . }}{{ end }}
{{ define "victorops.default.monitoring_tool" }}{{ template "__alertmanager" . }}{{ end }}

{{ define "pushover.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "pushover.default.message" }}{{ template "__annotations" . }}{{ template "__lists" . }}{{ end }}
{{ define "pushover.default.url" }}{{ template "__alertmanagerURL" . }}{{ end }}

{{ define "sns.default.subject" }}{{ template "__subject" . }}{{ end }}
{{ define "sns.default.message" }}{{ template "__annotations" . }}{{ template "__lists" . }}{{ end }}

{{ define "telegram.default.message" }}{{ template "__lists" . }}{{ end }}
{{ define "discord.default.content" }}{{ end }}
{{ define "discord.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "discord.default.message" }}{{ template "__lists" . }}{{ end }}
{{ define "webex.default.message" }}{{ template "__annotations" . }}{{ template "__lists" . }}{{ end }}
{{ define "msteams.default.summary" }}{{ template "__subject" . }}{{ end }}
{{ define "msteams.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "msteams.default.text" }}{{ template "__lists_markdown" . }}{{ end }}
{{ define "msteamsv2.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "msteamsv2.default.text" }}{{ template "__lists_markdown" . }}{{ end }}
{{ define "jira.default.summary" }}{{ template "__subject" . }}{{ end }}
{{ define "jira.default.description" }}{{ template "__lists_markdown" . }}{{ end }}
{{ define "jira.default.priority" -}}
{{ $worst := "" }}
{{- range $alerts := list .Alerts.Firing .Alerts.Resolved }}
{{- if eq $worst "" }}
{{- range $alerts }}
{{- $severity := .Labels.severity }}
{{- if eq $severity "critical" }}{{ $worst = "High" }}
{{- else if and (eq $severity "warning") (ne $worst "High") }}{{ $worst = "Medium" }}
{{- else if and (eq $severity "info") (eq $worst "") }}{{ $worst = "Low" }}
{{- end }}{{ end }}{{ end }}{{ end }}{{ $worst }}
{{- end }}
{{ define "rocketchat.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "rocketchat.default.alias" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "rocketchat.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "rocketchat.default.emoji" }}{{ end }}
{{ define "rocketchat.default.iconurl" }}{{ end }}
{{ define "rocketchat.default.text" }}{{ end }}
{{ define "mattermost.default.username" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "mattermost.default.color" }}{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}{{ end }}
{{ define "mattermost.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "mattermost.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "mattermost.default.fallback" -}}
{{ template "mattermost.default.title" . }} | {{ template "mattermost.default.titlelink" . }}
{{- end }}
{{ define "mattermost.default.text" }}{{ template "__lists_markdown" . }}{{ end }}

{{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
{{ define "__email_alerts" -}}
{{ range . -}}
<table style="margin:0 0 16px 0;border-collapse:collapse">
{{ range .Labels.SortedPairs -}}
<tr><td style="color:#666;padding:1px 12px 1px 0">{{ .Name }}</td><td>{{ .Value }}</td></tr>
{{ end -}}
{{ range .Annotations.SortedPairs -}}
<tr><td style="color:#666;padding:1px 12px 1px 0"><i>{{ .Name }}</i></td><td>{{ .Value }}</td></tr>
{{ end -}}
<tr><td></td><td><a href="{{ .GeneratorURL }}">Source</a></td></tr>
</table>
{{ end }}
{{- end }}
{{ define "email.default.html" -}}
<!DOCTYPE html>
<html>
<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<title>{{ template "__subject" . }}</title></head>
<body style="font-family:Helvetica,Arial,sans-serif;font-size:14px;color:#222">
<h2 style="padding:10px;color:#fff;background:{{ if eq .Status "firing" }}#c0392b{{ else }}#2e8b57{{ end }}">
{{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for
{{ range .GroupLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}</h2>
<p><a href="{{ template "__alertmanagerURL" . }}">View in {{ template "__alertmanager" . }}</a></p>
{{ if .Alerts.Firing }}<h3>[{{ len .Alerts.Firing }}] Firing</h3>
{{ template "__email_alerts" .Alerts.Firing }}{{ end -}}
{{ if .Alerts.Resolved }}<h3>[{{ len .Alerts.Resolved }}] Resolved</h3>
{{ template "__email_alerts" .Alerts.Resolved }}{{ end -}}
<p style="color:#999">Sent by {{ template "__alertmanager" . }}</p>
</body>
</html>
{{ end }}
)tmpl";

}  // namespace

std::string_view default_templates() { return default_definitions; }

}  // namespace aloft::telemetry::alerts
