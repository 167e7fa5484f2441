// What each verb of telemetry takes.
#include "app/telemetry/verbs.h"

#include "app/telemetry/traces_settings.h"

namespace aloft::app {
namespace {

constexpr Option server_data_dir{"data-dir", "DIR", "/var/lib/aloft", "where the server keeps its state"};
constexpr Option server_url{"url", "URL", "",
                            "the server's address, instead of the one that its data directory tells"};
constexpr Option output_format{"output", "FORMAT", "text", "text, json or csv", 'o'};
constexpr int many = 1000;

Verb server_verb() {
  Verb verb = {
      "telemetry",
      "",
      "serve metrics, logs, traces and alerts, with no cluster, in the foreground",
      {server_data_dir,
       {"listen", "ADDR:PORT", "127.0.0.1:9090", "where every HTTP interface is; port 0 takes any free one"},
       {"otlp-grpc", "ADDR:PORT", "127.0.0.1:4317", "where OTLP over gRPC is; another port when taken"},
       {"config", "FILE", "", "scrapes, rules and remote writes, in Prometheus' format"}}};
  const auto add = [&verb](const std::vector<Option>& more) {
    verb.options.insert(verb.options.end(), more.begin(), more.end());
  };
  add(telemetry_options());
  verb.options.push_back({"own-traces", "SHARE", "0", "the share of requests to it that it traces itself"});
  add(trace_port_options());
  add({{"log-level", "LEVEL", "info", "debug, info, warning or error"},
       {"log-format", "FORMAT", "text", "text or json"}});
  return verb;
}

void append_client_verbs(std::vector<Verb>& all) {
  all.push_back(
      {"query",
       "PROMQL",
       "ask for metrics, now or over a time as a plot",
       {server_data_dir,
        server_url,
        {"time", "TIME", "", "when: 2026-01-02T03:04:05Z, seconds since 1970, or 5m for five minutes ago"},
        {"range", "DURATION", "", "the time before it, such as 1h"},
        {"step", "DURATION", "", "between two points; by default as many as fit"},
        output_format},
       1,
       1});
  all.push_back({"logs",
                 "LOGQL",
                 "show log lines",
                 {server_data_dir,
                  server_url,
                  {"since", "TIME", "1h", "from when on; 5m is five minutes ago"},
                  {"until", "TIME", "", "up to when"},
                  {"limit", "NUMBER", "100", "most lines, the newest ones"},
                  {"follow", "", "", "go on with new lines as they come", 'f'},
                  output_format},
                 1,
                 1});
  all.push_back({"traces",
                 "[ID | TRACEQL]",
                 "show one trace, or find traces",
                 {server_data_dir,
                  server_url,
                  {"since", "TIME", "1h", "from when on; 5m is five minutes ago"},
                  {"limit", "NUMBER", "20", "most traces"},
                  output_format},
                 0,
                 1});
  all.push_back(
      {"alerts", "", "show what fires and what is about to", {server_data_dir, server_url, output_format}});
  all.push_back({"alerts history",
                 "",
                 "show what alerts did, who was told, and what was silenced",
                 {server_data_dir,
                  server_url,
                  {"since", "TIME", "24h", "from when on; 5m is five minutes ago"},
                  {"kind", "KIND", "", "rule, alert, notification or silence; all by default"},
                  {"limit", "NUMBER", "100", "most events, the newest ones"},
                  output_format}});
  all.push_back({"alerts silence",
                 "[add MATCHER.. | list | expire ID..]",
                 "silence alerts",
                 {server_data_dir,
                  server_url,
                  {"duration", "DURATION", "1h", "how long the silence holds"},
                  {"author", "NAME", "aloft", "who silences"},
                  {"comment", "TEXT", "", "why"},
                  {"all", "", "", "list expired silences too"},
                  output_format},
                 0,
                 many});
}

void append_file_verbs(std::vector<Verb>& all) {
  all.push_back({"rules check", "FILE..", "check rule files", {}, 1, many});
  all.push_back({"rules test",
                 "FILE..",
                 "run the tests of rules, in promtool's format",
                 {{"run", "REGEX", "", "only tests whose name it matches"}},
                 1,
                 many});
  all.push_back({"promtest", "FILE..", "run test scripts for PromQL, in Prometheus' format", {}, 1, many});
}

}  // namespace

std::vector<Option> telemetry_options() {
  return {{"rules", "FILE", "", "rules in Prometheus' format; may be given several times"},
          {"log-rules", "FILE", "", "the same with expressions in LogQL, as for Loki's ruler"},
          {"alertmanager-config", "FILE", "", "where alerts go, in Alertmanager's format"},
          {"log-steps", "FILE", "", "steps that change log lines on their way in: drop, redact, parse, ..."},
          {"traces-config", "FILE", "", "which traces are kept: head and tail sampling"},
          {"syslog-udp", "ADDR:PORT", "", "where syslog is taken over UDP"},
          {"syslog-tcp", "ADDR:PORT", "", "where syslog is taken over TCP"},
          {"graphite", "ADDR:PORT", "", "where Graphite's plaintext protocol is taken, over TCP and UDP"},
          {"statsd", "ADDR:PORT", "", "where StatsD is taken, over UDP and TCP"},
          {"statsd-flush", "TIME", "10s", "how often what StatsD's events add up to is written"},
          {"export-otlp", "URL", "", "where everything goes too, as OTLP over HTTP"},
          {"export-loki", "URL", "", "where logs go too, by the push interface of Loki"},
          {"export-file", "FILE", "", "a file of JSON lines that gets everything too"},
          {"retention-time", "TIME", "15d", "how long metrics are kept"},
          {"retention-size", "SIZE", "0", "how much of the disk metrics may take, such as 10GB; 0: no limit"},
          {"logs-retention-time", "TIME", "15d", "how long logs are kept"},
          {"logs-retention-size", "SIZE", "0", "how much of the disk logs may take"},
          {"traces-retention-time", "TIME", "14d", "how long traces are kept"},
          {"traces-retention-size", "SIZE", "0", "how much of the disk traces may take"},
          {"out-of-order-window", "TIME", "1h", "how far behind the newest sample of its series one may be"},
          {"series-limit", "NUMBER", "0", "most series with recent samples; 0: no limit"},
          {"enable-feature", "NAME", "",
           "what is off by default: created-timestamp-zero-ingestion; may be given several times"}};
}

void append_telemetry_verbs(std::vector<Verb>& all) {
  all.push_back(server_verb());
  append_client_verbs(all);
  append_file_verbs(all);
}

}  // namespace aloft::app
